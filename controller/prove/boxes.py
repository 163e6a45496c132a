"""Sets of packets, exactly: boxes of source, destination, protocol and port, and what is left of one without another.

An access list decides by comparing four things with intervals, so every set it can make is a union of such boxes.
Nothing is sampled: what a walk through a list leaves over is all that gets so far, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import NamedTuple

TCP, UDP, ICMP, OTHER = 1, 2, 4, 8
ANY_PROTOCOL = TCP | UDP | ICMP | OTHER
PROTOCOLS = {"ip": ANY_PROTOCOL, "tcp": TCP, "udp": UDP, "icmp": ICMP}
PORTS = (0, 65_535)
LAST = {4: 2**32 - 1, 6: 2**128 - 1}
"""The highest address of a family, as a number."""


class Box(NamedTuple):
    """All packets with a source, destination and port in these closed intervals and one of these protocols.

    `protocols` is a sum of TCP, UDP, ICMP, OTHER. Where the protocol has no ports the interval says nothing.
    """

    source: tuple[int, int]
    destination: tuple[int, int]
    protocols: int
    ports: tuple[int, int] = PORTS


def everything(family: int) -> Box:
    return Box((0, LAST[family]), (0, LAST[family]), ANY_PROTOCOL)


@lru_cache(maxsize=8192)
def interval(network: str, family: int) -> tuple[int, int] | None:
    """`any` or a network as numbers; None where it is of the other family."""
    if network == "any":
        return 0, LAST[family]
    net = ip_network(network)
    if net.version != family:
        return None
    return int(net.network_address), int(net.broadcast_address)


def both(one: Box, other: Box) -> Box | None:
    """What is in both; None where nothing is."""
    source = _overlap(one.source, other.source)
    destination = source and _overlap(one.destination, other.destination)
    ports = destination and _overlap(one.ports, other.ports)
    protocols = one.protocols & other.protocols
    return Box(source, destination, protocols, ports) if source and destination and ports and protocols else None


def without(box: Box, taken: Box) -> Iterator[Box]:
    """What is left of a box, as boxes that do not overlap."""
    hit = both(box, taken)
    if hit is None:
        yield box
        return
    if others := box.protocols & ~taken.protocols:
        yield box._replace(protocols=others)
    box = box._replace(protocols=hit.protocols)
    yield from (box._replace(source=part) for part in _outside(box.source, hit.source))
    box = box._replace(source=hit.source)
    yield from (box._replace(destination=part) for part in _outside(box.destination, hit.destination))
    box = box._replace(destination=hit.destination)
    yield from (box._replace(ports=part) for part in _outside(box.ports, hit.ports))


def minus(boxes: Iterable[Box], taken: Iterable[Box]) -> tuple[Box, ...]:
    """What is left of a union of boxes without another."""
    left = tuple(boxes)
    for each in taken:
        left = tuple(part for box in left for part in without(box, each))
    return left


def address(number: int, family: int) -> str:
    return str(IPv6Address(number) if family == 6 else IPv4Address(number))


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int] | None:
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def _outside(whole: tuple[int, int], hit: tuple[int, int]) -> Iterator[tuple[int, int]]:
    if whole[0] < hit[0]:
        yield whole[0], hit[0] - 1
    if hit[1] < whole[1]:
        yield hit[1] + 1, whole[1]
