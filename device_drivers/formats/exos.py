"""What ExtremeXOS prints: the module `vlan` of its configuration, port summary, forwarding database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_drivers.columns import cut, find_header, starts
from device_drivers.model import TableEntry, Unreadable
from device_drivers.rows import LagRow, PortRow, VlanRow
from inventory.model import parse_mac

_MODULE = "# Module vlan configuration."
_CREATE = re.compile(r'create vlan "?([^\s"]+)"?(?: tag (\d+))?\s*$')
_TAG = re.compile(r'configure vlan "?([^\s"]+)"? tag (\d+)\s*$')
_MEMBERS = re.compile(r'configure vlan "?([^\s"]+)"? add ports (\S+) (tagged|untagged)\b')
_SHARING = re.compile(r"enable sharing (\S+) grouping (\S+)")
_SHUT = re.compile(r"disable ports? (\S+)\s*$")
_SAID = re.compile(r'configure ports (\S+) (?:display|description)-string "?([^"]*)"?\s*$')
_PORT = re.compile(r"\d+(?::\d+)?")
_RANGE = re.compile(r"(?:(\d+):)?(\d+)(?:-(?:\d+:)?(\d+))?")
_SUMMARY = ("Port", "Display", "VLAN Name", "Port", "Link")
_FDB = re.compile(r"([0-9a-f]{2}(?::[0-9a-f]{2}){5})\s+\S+\(\s*(\d{1,4})\)\s+\d+\s+((?:\S+ )*\S+)\s{2,}(\S.*)$")


def read_config(text: str) -> tuple[PortRow | VlanRow | LagRow, ...]:
    """`show configuration vlan`. A port in no VLAN by name is not known to be in any.

    Only this module is read: a script kept in another may hold lines that look the same.
    """
    lines = list(_module(text))
    tags = {"default": 1}
    untagged, tagged = dict[str, set[str]](), dict[str, set[str]]()
    rows: list[PortRow | VlanRow | LagRow] = []
    for line in lines:
        if made := _CREATE.match(line) or _TAG.match(line):
            name, tag = made[1].lower(), made[2]
            tags.update({name: int(tag)} if tag else {})
        elif member := _MEMBERS.match(line):
            into = untagged if member[3] == "untagged" else tagged
            into.setdefault(member[1].lower(), set()).update(ports(member[2], line))
        elif sharing := _SHARING.match(line):
            rows.append(LagRow(f"lag{sharing[1]}", frozenset(ports(sharing[2], line))))
        elif shut := _SHUT.match(line):
            rows.extend(PortRow(port, shut=True) for port in ports(shut[1], line))
        elif said := _SAID.match(line):
            rows.extend(PortRow(port, description=said[2]) for port in ports(said[1], line))
    for name in {*untagged, *tagged} - set(tags):
        raise Unreadable("show configuration vlan: a VLAN with ports and without a tag", name)
    rows.extend(
        VlanRow(tag, name, frozenset(untagged.get(name, ())), frozenset(tagged.get(name, ())))
        for name, tag in tags.items()
    )
    return tuple(rows)


def _module(text: str) -> Iterator[str]:
    if _MODULE not in text:
        raise Unreadable(f"show configuration vlan: no line {_MODULE!r}", text.strip()[:200])
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("# Module "):
            inside = line == _MODULE
        elif inside and line and not line.startswith("#"):
            yield line


def ports(text: str, line: str) -> tuple[str, ...]:
    """`1-3,5` and `1:1-3` one by one. `all` names none: it empties, and what is filled again is listed."""
    found: list[str] = []
    for part in text.split(","):
        named = _RANGE.fullmatch(part)
        if not named:
            raise Unreadable("show configuration vlan: ports that are no numbers", line)
        slot, first, last = named[1], int(named[2]), int(named[3] or named[2])
        found.extend(f"{slot}:{number}" if slot else str(number) for number in range(first, min(last, first + 999) + 1))
    return tuple(found)


def read_summary(text: str) -> tuple[PortRow, ...]:
    """`show ports no-refresh`: links. Raises Unreadable for a row outside its columns, or without its end."""
    lines = text.splitlines()
    header, rest = find_header(lines, _SUMMARY, "show ports no-refresh")
    at = _starts(header)
    found: list[PortRow] = []
    ruled = False
    for row in rest:
        if set(row.strip()) == {"="}:
            if ruled:
                return tuple(found)
            ruled = True
        elif ruled:
            cells = cut(row, at, ("port", "display", "vlan", "state", "link"))
            link = cells["link"].split()[:1]
            if not _PORT.fullmatch(cells["port"]) or cells["state"] not in "EDFL" or not cells["state"] or not link:
                raise Unreadable("show ports no-refresh: a row outside its columns", row)
            found.append(PortRow(cells["port"], up=link == ["A"], shut=cells["state"] == "D"))
    raise Unreadable("show ports no-refresh: it ends before its end", lines[-1])


def _starts(header: str) -> tuple[int, ...]:
    return starts(header, _SUMMARY)


def read_fdb(text: str) -> tuple[TableEntry, ...]:
    """`show fdb`: what was learnt behind one port. Raises Unreadable without the total at its end."""
    if "Port / Virtual Port List" not in text or "\nTotal:" not in text:
        raise Unreadable("show fdb: no titles, or no total", text.strip()[:200])
    entries: list[TableEntry] = []
    table = text.partition("Port / Virtual Port List")[2].partition("\nFlags")[0]
    for line in (line for line in table.splitlines() if line.strip(" -")):
        row = _FDB.match(line)
        if not row:
            raise Unreadable("show fdb: a row this reader does not know", line)
        if "d" in row[3].split()[0] and _PORT.fullmatch(row[4].strip()):
            entries.append(TableEntry(parse_mac(row[1]), int(row[2]), row[4].strip()))
    return tuple(entries)
