"""Ruckus ICX (FastIron, also of the Brocade years): its tables.

A port's name is the last column of `show interfaces brief` and is cut short there; every other column holds one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_drivers.columns import find_header
from device_drivers.formats.macs import device_of
from device_drivers.formats.port_lists import between
from device_drivers.model import Lease, Neighbour, NeighbourKind, PortKind, TableEntry, Unreadable
from device_drivers.rows import LagRow, PortRow, VlanRow

_PORT = re.compile(r"\d+(?:/\d+){0,2}|mgmt\d+")
_PLACE = re.compile(r"(?:\d+(?:/\d+){0,2}|mgmt\d+|lg\d+|ve\d+)(?:\*\d+(?:/\d+)*)?")
_BRIEF = ("Port", "Link", "State", "Dupl", "Speed", "Trunk", "Tag", "Pvid", "Pri", "MAC", "Name")
_MAC = re.compile(r"[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}")
_MACS = ("MAC-Address", "Port", "Type")
_ARP = ("No.", "IP", "MAC", "Type", "Age", "Port", "Status")
_VLAN = re.compile(r"PORT-VLAN (\d+), Name (\S+(?: \S+)*?), Priority level\d+")
_MEMBERS = re.compile(
    r" *(Untagged|Tagged|Uplink|DualMode|Mac-Vlan) Ports: "
    r"(?:None|\((?P<unit>U(\d+)/M(\d+)|LAG)\)(?P<numbers>(?: +\d+)+))$"
)
_LINKS = {"Up": (True, False), "Down": (False, False), "Disable": (False, True), "ERR-DIS": (False, False)}


def read_brief(text: str) -> tuple[PortRow | LagRow, ...]:
    """`show interfaces brief`: state, trunk, and the VLAN of a port that is in one only."""
    return tuple(_brief(text))


def _brief(text: str) -> Iterator[PortRow | LagRow]:
    _, rows = find_header(text.splitlines(), _BRIEF, "show interfaces brief")
    members: dict[str, set[str]] = {}
    for row in (row for row in rows if row.strip() and row.split()[:2] != ["Port", "Link"]):
        words = row.split(None, 10)
        if len(words) < 10 or not _PLACE.fullmatch(words[0]) or words[1] not in _LINKS or not _MAC.fullmatch(words[9]):
            raise Unreadable("show interfaces brief: a row outside its columns", row)
        port, link, lag, tagged, vlan = words[0], words[1], words[5], words[6], words[7]
        if not (lag == "None" or lag.isdigit()) or tagged not in ("Yes", "No", "N/A") or not _is_vlan(vlan):
            raise Unreadable("show interfaces brief: a row outside its columns", row)
        if lag != "None":
            members.setdefault(lag, set()).add(port)
        up, shut = _LINKS[link]
        kind = _kind(port, tagged, vlan)
        number = int(vlan) if kind is PortKind.ACCESS else None
        yield PortRow(port, up, kind, number, words[10].strip() if len(words) > 10 else "", shut)
    yield from (LagRow(lag, frozenset(ports)) for lag, ports in members.items())


def _is_vlan(word: str) -> bool:
    return word in ("N/A", "None") or word.isdigit()


def _kind(port: str, tagged: str, vlan: str) -> PortKind:
    if tagged == "Yes":
        return PortKind.TRUNK
    access = tagged == "No" and vlan.isdigit() and _PORT.fullmatch(port) and not port.startswith("mgmt")
    return PortKind.ACCESS if access else PortKind.UNKNOWN


def read_vlans(text: str) -> tuple[VlanRow, ...]:
    """`show vlan`: VLANs with their ports. Bundles are named `lg1`. Meets the announced number of VLANs."""
    names: dict[int, str] = {}
    members: dict[tuple[int, str], set[str]] = {}
    vlan = 0
    for line in text.splitlines():
        if head := _VLAN.match(line):
            vlan = int(head[1])
            names[vlan] = "" if head[2] == "[None]" else head[2]
        elif not line.strip() or _ornament(line, vlan):
            continue
        elif vlan and (found := _MEMBERS.match(line.rstrip())):
            members.setdefault((vlan, found[1]), set()).update(_ports(found))
        else:
            raise Unreadable("show vlan: a line this reader does not know", line)
    _count(text, len(names))
    return tuple(
        VlanRow(
            number,
            name,
            frozenset(members.get((number, "Untagged"), ())),
            frozenset(members.get((number, "Tagged"), set()) | members.get((number, "DualMode"), set())),
        )
        for number, name in names.items()
    )


def _ornament(line: str, vlan: int) -> bool:
    beginnings = ("Total PORT-VLAN entries:", "Maximum PORT-VLAN entries:", "Legend:")
    return line.startswith(beginnings) or (bool(vlan) and line.strip().startswith(("Monitoring:", "Mac-Vlan Ports:")))


def _ports(found: re.Match[str]) -> set[str]:
    numbers = (found["numbers"] or "").split()
    prefix = "lg" if found["unit"] == "LAG" else f"{found[3]}/{found[4]}/"
    return {f"{prefix}{number}" for number in numbers}


def _count(text: str, listed: int) -> None:
    total = re.search(r"^Total PORT-VLAN entries: (\d+)", text, re.MULTILINE)
    if not total:
        raise Unreadable("show vlan: no number of VLANs", text.strip()[:200])
    if int(total[1]) != listed:
        raise Unreadable(f"show vlan: {total[1]} VLANs announced, {listed} listed", total[0])


def read_macs(text: str) -> tuple[TableEntry, ...]:
    """`show mac-address`. Fewer rows than announced are half a table; titles stand again at every page."""
    _, rows = find_header(text.splitlines(), _MACS, "show mac-address")
    found: list[TableEntry] = []
    listed = 0
    for row in (row for row in rows if row.strip() and not row.startswith("MAC-Address")):
        words = row.split()
        numbers = [word for word in words[2:] if word.isdigit()]
        if len(words) not in (4, 5) or not _MAC.fullmatch(words[0]) or not _PLACE.fullmatch(words[1]) or not numbers:
            raise Unreadable("show mac-address: a row outside its columns", row)
        listed += 1
        if mac := device_of(words[0]):
            found.append(TableEntry(mac, int(numbers[-1]), words[1]))
    total = re.search(r"^Total active entries from all ports = (\d+)", text, re.MULTILINE)
    if total and int(total[1]) > listed:
        raise Unreadable(f"show mac-address: {total[1]} addresses announced, {listed} listed", total[0])
    return tuple(found)


def read_arp(text: str) -> tuple[Lease, ...]:
    """`show arp`. Entries without a MAC are nobody yet."""
    header, rows = find_header(text.splitlines(), _ARP, "show arp")
    with_vlan = header.split()[-1] == "VLAN"
    found: list[Lease] = []
    for row in (row for row in rows if row.strip() and not row.startswith("Total ")):
        words = row.split()
        if len(words) < 6 or not words[0].isdigit() or not re.fullmatch(r"[\d.]{7,15}", words[1]):
            raise Unreadable("show arp: a row outside its columns", row)
        if not _MAC.fullmatch(words[2]):
            if words[2] != "None":
                raise Unreadable("show arp: a row outside its columns", row)
            continue
        vlan = int(words[-1]) if with_vlan and words[-1].isdigit() else None
        if mac := device_of(words[2]):
            found.append(Lease(mac, words[1], None, vlan))
    return tuple(found)


def read_lldp(text: str) -> tuple[Neighbour, ...]:
    """`show lldp neighbors detail`: blocks by `Local port:`, at the left edge; a neighbour's texts are quoted and stand
    further in.
    """
    found: list[Neighbour] = []
    port, name, codes = "", "", frozenset[str]()
    for line in [*text.splitlines(), "Local port: end"]:
        if head := re.match(r"Local port: (\S+)\s*$", line):
            if port:
                found.append(Neighbour(port, name, _lldp_kind(codes)))
            port, name, codes = head[1], "", frozenset()
            if port != "end" and not _PORT.fullmatch(port):
                raise Unreadable("show lldp neighbors detail: a block without a port", line)
        elif line.strip() and (not port or not line.startswith(" ")):
            raise Unreadable("show lldp neighbors detail: a line outside a block", line)
        elif seen := re.match(r" +\+ System name +: (.*)$", line):
            name = name or seen[1].strip().strip('"')
        elif enabled := re.match(r" +Enabled capabilities: (.*)$", line):
            codes = frozenset(word.strip() for word in enabled[1].split(","))
    if not found and text.strip():
        raise Unreadable("show lldp neighbors detail: no neighbour", text.strip()[:200])
    return tuple(found)


def _lldp_kind(codes: frozenset[str]) -> NeighbourKind:
    if "telephone" in codes:
        return NeighbourKind.PHONE
    if codes & {"WLAN-access-point", "wlan access point", "WLAN access point"}:
        return NeighbourKind.ACCESS_POINT
    if "bridge" in codes:
        return NeighbourKind.BRIDGE
    return NeighbourKind.ROUTER if "router" in codes else NeighbourKind.OTHER


def read_config_vlans(text: str) -> tuple[VlanRow, ...]:
    """`show running-config vlan`: VLANs with the ports written into them."""
    names: dict[int, str] = {}
    untagged: dict[int, set[str]] = {}
    tagged: dict[int, set[str]] = {}
    vlan = 0
    for line in text.splitlines():
        if head := re.match(r"vlan (\d+)(?: name (.+?))?(?: by port)?\s*$", line):
            vlan = int(head[1])
            names[vlan] = head[2] or ""
        elif members := re.match(r" (tagged|untagged) (.+)$", line):
            if not vlan:
                raise Unreadable("show running-config vlan: ports before the first VLAN", line)
            (tagged if members[1] == "tagged" else untagged).setdefault(vlan, set()).update(spelled(members[2], line))
    if not names:
        raise Unreadable("show running-config vlan: no VLAN", text.strip()[:200])
    return tuple(
        VlanRow(n, name, frozenset(untagged.get(n, ())), frozenset(tagged.get(n, ()))) for n, name in names.items()
    )


def spelled(text: str, line: str) -> list[str]:
    """`ethe 1/1/3 to 1/1/5 ethe 1/1/7 lag 1` -> the ports. Raises Unreadable for what is no such list."""
    ports: list[str] = []
    words = text.split()
    kind = ""
    while words:
        word = words.pop(0)
        if word in ("ethe", "ethernet", "lag"):
            kind = word
        elif word == "to" and ports and words:
            last = words.pop(0)
            first = ports.pop()
            ports += between(first, f"lg{last}" if kind == "lag" else last, line)
        elif kind and re.fullmatch(r"\d+(?:/\d+)*", word):
            ports.append(f"lg{word}" if kind == "lag" else word)
        else:
            raise Unreadable("show running-config vlan: a list of ports this reader does not know", line)
    return ports
