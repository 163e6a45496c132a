"""Tables of Dell OS10 and OS6 (N-Series): port status, VLANs, forwarding tables, neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_drivers.columns import cut, find_header, starts
from device_drivers.formats.dashed import tables
from device_drivers.formats.switchport_config import Writing
from device_drivers.model import Neighbour, NeighbourKind, PortKind, TableEntry, Unreadable
from device_drivers.rows import PortRow, VlanRow
from inventory.model import parse_mac

_OS10_STATUS = ("Port", "Description", "Status", "Speed", "Duplex", "Mode", "Vlan", "Tagged-Vlans")
_OS10_PORT = re.compile(r"(Eth |Po |Vl |Ma |Lo )?\d+(?:/\d+)*(?::\d+)?")
_OS10_KINDS = {"A": PortKind.ACCESS, "T": PortKind.TRUNK}
_OS10_STATES = ("up", "down", "admin-down", "admin down")
_OS6_STATUS = ("Port", "Description", "Duplex", "Speed", "Neg", "State", "Status")
_OS6_STATUS_NEW = ("Port", "Description", "Duplex", "Speed", "Neg", "State", "Ctrl", "M", "VLAN")
_OS6_MACS = ("Vlan", "Mac Address", "Type", "Port")
_OS6_PORT = re.compile(r"(?:Gi|Te|Fo|Tw|Fi|Hu)\d+/\d+/\d+|Po\d+")
_MAC = r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}"
_OS10_LEARNT = re.compile(rf"(\d+)\s+({_MAC})\s+(\S+)\s+(\S+)$", re.IGNORECASE)
_OS10_VLAN = re.compile(r"[*@MPCSVR ]*(\d{1,4})\s+(?:Active|Inactive)\b")
_OS10_MEMBERS = re.compile(r"\s+[AT] \S+$")


def os10_port(name: str) -> str:
    """`Eth 1/1/1` and `ethernet1/1/1` -> `ethernet1/1/1`; `Po 5` and `port-channel5` -> `Po5`."""
    text = name.replace(" ", "")
    if text.startswith("Eth"):
        return "ethernet" + text[3:]
    return "Po" + text[12:] if text.startswith("port-channel") else text


OS10 = Writing(marker=r"^! ?Version \d", port=r"ethernet\d+/\d+/\d+(?::\d+)?", spelled=os10_port)
OS6 = Writing(marker=r"^!Current Configuration:", port=r"(?:Gi|Te|Fo|Tw|Fi|Hu)\d+/\d+/\d+")


def read_os10_status(text: str) -> tuple[PortRow, ...]:
    """`show interface status`. Raises Unreadable for a row that does not stand in the columns of the header."""
    header, rows = find_header(text.splitlines(), _OS10_STATUS, "show interface status")
    at = starts(header, _OS10_STATUS)
    lines = (row for row in rows if row.strip() and set(row.strip()) != {"-"})
    return tuple(each for row in lines for each in _os10_row(row, at))


def _os10_row(row: str, at: tuple[int, ...]) -> Iterator[PortRow]:
    cells = cut(row, at, _OS10_STATUS)
    torn = any(row[begin - 1 : begin].strip() for begin in at[1:3])
    if torn or not _OS10_PORT.fullmatch(cells["Port"]) or not row[at[2] :].startswith(_OS10_STATES):
        raise Unreadable("show interface status: a row outside its columns", row)
    port = os10_port(cells["Port"])
    if port.startswith("ethernet"):
        # A port without a mode is routed, or a member of a bundle.
        kind = _OS10_KINDS.get(cells["Mode"], PortKind.UNKNOWN)
        vlan = int(cells["Vlan"]) if kind is PortKind.ACCESS and cells["Vlan"].isdigit() else None
        state = row[at[2] :]
        yield PortRow(port, up=state.startswith("up"), kind=kind, access_vlan=vlan, shut=state.startswith("admin"))


def read_os10_macs(text: str) -> tuple[TableEntry, ...]:
    """`show mac address-table`."""
    _, rows = find_header(text.splitlines(), ("VlanId", "Mac Address", "Type", "Interface"), "show mac address-table")
    entries: list[TableEntry] = []
    for row in filter(str.strip, rows):
        found = _OS10_LEARNT.match(row.strip())
        if not found:
            raise Unreadable("show mac address-table: a row this reader does not know", row)
        if found[3] == "dynamic":
            entries.append(TableEntry(parse_mac(found[2]), int(found[1]), os10_port(found[4])))
    return tuple(entries)


def read_os10_vlans(text: str) -> tuple[VlanRow, ...]:
    """`show vlan`: numbers only; members are read from the ports."""
    _, rows = find_header(text.splitlines(), ("NUM", "Status", "Ports"), "show vlan")
    numbers: list[int] = []
    for row in filter(str.strip, rows):
        found = _OS10_VLAN.match(row)
        if not found and not _OS10_MEMBERS.match(row):
            raise Unreadable("show vlan: a row this reader does not know", row)
        if found:
            numbers.append(int(found[1]))
    return tuple(map(VlanRow, numbers))


def read_os6_status(text: str) -> tuple[PortRow, ...]:
    """`show interfaces status` of OS6, in both its widths. Modes are read from the configuration."""
    ports: list[PortRow] = []
    for _, cells, row in tables(text, "show interfaces status", _OS6_STATUS, _OS6_STATUS_NEW):
        if not _OS6_PORT.fullmatch(cells["Port"]) or cells["State"] not in ("Up", "Down", "Detach", "D-Down"):
            raise Unreadable("show interfaces status: a row this reader does not know", row)
        ports.append(PortRow(cells["Port"], up=cells["State"] == "Up"))
    return tuple(ports)


def read_os6_macs(text: str) -> tuple[TableEntry, ...]:
    """`show mac address-table` of OS6. The switch's own addresses (`Management`) are no devices."""
    entries: list[TableEntry] = []
    for _, cells, row in tables(text, "show mac address-table", _OS6_MACS):
        if not cells["Vlan"].isdigit() or not re.fullmatch(r"[0-9A-F]{4}(?:\.[0-9A-F]{4}){2}", cells["Mac Address"]):
            raise Unreadable("show mac address-table: a row this reader does not know", row)
        if cells["Type"] == "Dynamic" and _OS6_PORT.fullmatch(cells["Port"]):
            entries.append(TableEntry(parse_mac(cells["Mac Address"]), int(cells["Vlan"]), cells["Port"]))
    return tuple(entries)


def read_os6_vlans(text: str) -> tuple[VlanRow, ...]:
    """`show vlan` of OS6: numbers only; ports go on over several lines."""
    rows = tables(text, "show vlan", ("VLAN", "Name", "Ports", "Type"))
    return tuple(VlanRow(int(cells["VLAN"]), cells["Name"]) for _, cells, _ in rows if cells["VLAN"].isdigit())


def read_os10_lldp(text: str) -> tuple[Neighbour, ...]:
    """`show lldp neighbors` of OS10. No capabilities there: who speaks LLDP counts as a bridge, and is not touched."""
    titles = ("Loc PortID", "Rem Host Name", "Rem Port Id", "Rem Chassis Id")
    header, rows = find_header(text.splitlines(), titles, "show lldp neighbors")
    at = starts(header, titles)
    found: list[Neighbour] = []
    for row in (row for row in rows if row.strip() and set(row.strip()) != {"-"}):
        cells = cut(row, at, titles)
        if not re.fullmatch(r"[a-z]+\d+/\d+/\d+(?::\d+)?", cells["Loc PortID"]):
            raise Unreadable("show lldp neighbors: a row outside its columns", row)
        found.append(Neighbour(cells["Loc PortID"], cells["Rem Host Name"], NeighbourKind.BRIDGE))
    return tuple(found)
