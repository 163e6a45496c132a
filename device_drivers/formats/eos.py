"""Tables of Arista EOS: port status, VLANs, forwarding table, LLDP, ARP."""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_drivers.columns import cut, find_header, starts
from device_drivers.formats.ios_vlans import read_vlans as read_vlan_brief
from device_drivers.formats.macs import device_of
from device_drivers.formats.switchport_config import Writing
from device_drivers.model import Lease, Neighbour, NeighbourKind, PortKind, TableEntry, Unreadable
from device_drivers.rows import LagRow, PortRow, VlanRow
from inventory.model import parse_mac

_SHORT = {"Ethernet": "Et", "Management": "Ma", "Port-Channel": "Po", "Vlan": "Vl", "Loopback": "Lo"}
_NAME = re.compile(r"(Et|Ma|Po|Vl|Vx|Lo|Un)\d+(?:/\d+)*")
_STATUS = ("Port", "Name", "Status", "Vlan", "Duplex", "Speed", "Type")
_STATES = ("connected", "notconnect", "disabled", "errdisabled", "inactive", "monitoring", "unknown")
_MACS = ("Vlan", "Mac Address", "Type", "Ports", "Moves", "Last Move")
_LLDP = ("Port", "Neighbor Device ID", "Neighbor Port ID", "TTL")
_ARP = ("Address", "Age (", "Hardware Addr", "Interface")
_MAC = re.compile(r"[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}")


def short_port(name: str) -> str:
    """`Ethernet3/1` -> `Et3/1`."""
    for long, short in _SHORT.items():
        if name.startswith(long):
            return short + name[len(long) :]
    return name


CONFIG = Writing(
    marker=r"^! (?:Command: show running-config|device: .*EOS)",
    port=r"Ethernet\d+(?:/\d+)*",
    spelled=short_port,
    last="end",
)


def read_status(text: str) -> tuple[PortRow | LagRow, ...]:
    """`show interfaces status`. Raises Unreadable for a row that does not stand in the columns of the header."""
    header, rows = find_header(text.splitlines(), _STATUS, "show interfaces status")
    at = starts(header, _STATUS)
    return tuple(each for row in rows if row.strip() for each in _status_row(row, at))


def _status_row(row: str, at: tuple[int, ...]) -> Iterator[PortRow | LagRow]:
    cells = cut(row, at, _STATUS)
    port, vlan = cells["Port"], cells["Vlan"]
    torn = any(row[begin - 1 : begin].strip() for begin in at[1:4])
    if torn or not _NAME.fullmatch(port) or cells["Status"] not in _STATES:
        raise Unreadable("show interfaces status: a row outside its columns", row)
    yield PortRow(port, up=cells["Status"] == "connected", kind=_kind(port, vlan, row), access_vlan=_number(vlan))
    if vlan.startswith("in Po"):
        yield LagRow(vlan.removeprefix("in "), frozenset({port}))


def _kind(port: str, vlan: str, row: str) -> PortKind | None:
    if port.startswith("Po") or vlan.startswith("in Po"):
        return PortKind.LAG_MEMBER
    if vlan.isdigit():
        return PortKind.ACCESS
    if vlan in ("trunk", "routed"):
        return PortKind(vlan)
    raise Unreadable("show interfaces status: a VLAN this reader does not know", row)


def _number(vlan: str) -> int | None:
    return int(vlan) if vlan.isdigit() else None


def read_vlans(text: str) -> tuple[VlanRow, ...]:
    return tuple(map(VlanRow, sorted(read_vlan_brief(text))))


def read_macs(text: str) -> tuple[TableEntry, ...]:
    """`show mac address-table`: devices behind ports. Groups stand in a second table, which is left out."""
    header, rows = find_header(text.splitlines(), _MACS, "show mac address-table")
    at = starts(header, _MACS)
    entries: list[TableEntry] = []
    for row in rows:
        if row.startswith("Total Mac Addresses"):
            return tuple(entries)
        cells = cut(row, at, _MACS)
        if not row.strip() or set(row.strip()) <= {"-", " "}:
            continue
        if not cells["Vlan"].isdigit() or not _MAC.fullmatch(cells["Mac Address"]):
            raise Unreadable("show mac address-table: a row outside its columns", row)
        if cells["Type"] == "DYNAMIC" and _NAME.fullmatch(cells["Ports"]):
            entries.append(TableEntry(parse_mac(cells["Mac Address"]), int(cells["Vlan"]), cells["Ports"]))
    raise Unreadable("show mac address-table: it ends before its total", text.strip()[-200:])


def read_lldp(text: str) -> tuple[Neighbour, ...]:
    """`show lldp neighbors`. It names no capabilities: who speaks LLDP counts as a bridge, and is not touched."""
    header, rows = find_header(text.splitlines(), _LLDP, "show lldp neighbors")
    at = starts(header, _LLDP)
    found: list[Neighbour] = []
    for row in rows:
        if not row.strip() or set(row.strip()) <= {"-", " "}:
            continue
        cells = cut(row, at, _LLDP)
        if not _NAME.fullmatch(cells["Port"]) or not cells["TTL"].isdigit():
            raise Unreadable("show lldp neighbors: a row outside its columns", row)
        found.append(Neighbour(cells["Port"], cells["Neighbor Device ID"], NeighbourKind.BRIDGE))
    return tuple(found)


def read_arp(text: str) -> tuple[Lease, ...]:
    """`show ip arp`, of every VRF one after the other."""
    leases: list[Lease] = []
    at: tuple[int, ...] = ()
    for row in text.splitlines():
        if all(title in row for title in _ARP):
            at = starts(row, _ARP)
        elif row.strip() and not row.startswith("VRF:"):
            cells = cut(row, at, _ARP) if at else {}
            if not cells or not _MAC.fullmatch(cells["Hardware Addr"]):
                raise Unreadable("show ip arp: a row outside its columns", row)
            vlan = re.match(r"Vlan(\d+)", cells["Interface"])
            # A cluster may share an address under a group's MAC: no device of its own.
            if (mac := device_of(cells["Hardware Addr"])) is not None:
                leases.append(Lease(mac, cells["Address"], None, int(vlan[1]) if vlan else None))
    if not at:
        raise Unreadable("show ip arp: no titles", text.strip()[:200])
    return tuple(leases)
