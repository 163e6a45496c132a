"""Tables of switches made of Broadcom's FASTPATH (Ubiquiti EdgeSwitch and others), and their `vlan …` lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from device_drivers.formats.dashed import tables
from device_drivers.formats.macs import device_of
from device_drivers.formats.switchport_config import Writing, interfaces, value
from device_drivers.model import Lease, Neighbour, NeighbourKind, PortKind, TableEntry, Unreadable
from device_drivers.rows import LagRow, PortRow, VlanRow
from inventory.model import parse_mac

_PORT = re.compile(r"[A-Za-z]*\d+(?:/\d+)+")
_MAC = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){5}", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*")
CONFIG = Writing(marker=r"^!Current Configuration:", port=r"0/\d+")


def read_ports(text: str) -> tuple[PortRow | LagRow, ...]:
    """`show running-config`. A port without lines of its own is not listed there, and not ours to move."""
    rows: list[PortRow | LagRow] = []
    for name, lines in interfaces(text, CONFIG):
        if re.fullmatch(CONFIG.port, name):
            rows.append(_port(name, lines))
            if bundle := value(lines, "addport"):
                rows.append(LagRow(bundle, frozenset({name})))
    return tuple(rows)


def _port(name: str, lines: Sequence[str]) -> PortRow:
    kind, vlan = _mode(lines)
    said = (value(lines, "description") or "").strip("'\"")
    return PortRow(name, kind=kind, access_vlan=vlan, description=said, shut="shutdown" in lines)


def _mode(lines: Sequence[str]) -> tuple[PortKind, int | None]:
    """By `vlan pvid`, `participation` and `tagging`. One VLAN in which it takes part, untagged, is an access port."""
    mode = value(lines, "switchport mode")
    if mode == "trunk":
        return PortKind.TRUNK, None
    if mode not in (None, "general"):  # then other lines decide, and `vlan pvid` would change nothing
        return PortKind.UNKNOWN, None
    if value(lines, "vlan tagging"):
        return PortKind.TRUNK, None
    part = ({1} | _all(lines, "vlan participation include")) - _all(lines, "vlan participation exclude")
    pvid = int(value(lines, "vlan pvid") or "1")
    return (PortKind.ACCESS, pvid) if part == {pvid} else (PortKind.UNKNOWN, None)


def _all(lines: Sequence[str], key: str) -> set[int]:
    found: set[int] = set()
    for line in lines:
        if line.startswith(f"{key} "):
            text = line[len(key) :].strip()
            if not _NUMBERS.fullmatch(text):
                raise Unreadable(f"running configuration: {key} without numbers", line)
            for part in text.split(","):
                first, _, last = part.partition("-")
                found.update(range(int(first), min(int(last or first), 4094) + 1))
    return found


def read_vlans(text: str) -> tuple[VlanRow, ...]:
    """`show vlan`."""
    rows: list[VlanRow] = []
    for _, cells, row in tables(text, "show vlan", ("VLAN ID", "VLAN Name", "VLAN Type")):
        if not cells["VLAN ID"].isdigit():
            raise Unreadable("show vlan: a row without a number", row)
        rows.append(VlanRow(int(cells["VLAN ID"]), cells["VLAN Name"]))
    return tuple(rows)


def read_macs(text: str) -> tuple[TableEntry, ...]:
    """`show mac-addr-table`: what was learnt. The switch's own addresses (`Management`) are no devices."""
    titles = ("VLAN ID", "MAC Address", "Interface", "IfIndex", "Status")
    entries: list[TableEntry] = []
    for _, cells, row in tables(text, "show mac-addr-table", titles):
        if not cells["VLAN ID"].isdigit() or not _MAC.fullmatch(cells["MAC Address"]):
            raise Unreadable("show mac-addr-table: a row this reader does not know", row)
        if cells["Status"] == "Learned" and _PORT.fullmatch(cells["Interface"]):
            entries.append(TableEntry(parse_mac(cells["MAC Address"]), int(cells["VLAN ID"]), cells["Interface"]))
    return tuple(entries)


def read_lldp(text: str) -> tuple[Neighbour, ...]:
    """`show lldp remote-device all`, of Dell OS6 too.

    The table names no capabilities: who speaks LLDP counts as a bridge, and is not touched.
    """
    titles = ("Interface", "RemID", "Chassis ID", "Port ID", "System Name")
    found: list[Neighbour] = []
    for _, cells, row in tables(text, "show lldp remote-device all", titles):
        if not _PORT.fullmatch(cells["Interface"]):
            raise Unreadable("show lldp remote-device all: a row this reader does not know", row)
        if cells["RemID"]:
            found.append(Neighbour(cells["Interface"], cells["System Name"], NeighbourKind.BRIDGE))
    return tuple(found)


def read_arp(text: str) -> tuple[Lease, ...]:
    """`show arp`. An address that answered with no MAC, or with a group's as clusters do, is no device's."""
    titles = ("IP Address", "MAC Address", "Interface", "Type", "Age")
    leases: list[Lease] = []
    for _, cells, row in tables(text, "show arp", titles):
        if not _MAC.fullmatch(cells["MAC Address"]):
            raise Unreadable("show arp: a row this reader does not know", row)
        if (mac := device_of(cells["MAC Address"])) is not None:
            leases.append(Lease(mac, cells["IP Address"]))
    return tuple(leases)
