"""Juniper EX (Junos): its tables, and its configuration as `set` lines.

Ports are named without their unit (`ge-0/0/5`, not `ge-0/0/5.0`). Which VLAN a port is in is read of the configuration:
there every fact stands on a line of its own, and old and new (ELS) switches write it nearly alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from device_drivers.columns import cut, find_header, starts
from device_drivers.formats.macs import device_of
from device_drivers.model import Lease, Neighbour, NeighbourKind, PortKind, Unreadable
from device_drivers.rows import LagRow, PortRow, VlanRow

_PORT = re.compile(r"(?:ge|xe|et|mge|fe)-\d+/\d+/\d+")
_LOGICAL = re.compile(r"((?:ge|xe|et|mge|fe)-\d+/\d+/\d+|ae\d+)(?:\.(\d+))?")
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_MEMBER = re.compile(r"^\{(?:master|backup|linecard|primary|secondary)(?::\w+)?\}$")
_LLDP = ("Local Interface", "Parent Interface", "Chassis Id", "Port info", "System Name")
_ELS = ("name", "address", "flags", "interface")


def read_lldp(text: str) -> tuple[Neighbour, ...]:
    """`show lldp neighbors`. It says nothing of what a neighbour is: each counts as a bridge, and is never touched.

    The last two columns are a neighbour's own words; the first three are not.
    """
    header, rows = find_header(text.splitlines(), _LLDP, "show lldp neighbors")
    at = starts(header, _LLDP)
    found: list[Neighbour] = []
    for row in rows:
        if not row.strip() or _MEMBER.match(row.strip()):
            continue
        cells = cut(row, at, _LLDP)
        port = _LOGICAL.fullmatch(cells["Local Interface"])
        chassis = re.fullmatch(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|[\w.:-]*", cells["Chassis Id"])
        if not (port or cells["Local Interface"].startswith(("me", "vme", "em", "fxp"))) or not chassis:
            raise Unreadable("show lldp neighbors: a row outside its columns", row)
        if port:
            found.append(Neighbour(port[1], cells["System Name"], NeighbourKind.BRIDGE))
    return tuple(found)


def read_arp(text: str) -> tuple[Lease, ...]:
    """`show arp no-resolve`. Meets the announced total."""
    titles = ("MAC Address", "Address", "Interface", "Flags")
    _, rows = find_header(text.splitlines(), titles, "show arp")
    found: list[Lease] = []
    total: int | None = None
    for row in rows:
        if count := re.match(r"Total entries: (\d+)$", row.strip()):
            total = int(count[1])
        elif row.strip() and not _MEMBER.match(row.strip()):
            words = row.split()
            if len(words) < 4 or not _MAC.fullmatch(words[0]) or not re.fullmatch(r"[\d.]{7,15}", words[1]):
                raise Unreadable("show arp: a row outside its columns", row)
            vlan = re.match(r"(?:vlan|irb)\.(\d+)", words[2])
            mac = device_of(words[0])
            if not mac:
                raise Unreadable("show arp: a group address that has an IP address", row)
            found.append(Lease(mac, words[1], None, int(vlan[1]) if vlan else None))
    if total is None or total != len(found):
        raise Unreadable(f"show arp: {total} entries announced, {len(found)} listed", "")
    return tuple(found)


def read_table(text: str) -> tuple[tuple[str, str, str], ...]:
    """`show ethernet-switching table` -> (VLAN's name, MAC, port). Meets the announced total of learnt addresses.

    The table names VLANs, not numbers: whoever joins it knows the numbers from the configuration.
    """
    total = re.search(r"^Ethernet[ -]switching table *: (\d+)(?: unicast)? entries, (\d+) learned", text, re.MULTILINE)
    if not total:
        raise Unreadable("show ethernet-switching table: no number of entries", text.strip()[:200])
    rows = list(_table_rows(text))
    if len(rows) < int(total[2]):
        raise Unreadable(f"show ethernet-switching table: {total[2]} learnt, {len(rows)} listed", total[0])
    return tuple(rows)


def _table_rows(text: str) -> Iterator[tuple[str, str, str]]:
    titled = False
    for line in text.splitlines():
        words = line.split()
        if words[:2] in (["Vlan", "MAC"], ["name", "address"], ["VLAN", "MAC"]):
            titled = True
        elif titled and len(words) >= 4 and _MAC.fullmatch(words[1]):
            port = _LOGICAL.fullmatch(words[-1]) or (len(words) > 4 and _LOGICAL.fullmatch(words[4])) or None
            if port:
                yield words[0], words[1], port[1]
        elif titled and words and not _table_ornament(words):
            raise Unreadable("show ethernet-switching table: a line that is no row", line)


def _table_ornament(words: list[str]) -> bool:
    """Flood and router entries of old switches, pages of other instances, the member at the end."""
    line = " ".join(words)
    return bool(
        _MEMBER.match(line)
        or line.startswith(
            ("MAC flags", "SE -", "O -", "Ethernet switching table", "Routing instance", "Vlan ", "name ")
        )
        or re.match(r"\S+ \* Flood - All-members$", line)
        or re.match(r"\S+ [0-9a-f:]{17} Static - Router$", line)
    )


def read_terse(text: str) -> tuple[PortRow, ...]:
    """`show interfaces terse`: administrative and operational state of every physical port."""
    _, rows = find_header(text.splitlines(), ("Interface", "Admin", "Link"), "show interfaces terse")
    found: list[PortRow] = []
    for row in rows:
        words = row.split()
        if not words or not _PORT.fullmatch(words[0]):
            continue
        if len(words) < 3 or words[1] not in ("up", "down") or words[2] not in ("up", "down"):
            raise Unreadable("show interfaces terse: a row outside its columns", row)
        found.append(PortRow(words[0], words[2] == "up", shut=words[1] == "down"))
    if not found:
        raise Unreadable("show interfaces terse: no port", text.strip()[:200])
    return tuple(found)


def read_config(text: str) -> tuple[PortRow | VlanRow | LagRow, ...]:
    """`show configuration | display set`: VLANs, modes and members.

    What is set by groups or interface ranges is not followed: then no port that they may touch counts as known.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _MEMBER.match(line.strip())]
    if not lines or not all(line.startswith(("set ", "deactivate ", "protect ", "#")) for line in lines):
        bad = next((line for line in lines if not line.startswith(("set ", "deactivate ", "protect ", "#"))), "")
        raise Unreadable("show configuration: a line that does not begin with set", bad)
    return tuple(_config_rows(lines))


def _config_rows(lines: list[str]) -> Iterator[PortRow | VlanRow | LagRow]:
    vlans = {match[1]: int(match[2]) for line in lines if (match := re.match(r"set vlans (\S+) vlan-id (\d+)$", line))}
    vlans.setdefault("default", 1)
    yield from (VlanRow(number, name) for name, number in vlans.items())
    yield from _lags(lines)
    ranged = any(re.match(r"set (?:groups \S+ interfaces|interfaces interface-range) ", line) for line in lines)
    ports: dict[str, list[str]] = {}
    for line in lines:
        if match := re.match(rf"(?:set|deactivate) interfaces ({_PORT.pattern})(?: (.*))?$", line):
            ports.setdefault(match[1], []).append(match[2] or "" if line.startswith("set") else "deactivated")
    yield from (_port(name, facts, vlans, ranged) for name, facts in ports.items())


def _lags(lines: Iterable[str]) -> Iterator[LagRow]:
    members: dict[str, set[str]] = {}
    for line in lines:
        if match := re.match(rf"set interfaces ({_PORT.pattern}) \S*ether-options 802\.3ad (ae\d+)$", line):
            members.setdefault(match[2], set()).add(match[1])
    yield from (LagRow(lag, frozenset(ports)) for lag, ports in members.items())


def _port(name: str, facts: list[str], vlans: dict[str, int], ranged: bool) -> PortRow:
    switching = [fact for fact in facts if fact.startswith("unit 0 family ethernet-switching")]
    modes = {fact.split()[-1] for fact in switching if re.search(r" (?:interface|port)-mode \S+$", fact)}
    members = [fact.split()[-1] for fact in switching if " vlan members " in fact]
    described = next((fact[12:].strip('"') for fact in facts if fact.startswith("description ")), "")
    kind, vlan = PortKind.UNKNOWN, None
    if "trunk" in modes:
        kind = PortKind.TRUNK
    elif any(fact.startswith("unit 0 family inet") for fact in facts):
        kind = PortKind.ROUTED
    elif switching and modes <= {"access"} and len(members) <= 1 and not ranged and "deactivated" not in facts:
        vlan = _number(members[0] if members else "default", vlans)
        kind = PortKind.ACCESS if vlan is not None else PortKind.UNKNOWN
    return PortRow(name, kind=kind, access_vlan=vlan, description=described, shut="disable" in facts)


def _number(member: str, vlans: dict[str, int]) -> int | None:
    """A VLAN may be written by its name or its number; a range or `all` is no access VLAN."""
    return int(member) if member.isdigit() else vlans.get(member)
