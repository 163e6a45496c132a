"""The names behind a compiled names table: it holds only hashes, so they are read again from the last good lists. ●"""

from __future__ import annotations

from pathlib import Path

from dns_filter.domain_table import DomainTable
from dns_filter.lists.good_lists import GoodList, read_head, read_raw
from dns_filter.lists.intake import Version, weigh
from dns_filter.lists.parsed_list import Format
from dns_filter.lists.sources import ListFile
from dns_filter.profiles import NameSource
from dns_filter.rpz.zone import Listing
from dns_filter.shipped import ShippedList, shipped_lists
from dns_filter.table_layout import Listed


class NamesMissing(Exception):
    """The lists that are kept are not those in the table: another generation is being compiled, or one is damaged."""


def listings(names: NameSource, names_dir: Path) -> tuple[Listing, ...]:
    """The lists of a table with their names. Raises NamesMissing; a zone of half its lists is never made."""
    shipped = {each.name: each for each in shipped_lists()}
    if not isinstance(names, DomainTable):
        return tuple(_shipped(each) for each in shipped.values())
    found = []
    for listed in names.all_lists:
        if (own := shipped.get(listed.name)) is None:
            found.append(_kept(listed, names_dir))
        elif own.version == listed.version:
            found.append(_shipped(own))
        else:
            raise NamesMissing(f"{listed.name}: the table has {listed.version}, this program {own.version}")
    return tuple(found)


def _shipped(own: ShippedList) -> Listing:
    return Listing(own.categories, own.entries)


def _kept(listed: Listed, names_dir: Path) -> Listing:
    head = read_head(names_dir, listed.name)
    if head is None or head.version != listed.version:
        kept = head.version if head else "nothing"
        raise NamesMissing(f"{listed.name}: the table has {listed.version}, kept is {kept}")
    raw = read_raw(names_dir, listed.name)
    if raw is None:
        raise NamesMissing(f"{listed.name}: the kept list is damaged")
    version = _read_as_before(listed, head, raw)
    return Listing(listed.categories, version.blocks, version.exceptions)


def _read_as_before(listed: Listed, head: GoodList, raw: bytes) -> Version:
    """A list is kept with the format it turned out to be of, not the one it was asked to be read as."""
    tried = [_weighed(listed, raw, form) for form in dict.fromkeys((head.format, _AUTO))]
    return next((each for each in tried if len(each.parsed.names) == head.names), tried[-1])


_AUTO: Format = "auto"


def _weighed(listed: Listed, raw: bytes, form: Format) -> Version:
    return weigh(raw, ListFile(listed.name, listed.categories, Path(listed.name), form, ""), listed.date)
