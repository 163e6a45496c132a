"""Cisco Small Business (SG, SF, CBS; `cisco_s300`): its tables, drawn with dashes, whose cells wrap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from device_drivers.formats.dashed import tables
from device_drivers.formats.macs import device_of
from device_drivers.formats.port_lists import expand
from device_drivers.model import Lease, Neighbour, NeighbourKind, PortKind, TableEntry, Unreadable
from device_drivers.rows import PortRow, VlanRow

_PORT = re.compile(r"(?:fa|gi|te|tw|fo|xg)(?:\d+/)*\d+|Po\d+|oob", re.IGNORECASE)
_STATES = {"Up": True, "Down": False, "Not Present": None, "Down (ED)": False}
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", re.IGNORECASE)
_STATUS = ("Port", "Type", "Duplex", "Speed", "Neg", "ctrl", "State", "Pressure", "Mode")
_BUNDLES = ("Ch", "Type", "Duplex", "Speed", "Neg", "control", "State")
_VLAN_LAYOUTS = (
    ("Vlan", "Name", "Ports", "Type", "Authorization"),
    ("Vlan", "Name", "Ports", "Created by"),
    ("Vlan", "Name", "Tagged Ports", "UnTagged Ports", "Created by"),
)
_LLDP = ("Port", "Device ID", "Port ID", "System Name", "Capabilities", "TTL")
_MODES = {"access": PortKind.ACCESS, "trunk": PortKind.TRUNK}


def read_status(text: str) -> tuple[PortRow, ...]:
    """`show interfaces status`: ports and bundles, up or not."""
    found: list[PortRow] = []
    for which, cells, row in tables(text, "show interfaces status", _STATUS, _BUNDLES):
        name = cells["Port" if which == 0 else "Ch"]
        if not _PORT.fullmatch(name) or cells["State"] not in _STATES:
            raise Unreadable("show interfaces status: a row outside its columns", row)
        # A bundle is no place to plug something in: it is never told anything.
        kind = PortKind.LAG_MEMBER if name.startswith("Po") else None
        found.append(PortRow(name, bool(_STATES[cells["State"]]), kind))
    return tuple(found)


def read_vlans(text: str) -> tuple[VlanRow, ...]:
    """`show vlan` in its three forms. Only the newest says who is tagged; the others leave the members out."""
    return tuple(_vlan(which, cells, row) for which, cells, row in _wrapped(text))


def _wrapped(text: str) -> Iterator[tuple[int, dict[str, str], str]]:
    """Rows with their continuation lines joined: a list of ports goes on after its comma, a long name in its column."""
    held: tuple[int, dict[str, str], str] | None = None
    for which, cells, row in tables(text, "show vlan", *_VLAN_LAYOUTS):
        if cells["Vlan"]:
            if held:
                yield held
            held = (which, dict(cells), row)
            continue
        if held is None or which != held[0]:
            raise Unreadable("show vlan: a row without a VLAN", row)
        for title, more in cells.items():
            held[1][title] += more
    if held:
        yield held


def _vlan(which: int, cells: Mapping[str, str], row: str) -> VlanRow:
    if not cells["Vlan"].isdigit():
        raise Unreadable("show vlan: a row outside its columns", row)
    number = int(cells["Vlan"])
    if which == 2:
        tagged, untagged = (frozenset(expand(cells[title], row)) for title in ("Tagged Ports", "UnTagged Ports"))
        return VlanRow(number, cells["Name"], untagged, tagged)
    expand(cells["Ports"], row)
    return VlanRow(number, cells["Name"])


def vlan_members(text: str) -> Mapping[int, tuple[str, ...]]:
    """VLAN -> every port in it, tagged or not, by the older forms of `show vlan`."""
    return {int(cells["Vlan"]): expand(cells["Ports"], row) for which, cells, row in _wrapped(text) if which != 2}


def read_macs(text: str) -> tuple[TableEntry, ...]:
    """`show mac address-table`. The switch's own addresses are no devices."""
    found: list[TableEntry] = []
    for _, cells, row in tables(text, "show mac address-table", ("Vlan", "Mac Address", "Port", "Type")):
        mac, port, kind = cells["Mac Address"], cells["Port"], cells["Type"]
        if not cells["Vlan"].isdigit() or not _MAC.fullmatch(mac):
            raise Unreadable("show mac address-table: a row outside its columns", row)
        if kind == "self":
            continue
        if not _PORT.fullmatch(port) or kind not in ("dynamic", "static", "secure"):
            raise Unreadable("show mac address-table: a row outside its columns", row)
        if device := device_of(mac):
            found.append(TableEntry(device, int(cells["Vlan"]), port))
    return tuple(found)


def read_lldp(text: str) -> tuple[Neighbour, ...]:
    """`show lldp neighbors`: cells wrap into the lines below."""
    rows: list[dict[str, str]] = []
    for _, cells, row in tables(text, "show lldp neighbors", _LLDP):
        if cells["Port"]:
            if not _PORT.fullmatch(cells["Port"]) or not cells["TTL"].isdigit():
                raise Unreadable("show lldp neighbors: a row outside its columns", row)
            rows.append(dict(cells))
        elif not rows:
            raise Unreadable("show lldp neighbors: a row without a port", row)
        else:
            for title, more in cells.items():
                rows[-1][title] += more
    return tuple(Neighbour(row["Port"], row["System Name"], _kind(row["Capabilities"])) for row in rows)


def _kind(codes: str) -> NeighbourKind:
    """By the letters of the legend; `r` is a repeater, `R` a router."""
    has = set(re.split(r"[,\s]+", codes.strip()))
    for letter, kind in (("T", NeighbourKind.PHONE), ("W", NeighbourKind.ACCESS_POINT), ("B", NeighbourKind.BRIDGE)):
        if letter in has:
            return kind
    return NeighbourKind.ROUTER if "R" in has else NeighbourKind.OTHER


def read_switchport(text: str) -> tuple[PortRow, ...]:
    """`show interfaces switchport`, as SG300 prints it (`Port : gi1`) and as CBS does (`Name: gi1`).

    Raises Unreadable where a block lacks its mode.
    """
    blocks = list(_blocks(text))
    if not blocks:
        raise Unreadable("show interfaces switchport: no block begins with Port or Name", text.strip()[:200])
    return tuple(row for block in blocks for row in _switchport(block))


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in text.splitlines():
        if re.match(r"(?:Port ?:|Name:) \S+$", line.rstrip()):
            if block:
                yield block
            block = []
        elif not block:
            continue
        block.append(line)
    if block:
        yield block


def _switchport(block: list[str]) -> Iterator[PortRow]:
    fields = {key.strip(): value.strip() for key, colon, value in (line.partition(":") for line in block) if colon}
    old = "Port" in fields
    port, mode = fields["Port" if old else "Name"], fields.get("Port Mode" if old else "Administrative Mode")
    if not _PORT.fullmatch(port) or not mode:
        raise Unreadable("show interfaces switchport: a block without port or mode", block[0])
    kind = _MODES.get(mode.lower(), PortKind.UNKNOWN)
    untagged = _memberships(block) if old else [int(n) for n in re.findall(r"^\d+", fields.get("Access Mode VLAN", ""))]
    if kind is PortKind.ACCESS and len(untagged) != 1:
        kind = PortKind.UNKNOWN
    yield PortRow(port, kind=kind, access_vlan=untagged[0] if kind is PortKind.ACCESS else None)


def _memberships(block: list[str]) -> list[int]:
    """VLANs a port is in without a tag, by the table `Port is member in`."""
    part = "\n".join(block).partition("Port is member in:")[2].partition("Forbidden VLANS")[0].strip("\n")
    found: list[int] = []
    layouts = (("Vlan", "Name", "rule", "Type"), ("Vlan", "Name", "rule", "by"))
    for _, cells, row in tables(part, "show interfaces switchport", *layouts):
        if not cells["Vlan"].isdigit() or cells["rule"] not in ("Tagged", "Untagged"):
            raise Unreadable("show interfaces switchport: a row outside its columns", row)
        found += [int(cells["Vlan"])] if cells["rule"] == "Untagged" else []
    return found


def read_arp(text: str) -> tuple[Lease, ...]:
    """`show arp`."""
    found: list[Lease] = []
    for _, cells, row in tables(text, "show arp", ("VLAN", "Interface", "IP address", "HW address", "status")):
        if not _MAC.fullmatch(cells["HW address"]):
            raise Unreadable("show arp: a row outside its columns", row)
        if mac := device_of(cells["HW address"]):
            found.append(Lease(mac, cells["IP address"]))
    return tuple(found)
