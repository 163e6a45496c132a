"""Access lists out of a running configuration, whole or in part, of a platform that has a dialect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from device_drivers.acl.dialect import Dialect, read_entry
from device_drivers.acl.families import Lists, gathered
from device_drivers.acl.names import canonical, in_intent, is_ours
from device_drivers.model import Ace, Unreadable

_NUMBER = re.compile(r"(?:(?:seq|sequence)\s+)?\d+\s+(?=\D)|(?:seq|sequence)\s+\d+\s+")
_EMPTY = ("!", "#", "exit")


@dataclass(slots=True)
class _Found:
    lists: dict[str, tuple[Ace, ...]] = field(default_factory=dict)
    bound: dict[str, dict[int, str]] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)


def read_lists(dialect: Dialect, text: str, spelled: Callable[[str], str] = str) -> Lists:
    """Lists and inbound bindings; `spelled` gives the driver's spelling of a port's name.

    Raises Unreadable for an entry in a list of ours that cannot be read: somebody edited it by hand, and guessing at
    it would be worse than saying so. Lists of others with such entries are named in `foreign`.
    """
    found = _Found()
    interface = re.compile(_as_pattern(dialect.interface))
    for header, lines in sections(text):
        family, name = _opened(dialect, header)
        if family:
            _read_list(dialect, family, name, lines, found)
        elif header.startswith("interface ") or interface.fullmatch(header):
            at = header.removeprefix("interface ")
            vlan = canonical(at)
            halves = dict(_bindings(dialect, lines))
            if halves:
                found.bound[vlan if vlan != at or interface.fullmatch(header) else spelled(at)] = halves
    lists = gathered(found.lists, found.bound)
    return replace(lists, foreign=frozenset(found.foreign))


def sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Headers with the indented lines below them."""
    header, lines = "", list[str]()
    for line in map(str.rstrip, text.splitlines()):
        if line.startswith((" ", "\t")):
            lines.append(line.strip())
        elif line:
            if header:
                yield header, lines
            header, lines = line, []
    if header:
        yield header, lines


def _opened(dialect: Dialect, header: str) -> tuple[int, str]:
    for family in (4, 6):
        found = re.fullmatch(_as_pattern(dialect.half(family).opens), header.strip())
        if found:
            return family, found[1]
    return 0, ""


def _as_pattern(template: str) -> str:
    """`ip access-group "{}" in` as a pattern; quotes may be missing, as some releases print them."""
    before, _, after = template.partition("{}")
    return f'{_plain(before)}"?([^\\s"]+)"?{_plain(after)}'


def _plain(text: str) -> str:
    return re.escape(text.replace('"', "")).replace(r"\ ", r"\s+")


def _bindings(dialect: Dialect, lines: list[str]) -> Iterator[tuple[int, str]]:
    for family in (4, 6):
        pattern = re.compile(_as_pattern(dialect.half(family).binds))
        yield from ((family, bound[1]) for line in lines if (bound := pattern.fullmatch(line)))


def _read_list(dialect: Dialect, family: int, name: str, lines: list[str], found: _Found) -> None:
    ours = in_intent(name)
    if ours and ours[1] != family:
        raise Unreadable("a list with the name of ours for the other family", name)
    try:
        found.lists[name] = tuple(_entries(dialect, family, lines))
    except Unreadable:
        if is_ours(name):
            raise
        found.foreign.add(name)


def _entries(dialect: Dialect, family: int, lines: list[str]) -> Iterator[Ace]:
    remark = ""
    for numbered in lines:
        line = _NUMBER.sub("", numbered, count=1) if _NUMBER.match(numbered) else numbered
        if line in _EMPTY or line.startswith("!"):
            continue
        if line.startswith(f"{dialect.remark} "):
            remark = line.removeprefix(f"{dialect.remark} ").strip('"')
            continue
        yield read_entry(dialect, family, line, remark)
        remark = ""
