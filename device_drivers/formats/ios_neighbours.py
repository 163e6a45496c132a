"""Who stands behind a port of IOS: `show cdp neighbors`, `show lldp neighbors`, and `show etherchannel summary`.

The tables are read, not the `detail` forms: those print texts of the neighbour over many lines, and a neighbour that
writes a device's words into its own description could speak for other ports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from device_drivers.columns import cut, find_header, starts
from device_drivers.formats.ios_ports import short_port
from device_drivers.model import Neighbour, NeighbourKind, Unreadable

_CDP = ("Device ID", "Local Intrfce", "Holdtme", "Capability", "Platform", "Port ID")
_LLDP = ("Device ID", "Local Intf", "Hold-time", "Capability", "Port ID")
_PORT = re.compile(r"[A-Z][A-Za-z-]{1,20} ?\d+(?:/\d+)*")
_CDP_OFF, _LLDP_OFF = "% CDP is not enabled", "% LLDP is not enabled"
_MEMBER = re.compile(r"([A-Z][a-z]+\d+(?:/\d+)*)\(([A-Za-z]+)\)")
_GROUP = re.compile(r"\s*(\d+)\s+(Po\d+)\([A-Za-z]+\)\s*(.*)$")


def read_cdp(text: str) -> tuple[Neighbour, ...]:
    """None where CDP is switched off. Raises Unreadable for a row outside its columns."""
    if text.strip().startswith(_CDP_OFF):
        return ()
    header, rows = find_header(text.splitlines(), _CDP, "show cdp neighbors")
    at = starts(header, _CDP)
    return tuple(_cdp_row(row, at, name) for name, row in _cdp_rows(rows, at[1]))


def _cdp_rows(rows: Iterable[str], second: int) -> Iterator[tuple[str, str]]:
    """(name, row). A long name stands alone on its line, what belongs to it on the next, under the other titles."""
    name: str | None = None
    for row in rows:
        if not row.strip() or row.startswith("Total cdp entries"):
            continue
        alone = bool(row[:second].strip())
        if name is not None:
            yield (name[:second].strip(), name) if alone else (name.strip(), row)
        name = row if alone else None
    if name is not None:
        yield name[:second].strip(), name


def _cdp_row(row: str, at: tuple[int, ...], name: str) -> Neighbour:
    cells = cut(row, at, _CDP)
    if not _PORT.fullmatch(cells["Local Intrfce"]) or not cells["Holdtme"].isdigit():
        raise Unreadable("show cdp neighbors: a row outside its columns", row)
    codes = re.match(r"(?:[A-Za-z](?: |$)+)*", row[at[3] :].strip())
    kind = _cdp_kind(codes[0].split() if codes else (), row[at[3] :])
    return Neighbour(short_port(cells["Local Intrfce"]), name, kind)


def _cdp_kind(codes: Iterable[str], platform: str) -> NeighbourKind:
    has = set(codes)
    if "P" in has:
        return NeighbourKind.PHONE
    if has & {"T", "B"} and re.search(r"AIR-|\bAP\d|C91\d\d", platform):
        return NeighbourKind.ACCESS_POINT
    if has & {"S", "T", "B"}:
        return NeighbourKind.BRIDGE
    return NeighbourKind.ROUTER if "R" in has else NeighbourKind.OTHER


def read_lldp(text: str) -> tuple[Neighbour, ...]:
    """None where LLDP is switched off. Raises Unreadable for a row outside its columns."""
    if text.strip().startswith(_LLDP_OFF):
        return ()
    header, rows = find_header(text.splitlines(), _LLDP, "show lldp neighbors")
    at = starts(header, _LLDP)
    return tuple(_lldp_row(row, at) for row in rows if row.strip() and not row.startswith("Total entries"))


def _lldp_row(row: str, at: tuple[int, ...]) -> Neighbour:
    cells = cut(row, at, _LLDP)
    port, hold = cells["Local Intf"], cells["Hold-time"]
    if not _PORT.fullmatch(port) or not hold.isdigit() or not re.fullmatch(r"[A-Z](,[A-Z])*|", cells["Capability"]):
        raise Unreadable("show lldp neighbors: a row outside its columns", row)
    return Neighbour(short_port(port), cells["Device ID"], lldp_kind(cells["Capability"].split(",")))


def lldp_kind(codes: Iterable[str]) -> NeighbourKind:
    """By the capability letters of IEEE 802.1AB. A phone is also a bridge, an access point too: those two win."""
    has = set(codes)
    for letter, kind in (("T", NeighbourKind.PHONE), ("W", NeighbourKind.ACCESS_POINT), ("B", NeighbourKind.BRIDGE)):
        if letter in has:
            return kind
    return NeighbourKind.ROUTER if "R" in has else NeighbourKind.OTHER


def read_lag_members(text: str) -> frozenset[str]:
    """Ports that belong to a bundle, working or not. Raises Unreadable for a line that is no part of the table."""
    lines = text.splitlines()
    if not any(line.startswith("Number of channel-groups") for line in lines):
        raise Unreadable("show etherchannel summary: no count of groups", text.strip()[:200])
    if not any(line.split()[:2] == ["Group", "Port-channel"] for line in lines):
        return frozenset()  # a switch without bundles prints no table
    _, rows = find_header(lines, ("Group", "Port-channel", "Protocol", "Ports"), "show etherchannel summary")
    members: set[str] = set()
    for row in rows:
        if set(row.strip()) <= set("-+"):
            continue
        group = _GROUP.match(row)
        if not group and not (row.startswith(" ") and _MEMBER.search(row)):
            raise Unreadable("show etherchannel summary: a row outside the table", row)
        members.update(short_port(match[1]) for match in _MEMBER.finditer(group[3] if group else row))
    return frozenset(members)
