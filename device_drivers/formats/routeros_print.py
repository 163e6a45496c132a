"""What RouterOS prints `terse`: bridge hosts, links, neighbours, leases, ARP.

Comments and names of strangers stand there unquoted. So of each row only the part is read that no stranger writes,
or a row that says a thing twice is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_drivers.encode import cli_text
from device_drivers.model import Lease, Neighbour, NeighbourKind, TableEntry, Unreadable
from device_drivers.rows import PortRow
from inventory.model import Mac, parse_mac

_ROW = re.compile(r"\s*(\d+)\s+((?:[A-Za-z*] ?| )*?) *(?=[a-z][a-z0-9-]*=)(.*)$")
_MAC = r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}"
_HOST = re.compile(
    rf"(?:comment=.* )?mac-address=({_MAC})(?: vid=(\d+))? interface=(.+?) bridge=\S+(?: on-interface=(\S+))?(?: .*)?$"
)
_LINK = re.compile(r"(?:comment=.* )?name=(.+?)(?: default-name=(\S+))? type=(\S+) ")
_NEIGHBOUR = re.compile(r"(?:comment=.* )?interface=(\S+) ")
_CAPS = re.compile(r"system-caps-enabled=([a-z,-]*)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_LEASE = re.compile(rf"(?:comment=.* )?address=(\S+) mac-address=({_MAC}) ")
_HOSTNAME = re.compile(r'host-name="?(.*?)"?(?: [a-z-]+=.*)?$')
_ARP = re.compile(rf"(?:comment=.* )?address=(\S+)(?: mac-address=({_MAC}))? interface=(\S+)")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d echo: ")


def rows(text: str, what: str) -> Iterator[tuple[str, str, str]]:
    """(flags, row, line) of a terse table. Log lines that RouterOS echoes into a terminal are left out.

    Raises Unreadable for anything else; an empty table is an empty text.
    """
    for line in text.splitlines():
        if not line.strip() or _CLOCK.match(line):
            continue
        row = _ROW.match(line)
        if not row:
            raise Unreadable(f"{what}: a line that is no row", line)
        yield row[2].replace(" ", ""), row[3], line


def read_hosts(text: str) -> tuple[TableEntry, ...]:
    """Learnt hosts. A bridge that separates nothing prints no `vid`: all is in VLAN 1, its ports' pvid."""
    entries: list[TableEntry] = []
    for flags, row, line in rows(text, "bridge host"):
        host = _HOST.match(row)
        if not host:
            raise Unreadable("bridge host: a row this reader does not know", line)
        if "D" in flags and not {"L", "I", "X"} & set(flags):
            entries.append(TableEntry(_mac(host[1], line), int(host[2] or 1), host[4] or host[3]))
    return tuple(entries)


def read_links(text: str) -> tuple[PortRow, ...]:
    """Ethernet sockets: `R` is up, `X` switched off. A row with two names is not believed."""
    ports: list[PortRow] = []
    for flags, row, line in rows(text, "interface"):
        link = _LINK.match(row)
        if not link or row.count(" name=") + row.startswith("name=") != 1:
            raise Unreadable("interface: a row whose name is not clear", line)
        if link[3] == "ether":
            ports.append(PortRow(link[1], up="R" in flags, shut="X" in flags))
    return tuple(ports)


def read_neighbours(text: str) -> tuple[Neighbour, ...]:
    """LLDP, CDP and MNDP. The interface stands first; what a neighbour says of itself stands in quotes."""
    found: list[Neighbour] = []
    for _, row, line in rows(text, "ip neighbor"):
        place, identity = _NEIGHBOUR.match(row), re.search(r'identity="((?:[^"\\]|\\.)*)"', row)
        if not place:
            raise Unreadable("ip neighbor: a row without an interface", line)
        name = cli_text(identity[1]) if identity else ""
        found.extend(Neighbour(port, name, _neighbour_kind(row)) for port in place[1].split(","))
    return tuple(found)


def _neighbour_kind(row: str) -> NeighbourKind:
    """By IEEE 802.1AB capabilities; another RouterOS without them is a bridge: what speaks MNDP is no client."""
    said = _CAPS.search(_QUOTED.sub('""', row))
    caps = set(said[1].split(",")) if said else set()
    for cap, kind in (
        ("telephone", NeighbourKind.PHONE),
        ("wlan-ap", NeighbourKind.ACCESS_POINT),
        ("bridge", NeighbourKind.BRIDGE),
        ("router", NeighbourKind.ROUTER),
    ):
        if cap in caps:
            return kind
    return NeighbourKind.BRIDGE if 'platform="MikroTik"' in row else NeighbourKind.OTHER


def read_leases(text: str) -> tuple[Lease, ...]:
    """Leases that name a MAC; an address in conflict has none. The host name is the client's own word."""
    leases: list[Lease] = []
    for _, row, line in rows(text, "dhcp-server lease"):
        lease = _LEASE.match(f"{row} ")
        if lease:
            name = _HOSTNAME.search(row)
            leases.append(Lease(_mac(lease[2], line), lease[1], (cli_text(name[1]) if name else "") or None))
        elif not row.startswith(("address=", "comment=")):
            raise Unreadable("dhcp-server lease: a row this reader does not know", line)
    return tuple(leases)


def read_arp(text: str) -> tuple[Lease, ...]:
    entries: list[Lease] = []
    for _, row, line in rows(text, "ip arp"):
        entry = _ARP.match(row)
        if not entry:
            raise Unreadable("ip arp: a row this reader does not know", line)
        if entry[2]:
            vlan = re.search(r"vlan[-_]?(\d{1,4})$", entry[3])
            entries.append(Lease(_mac(entry[2], line), entry[1], None, int(vlan[1]) if vlan else None))
    return tuple(entries)


def _mac(text: str, line: str) -> Mac:
    try:
        return parse_mac(text)
    except ValueError as error:
        raise Unreadable(f"RouterOS: {error}", line) from error
