"""What stands in the virtual school: switches, gateway, who is plugged in where, and every address. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

VLANS: Mapping[str, int] = {
    "management": 10,
    "pupils": 20,
    "staff": 30,
    "things": 40,
    "guest": 50,
    "quarantine": 999,
}
SEGMENT_OF: Mapping[int, str] = {number: name for name, number in VLANS.items()}
SERVER, GATEWAY, INTERNET, LOOSE = "server", "gateway", "internet", "loose-ends"
SERVER_4, SERVER_6 = "10.10.0.5", "fd00:10::5"
FEWEST, MOST = 2, 8
"""Switches."""
SPARE = 4
"""Empty sockets of every switch."""
WEB_4, WEB_6, VPN = "203.0.113.80", "2001:db8:80::80", "203.0.113.99"
UPSTREAM = "192.0.2.53"
RESOLVERS = ("8.8.8.8", "9.9.9.9", "1.1.1.1", "2001:4860:4860::8888", "2606:4700:4700::1111")
"""Public resolvers, as they stand in the lab's own internet; nothing of it leaves the namespaces."""
FEEDS: Mapping[str, tuple[str, str, str, str]] = {
    "wan": ("198.51.100.2/30", "198.51.100.1", "2001:db8:1::2/64", "2001:db8:1::1"),
    "wan2": ("198.51.100.6/30", "198.51.100.5", "2001:db8:2::2/64", "2001:db8:2::1"),
}
"""The gateway's ways to the internet, the usual one first: its own address there and the provider's, IPv4 and IPv6."""
NAMES: Mapping[str, str] = {
    "learning": "www.bbc.co.uk",
    "open": "www.wikipedia.org",
    "games": "poki.com",
    "chat": "chat.spelling.example",
    "never": "forbidden.example",
}
"""One name of each sort: an approved site, an ordinary one, one in the list of games, a place for messages below an
approved site, one on a mandatory list."""


@dataclass(frozen=True, slots=True)
class Host:
    """Something that is plugged in. `vlan` is that of its socket before Caretaker came."""

    name: str
    mac: str
    kind: str
    vlan: int
    group: str | None = None
    """A year group or a role."""
    person: str | None = None
    registered: bool = True
    plugged: bool = True

    @property
    def number(self) -> int:
        return int(self.mac.rpartition(":")[2], 16)

    def six(self, vlan: int) -> str:
        return f"fd00:{vlan}::{self.number:x}"


HOSTS: Sequence[Host] = (
    Host("ipad-5a", "3c:22:fb:05:00:11", "school-ipad", 20, "year-5"),
    Host("ipad-5b", "3c:22:fb:05:00:12", "school-ipad", 20, "year-5", "child-5-01"),
    Host("ipad-1a", "3c:22:fb:01:00:13", "school-ipad", 20, "year-1"),
    Host("pc-6a", "8c:ec:4b:06:00:14", "school-desktop", 20, "year-6"),
    Host("teacher", "a4:83:e7:30:00:15", "school-laptop", 30, "teacher", "year-5-teacher"),
    Host("head", "a4:83:e7:30:00:16", "school-desktop", 30, "head", "head-teacher"),
    Host("printer", "00:1b:a9:41:00:17", "printer", 40),
    Host("board", "00:80:92:40:00:18", "board", 40),
    Host("visitor", "f0:18:98:50:00:19", "visiting-laptop", 50, "visitor", registered=False, plugged=False),
    Host("stranger", "f0:9f:c2:66:00:1a", "unknown", 20, registered=False, plugged=False),
)
PEOPLE: Sequence[tuple[str, str, str | None, str | None]] = (
    ("head-teacher", "Head teacher", "head", None),
    ("year-5-teacher", "Year 5 teacher", "teacher", None),
    ("child-5-01", "A child of Year 5", None, "year-5"),
)
AT_HOME = {host.name: host for host in HOSTS}


@dataclass(frozen=True, slots=True)
class Socket:
    """A wall socket: a port of a switch, and the VLAN it was in before Caretaker came."""

    switch: str
    port: str
    vlan: int

    @property
    def end(self) -> str:
        """The loose end of its cable, while nothing is plugged in."""
        return f"{self.switch}-{self.port}"

    def __str__(self) -> str:
        return f"{self.switch} {self.port}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which socket belongs to whom; the spare ones stand in the pupils' VLAN, as where nobody looked after them."""

    switches: Sequence[str]
    home: Mapping[str, Socket]
    spare: Sequence[Socket]

    def all_sockets(self) -> Sequence[Socket]:
        return (*self.home.values(), *self.spare)

    def sockets(self, switch: str) -> Iterator[Socket]:
        return (each for each in self.all_sockets() if each.switch == switch)

    def socket(self, switch: str, port: str) -> Socket | None:
        return next((each for each in self.sockets(switch) if each.port == port), None)


def layout(switches: int) -> Layout:
    """Clients are dealt out to the switches in turn; the first switch also holds gateway and server."""
    names = tuple(f"sw{number}" for number in range(1, switches + 1))
    used = dict.fromkeys(names, 0)
    home: dict[str, Socket] = {}
    for at, host in enumerate(HOSTS):
        switch = names[at % switches]
        used[switch] += 1
        home[host.name] = Socket(switch, f"p{used[switch]}", host.vlan)
    spare = [Socket(name, f"p{used[name] + extra}", 20) for name in names for extra in range(1, SPARE + 1)]
    return Layout(names, home, tuple(spare))


def management_address(switch: str) -> str:
    return f"10.10.0.{10 + int(switch.removeprefix('sw'))}"


def subnet(vlan: int) -> IPv4Network:
    return IPv4Network(f"10.{99 if vlan == VLANS['quarantine'] else vlan}.0.0/24")


def gateway_4(vlan: int) -> str:
    return str(subnet(vlan).network_address + 1)


def vlan_of(address: str | None) -> int | None:
    """Of which segment an address is."""
    if address is None:
        return None
    return next((vlan for vlan in VLANS.values() if IPv4Address(address) in subnet(vlan)), None)
