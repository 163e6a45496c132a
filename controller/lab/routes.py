"""Each way of the model as a packet: where it goes, and how. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from controller.lab.expect import PEERS
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
        if client.socket is not None and client.address is not None:
            yield from _of(story, name)


def _of(story: Story, name: str) -> Iterator[Probe]:
    for way, manner, address, port, asked in _FIXED:
        yield Probe(name, way, manner, address, port, asked)
    yield Probe(name, "switch", Manner.TCP, management_address(story.layout.switches[0]), 22)
    for way, peer in PEERS.items():
        there = story.clients[peer].address
        if peer != name and there is not None:
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
    *((f"name-{sort}", Manner.NAME, SERVER_4, 53, name) for sort, name in NAMES.items()),
    ("name-open6", Manner.NAME, SERVER_6, 53, NAMES["open"]),
)
