"""Running configurations of systems whose access lists have a dialect: which lists there are, and where bound."""

from __future__ import annotations

import re

from device_drivers.acl.dialect import Dialect
from device_drivers.acl.families import Lists
from device_drivers.acl.read import read_lists
from device_drivers.model import Kind, Reader, Unreadable
from device_drivers.rows import ListRow


def lists_of(dialect: Dialect, marker: str) -> Reader:
    """A reader of a whole running configuration. `marker` is a pattern that a line of it must match: the output of
    another system holds no list of ours either, and is not to be taken for one without lists.
    """
    sign = re.compile(marker, re.MULTILINE)

    def read(text: str) -> tuple[ListRow, ...]:
        if not sign.search(text):
            raise Unreadable(f"show running-config: not the configuration of this platform ({marker})", text.strip())
        return list_rows(read_lists(dialect, text))

    return Reader(Kind.ACLS, read)


def list_rows(lists: Lists) -> tuple[ListRow, ...]:
    """A row for each list, those of others without their entries; and one for each name that is bound and not there."""
    names = dict.fromkeys((*lists.lists, *sorted(lists.foreign), *lists.bindings.values()))
    bound = {name: frozenset(at for at, there in lists.bindings.items() if there == name) for name in names}
    return tuple(ListRow(name, lists.lists.get(name), bound[name]) for name in names)
