"""Neighbour discovery for IPv6 (RFC 4861): who says that an address is its own. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.discovery.frames.heard import Heard, address_of, mac_of
from inventory.discovery.frames.layers import Icmp6, Malformed, number

_ROUTER_ASK, _ROUTER, _ASK, _ANSWER = 133, 134, 135, 136
_SOURCE_MAC, _TARGET_MAC = 1, 2
_OPTIONS_AT = {_ROUTER_ASK: 8, _ROUTER: 16, _ASK: 24, _ANSWER: 24}


def read(message: Icmp6) -> tuple[Heard, ...]:
    """What came over a router (hop limit below 255) is no neighbour's word. Raises Malformed."""
    body = message.payload
    kind = number(body, 0, 1)
    if kind not in _OPTIONS_AT or message.hops != 255 or number(body, 1, 1) != 0:
        return ()
    if len(body) < _OPTIONS_AT[kind]:
        raise Malformed
    found = dict(_options(body[_OPTIONS_AT[kind] :]))
    if kind == _ANSWER:
        stated, address = found.get(_TARGET_MAC), address_of(body[8:24])
    else:
        # From the unspecified address: it only asks whether the address is free, and has none yet.
        stated, address = found.get(_SOURCE_MAC), address_of(message.source)
    mac = mac_of(stated if stated is not None else message.ether.source)
    return (Heard(mac, "nd", address, vlan=message.ether.vlan),) if mac else ()


def _options(area: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(area):
        code, length = number(area, at, 1), number(area, at + 1, 1) * 8
        if length == 0 or at + length > len(area):
            raise Malformed
        yield code, area[at + 2 : at + 8]
        at += length
