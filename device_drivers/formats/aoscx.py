"""Aruba AOS-CX: blocks of `show interface`, and its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_drivers.columns import cut, find_header, starts
from device_drivers.formats.macs import device_of
from device_drivers.formats.port_lists import expand
from device_drivers.model import Lease, Neighbour, NeighbourKind, PortKind, TableEntry, Unreadable
from device_drivers.rows import LagRow, PortRow, VlanRow

_HEAD = re.compile(r"(?:Interface|Aggregate) (\S+) is (up|down)(?: .*)?$")
_PORT = re.compile(r"\d+/\d+/\d+(?::\d+)?")
_PLACE = re.compile(rf"{_PORT.pattern}|lag\d+|vxlan.*|vlan\d+|loopback\d+|mgmt|tunnel.*|\d+/\d+/\d+\.\d+")
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_TRUNKS = ("native-untagged", "native-tagged", "trunk")
_VLAN = ("VLAN", "Name", "Status", "Reason", "Type", "Interfaces")
_MACS = ("MAC Address", "VLAN", "Type", "Port")


def read_interfaces(text: str) -> tuple[PortRow | LagRow, ...]:
    """`show interface`: every physical port and bundle. VLAN interfaces and loopbacks are no ports."""
    blocks = list(_blocks(text))
    if not blocks:
        raise Unreadable("show interface: no block begins with Interface", text.strip()[:200])
    rows = tuple(row for block in blocks for row in _interface(block))
    if not any(isinstance(row, PortRow) for row in rows):
        raise Unreadable("show interface: no block of a physical port", blocks[0][0])
    return rows


def _blocks(text: str) -> Iterator[list[str]]:
    """A block begins at the left edge; its lines stand one further in, what was typed by a person behind a colon."""
    block: list[str] = []
    for line in text.splitlines():
        if line.startswith(("Interface ", "Aggregate ")):
            if not _HEAD.match(line.rstrip()):
                raise Unreadable("show interface: a block without a state", line)
            if block:
                yield block
            block = []
        elif not block:
            if line.strip():
                raise Unreadable("show interface: a line before the first block", line)
            continue
        block.append(line)
    if block:
        yield block


def _interface(block: list[str]) -> Iterator[PortRow | LagRow]:
    head = _HEAD.match(block[0].rstrip())
    assert head
    name = head[1]
    if not _PLACE.fullmatch(name):
        raise Unreadable("show interface: a block without a port", block[0])
    fields: dict[str, str] = {}
    for line in block[1:]:
        # One blank in: a line of the block itself. The first of a name counts, whatever a description says below it.
        key, colon, value = line.strip().partition(":")
        if colon and re.match(r" \S", line):
            fields.setdefault(key.strip(), value.strip())
    admin = next((line.strip() for line in block if line.strip().startswith("Admin state is ")), "")
    if name.startswith("lag"):
        members = frozenset(fields.get("Aggregated-interfaces", "").split())
        yield LagRow(name, members)
    if not _PORT.fullmatch(name):
        return
    if admin not in ("Admin state is up", "Admin state is down"):
        raise Unreadable("show interface: a block without an admin state", block[0])
    kind, vlan = _mode(fields, block[0])
    yield PortRow(name, head[2] == "up", kind, vlan, fields.get("Description", ""), admin.endswith("down"))


def _mode(fields: dict[str, str], head: str) -> tuple[PortKind, int | None]:
    """A port without a VLAN mode is routed, or one whose mode this version does not print: nothing is done to it."""
    mode = fields.get("VLAN Mode")
    if mode is None:
        return PortKind.UNKNOWN, None
    if mode in _TRUNKS:
        return PortKind.TRUNK, None
    if mode != "access" or not fields.get("Access VLAN", "").isdigit():
        raise Unreadable("show interface: a VLAN mode this reader does not know", f"{head}: VLAN Mode: {mode}")
    return PortKind.ACCESS, int(fields["Access VLAN"])


def read_vlans(text: str) -> tuple[VlanRow, ...]:
    """`show vlan`: which VLANs there are. Ports go on in the lines below."""
    header, rows = find_header(text.splitlines(), _VLAN, "show vlan")
    at = starts(header, _VLAN)
    found: list[VlanRow] = []
    for row in rows:
        if not row.strip() or set(row.strip()) == {"-"}:
            continue
        cells = cut(row, at, _VLAN)
        expand(cells["Interfaces"].removesuffix(","), row)
        if not cells["VLAN"] and found and not row[: at[-1]].strip():
            continue
        if not cells["VLAN"].isdigit() or cells["Status"] not in ("up", "down") or row[at[2] - 1].strip():
            raise Unreadable("show vlan: a row outside its columns", row)
        found.append(VlanRow(int(cells["VLAN"]), cells["Name"]))
    return tuple(found)


def read_macs(text: str) -> tuple[TableEntry, ...]:
    """`show mac-address-table`. Its own count of addresses is of the learnt ones only, and is not relied on."""
    if "No MAC entries found" in text:
        return ()
    header, rows = find_header(text.splitlines(), _MACS, "show mac-address-table")
    at = starts(header, _MACS)
    found: list[TableEntry] = []
    for row in rows:
        if not row.strip() or set(row.strip()) == {"-"}:
            continue
        cells = cut(row, at, _MACS)
        good = _MAC.fullmatch(cells["MAC Address"]) and cells["VLAN"].isdigit() and " " not in cells["Type"]
        if not good or not _PLACE.match(cells["Port"]):
            raise Unreadable("show mac-address-table: a row outside its columns", row)
        if mac := device_of(cells["MAC Address"]):
            found.append(TableEntry(mac, int(cells["VLAN"]), cells["Port"]))
    return tuple(found)


def read_lldp(text: str) -> tuple[Neighbour, ...]:
    """`show lldp neighbor-info detail`. Raises Unreadable where there are fewer or more than announced."""
    total = re.search(r"^Total Neighbor Entries +: (\d+)$", text, re.MULTILINE)
    if not total:
        raise Unreadable("show lldp neighbor-info detail: no number of neighbours", text.strip()[:200])
    found = [_neighbour(block) for block in re.split(r"^-{20,}$", text, flags=re.MULTILINE)[1:] if block.strip()]
    if len(found) != int(total[1]):
        raise Unreadable(
            f"show lldp neighbor-info detail: {total[1]} neighbours announced, {len(found)} listed", total[0]
        )
    return tuple(found)


def _neighbour(block: str) -> Neighbour:
    fields: dict[str, str] = {}
    for line in block.strip().splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip(), value.strip())
    port = fields.get("Port", "")
    if not _PORT.fullmatch(port) and port != "mgmt":
        raise Unreadable("show lldp neighbor-info detail: a block without a port", block.strip().splitlines()[0])
    enabled = {word.strip() for word in fields.get("Chassis Capabilities Enabled", "").split(",")}
    return Neighbour(port, fields.get("Neighbor Chassis-Name", ""), _kind(enabled))


def _kind(codes: set[str]) -> NeighbourKind:
    if "Telephone" in codes:
        return NeighbourKind.PHONE
    if "WLAN" in codes:
        return NeighbourKind.ACCESS_POINT
    if "Bridge" in codes:
        return NeighbourKind.BRIDGE
    return NeighbourKind.ROUTER if "Router" in codes else NeighbourKind.OTHER


def read_arp(text: str) -> tuple[Lease, ...]:
    """`show arp`: addresses that were resolved."""
    if "No ARP entries found" in text:
        return ()
    titles = ("IPv4 Address", "MAC", "Port", "Physical Port", "State")
    header, rows = find_header(text.splitlines(), titles, "show arp")
    at = starts(header, titles)
    found: list[Lease] = []
    for row in rows:
        if not row.strip() or set(row.strip()) == {"-"} or row.startswith("Total Number Of ARP"):
            continue
        cells = cut(row, at, titles)
        if not re.fullmatch(r"[\d.]{7,15}", cells["IPv4 Address"]):
            raise Unreadable("show arp: a row outside its columns", row)
        if _MAC.fullmatch(cells["MAC"]) and (mac := device_of(cells["MAC"])):
            vlan = re.fullmatch(r"vlan(\d+)", cells["Port"])
            found.append(Lease(mac, cells["IPv4 Address"], None, int(vlan[1]) if vlan else None))
    return tuple(found)
