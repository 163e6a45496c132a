"""Each way of the model as a packet: where it goes, and how. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from controller.lab.expect import PEERS, source
from controller.lab.plan import NAMES, RESOLVERS, SERVER_4, SERVER_6, VPN, WEB_4, WEB_6, management_address
from controller.lab.story import Story

DOOR = 7070
"""TCP port at which every client can be visited."""
_CLOUD_6, _OTHER_6 = RESOLVERS[3], RESOLVERS[4]


class Manner(StrEnum):
    TCP = "tcp"
    UDP = "udp"
    PING = "ping"
    NAME = "name"
    """A question to a resolver over UDP: open where it gives an address."""
    NAME_TCP = "name-tcp"


@dataclass(frozen=True, slots=True)
class Probe:
    """One try: from where, how, to where. `name` is what is asked for."""

    client: str
    way: str
    manner: Manner
    address: str
    port: int = 0
    name: str = ""


def probes(story: Story) -> Iterator[Probe]:
    """For every client that is plugged in and has an address."""
    for name, client in story.clients.items():
        whose, at = source(story, name, client)
        if at.socket is not None and at.address is not None:
            yield from _of(story, name, whose)


def tunnels(name: str) -> Iterator[Probe]:
    """Every way of a tunnel past the filter that one client may try."""
    for way, manner, address, port in _TUNNELS:
        yield Probe(name, way, manner, address, port)


def _of(story: Story, name: str, whose: str) -> Iterator[Probe]:
    for way, manner, address, port, asked in _FIXED:
        yield Probe(name, way, manner, address, port, asked)
    yield Probe(name, "switch", Manner.TCP, management_address(story.layout.switches[0]), 22)
    for way, peer in PEERS.items():
        there = story.clients[peer].address
        if peer != whose and there is not None:
            yield Probe(name, way, Manner.TCP, there, DOOR)


_FIXED = (
    ("web", Manner.TCP, WEB_4, 80, ""),
    ("web6", Manner.TCP, WEB_6, 80, ""),
    ("quic", Manner.UDP, WEB_4, 443, ""),
    ("vpn", Manner.UDP, VPN, 51820, ""),
    ("ping", Manner.PING, WEB_4, 0, ""),
    ("ping6", Manner.PING, WEB_6, 0, ""),
    ("dns-out", Manner.NAME, RESOLVERS[0], 53, NAMES["learning"]),
    ("dns-out6", Manner.NAME, _CLOUD_6, 53, NAMES["learning"]),
    ("dns-tcp", Manner.NAME_TCP, RESOLVERS[1], 53, NAMES["learning"]),
    ("dot", Manner.TCP, RESOLVERS[2], 853, ""),
    ("doh", Manner.TCP, RESOLVERS[2], 443, ""),
    ("doh6", Manner.TCP, _OTHER_6, 443, ""),
    # Its far end would be a resolver that nobody knows.
    ("dns-tunnel", Manner.NAME, VPN, 53, NAMES["learning"]),
    ("dns-tunnel6", Manner.NAME, WEB_6, 53, NAMES["learning"]),
    *((f"name-{sort}", Manner.NAME, SERVER_4, 53, name) for sort, name in NAMES.items()),
    ("name-open6", Manner.NAME, SERVER_6, 53, NAMES["open"]),
)
TUNNELS_UDP = {"wireguard": 51820, "openvpn": 1194, "ipsec": 500, "ipsec-nat": 4500, "l2tp": 1701}
TUNNELS_TCP = {"ssh": 22, "openvpn-tcp": 1194, "socks": 1080, "https-proxy": 8443}
_TUNNELS = (
    *((name, Manner.UDP, VPN, port) for name, port in TUNNELS_UDP.items()),
    *((name, Manner.TCP, VPN, port) for name, port in TUNNELS_TCP.items()),
    ("wireguard6", Manner.UDP, WEB_6, TUNNELS_UDP["wireguard"]),
    ("ssh6", Manner.TCP, WEB_6, TUNNELS_TCP["ssh"]),
    ("ping-tunnel", Manner.PING, VPN, 0),
)
