"""HPE/Aruba AOS-S (ProCurve): its tables, drawn with dashes.

A port in a trunk is printed as `A24-Trk1`; a name too long for its column ends in `...`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from device_drivers.formats.dashed import tables
from device_drivers.formats.macs import device_of
from device_drivers.model import Lease, Neighbour, NeighbourKind, PortKind, TableEntry, Unreadable
from device_drivers.rows import LagRow, PortRow, VlanRow

_STATUS = ("Port", "Name", "Status", "Config-mode", "Speed", "Type", "Tagged", "Untagged")
_BRIEF = ("Port", "Type", "Alert", "Enabled", "Status", "Mode", "Mode", "Ctrl")
_VLANS = ("ID", "Name", "Status", "Voice", "Jumbo")
_PORT = re.compile(r"([A-Z]?\d+|\d+/[A-Z]?\d+)(?:-(Trk\d+|\.\.\.))?\*?")
_TRUNK = re.compile(r"Trk\d+")
_MAC = re.compile(r"[0-9a-f]{6}-[0-9a-f]{6}")
_NOTES = (" Note:", "  * ", " * ")


def read_status(text: str) -> tuple[PortRow, ...]:
    """`show interfaces status`: state and VLANs. `multi` or a number under Tagged is a trunk."""
    return tuple(
        _status(cells["Port"], cells, row) for _, cells, row in tables(text, "show interfaces status", _STATUS)
    )


def _status(name: str, cells: Mapping[str, str], row: str) -> PortRow:
    port, lag = port_and_trunk(name, row)
    state, tagged, untagged = cells["Status"], cells["Tagged"], cells["Untagged"]
    if (
        state not in ("Up", "Down")
        or not re.fullmatch(r"No|multi|\d+", tagged)
        or not re.fullmatch(r"No|\d+", untagged)
    ):
        raise Unreadable("show interfaces status: a row outside its columns", row)
    kind, vlan = PortKind.UNKNOWN, None
    if lag:
        kind = PortKind.LAG_MEMBER
    elif tagged != "No":
        kind = PortKind.TRUNK
    elif untagged.isdigit():
        kind, vlan = PortKind.ACCESS, int(untagged)
    return PortRow(port, state == "Up", kind, vlan, cells["Name"])


def port_and_trunk(name: str, row: str) -> tuple[str, str]:
    """`A24-Trk1` -> (`A24`, `Trk1`); the trunk is empty where there is none. Raises Unreadable for no port name."""
    found = _PORT.fullmatch(name)
    if not found:
        raise Unreadable("a row whose first column is no port", row)
    return found[1], found[2] or ""


def read_brief(text: str) -> tuple[PortRow | LagRow, ...]:
    """`show interfaces brief`: which ports are enabled, up, and in a trunk."""
    return tuple(_brief(text))


def _brief(text: str) -> Iterator[PortRow | LagRow]:
    members: dict[str, set[str]] = {}
    plain = "\n".join(line for line in text.splitlines() if not line.startswith(_NOTES) or "|" in line)
    for _, cells, row in tables(plain, "show interfaces brief", _BRIEF, (*_BRIEF, "Limit")):
        if cells["Enabled"] not in ("Yes", "No") or cells["Status"] not in ("Up", "Down"):
            raise Unreadable("show interfaces brief: a row outside its columns", row)
        port, lag = port_and_trunk(cells["Port"], row)
        if lag:
            members.setdefault(lag, set()).add(port)
        yield PortRow(port, cells["Status"] == "Up", shut=cells["Enabled"] == "No")
    yield from (LagRow(lag, frozenset(ports)) for lag, ports in members.items())


def read_trunks(text: str) -> tuple[LagRow, ...]:
    """`show trunks`: who is in which. Nothing but titles where there is none."""
    members: dict[str, set[str]] = {}
    for _, cells, row in tables(text, "show trunks", ("Port", "Name", "Type", "Group", "Type ")):
        if not _TRUNK.fullmatch(cells["Group"]) or not re.fullmatch(r"[A-Z]?\d+|\d+/[A-Z]?\d+", cells["Port"]):
            raise Unreadable("show trunks: a row outside its columns", row)
        members.setdefault(cells["Group"], set()).add(cells["Port"])
    return tuple(LagRow(lag, frozenset(ports)) for lag, ports in members.items())


def read_vlans(text: str) -> tuple[VlanRow, ...]:
    """`show vlans`."""
    found: list[VlanRow] = []
    for _, cells, row in tables(text, "show vlans", _VLANS, _VLANS[:-1]):
        if not cells["ID"].isdigit() or cells["Status"] not in ("Port-based", "Static", "Dynamic", "Protocol"):
            raise Unreadable("show vlans: a row outside its columns", row)
        found.append(VlanRow(int(cells["ID"]), cells["Name"]))
    return tuple(found)


def read_macs(text: str) -> tuple[TableEntry, ...]:
    """`show mac-address`. Old switches name no VLAN: then it is 0 here."""
    found: list[TableEntry] = []
    for _, cells, row in tables(text, "show mac-address", ("Address", "Port"), ("Address", "Port", "VLAN")):
        vlan = cells.get("VLAN", "0")
        if not _MAC.fullmatch(cells["Address"]) or not vlan.isdigit() or not _is_place(cells["Port"]):
            raise Unreadable("show mac-address: a row outside its columns", row)
        if mac := device_of(cells["Address"]):
            found.append(TableEntry(mac, int(vlan), cells["Port"]))
    return tuple(found)


def read_arp(text: str) -> tuple[Lease, ...]:
    """`show arp`."""
    found: list[Lease] = []
    for _, cells, row in tables(text, "show arp", ("IP Address", "MAC Address", "Type", "Port")):
        if not _MAC.fullmatch(cells["MAC Address"]) or not re.fullmatch(r"[\d.]{7,15}", cells["IP Address"]):
            raise Unreadable("show arp: a row outside its columns", row)
        if mac := device_of(cells["MAC Address"]):
            found.append(Lease(mac, cells["IP Address"]))
    return tuple(found)


def read_lldp(text: str) -> tuple[Neighbour, ...]:
    """`show lldp info remote-device detail`: one block for each neighbour, `key : value` in fixed columns."""
    if "LLDP Remote Device Information Detail" not in text:
        raise Unreadable("show lldp info remote-device detail: no title", text.strip()[:200])
    found: list[Neighbour] = []
    for fields in _blocks(text):
        port = fields["Local Port"]
        if not _is_place(port):
            raise Unreadable("show lldp info remote-device detail: a block without a port", f"Local Port : {port}")
        codes = {word.strip() for word in fields.get("System Capabilities Enabled", "").split(",")}
        found.append(Neighbour(port, fields.get("SysName", ""), _kind(codes)))
    return tuple(found)


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Only lines indented by two are fields of the neighbour itself; the first of a name counts."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if not colon or not re.match(r"  \S", line):
            continue
        if key.strip() == "Local Port":
            if fields:
                yield fields
            fields = {}
        elif not fields:
            raise Unreadable("show lldp info remote-device detail: a field before the first port", line)
        fields.setdefault(key.strip(), value.strip())
    if fields:
        yield fields


def _kind(codes: set[str]) -> NeighbourKind:
    if "telephone" in codes:
        return NeighbourKind.PHONE
    if "wlan-access-point" in codes:
        return NeighbourKind.ACCESS_POINT
    if "bridge" in codes:
        return NeighbourKind.BRIDGE
    return NeighbourKind.ROUTER if "router" in codes else NeighbourKind.OTHER


def _is_place(port: str) -> bool:
    return bool(_PORT.fullmatch(port) or _TRUNK.fullmatch(port))
