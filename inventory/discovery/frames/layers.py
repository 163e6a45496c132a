"""Ethernet, its tags, IPv4, IPv6 and UDP around what is of interest (IEEE 802.3, RFC 791, 8200, 768). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
TAGS = frozenset({0x8100, 0x88A8, 0x9100})
UDP, ICMPV6 = 17, 58
_MOST_TAGS = 2
_FIRST_KIND = 0x0600
_SNAP = bytes((0xAA, 0xAA, 3, 0, 0, 0))
_PASSED_OVER = frozenset({0, 43, 60})
"""IPv6 extension headers before the payload: hop-by-hop, routing, destination options. A fragment is not read."""
_MOST_EXTENSIONS = 8


class Malformed(Exception):
    """The frame breaks its own rules, or is cut short."""


@dataclass(frozen=True, slots=True)
class Ether:
    """`kind` is the EtherType after all tags, `vlan` that of the innermost tag (None: untagged or priority only)."""

    source: bytes
    target: bytes
    kind: int
    vlan: int | None
    payload: bytes


@dataclass(frozen=True, slots=True)
class Datagram:
    """A whole UDP datagram; addresses of 4 or 16 octets."""

    ether: Ether
    source: bytes
    target: bytes
    from_port: int
    to_port: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Icmp6:
    """An ICMPv6 message with its own checksum found right."""

    ether: Ether
    source: bytes
    target: bytes
    hops: int
    payload: bytes


def number(octets: bytes, at: int, size: int) -> int:
    """Big-endian. Raises Malformed past the end."""
    if at + size > len(octets):
        raise Malformed
    return int.from_bytes(octets[at : at + size], "big")


def open_frame(frame: bytes) -> Ether | Datagram | Icmp6:
    """The innermost layer that can be read. Raises Malformed."""
    ether = _ethernet(frame)
    if ether.kind == IPV4:
        return _ipv4(ether)
    if ether.kind == IPV6:
        return _ipv6(ether)
    return ether


def _ethernet(frame: bytes) -> Ether:
    kind, at, vlan = number(frame, 12, 2), 14, None
    for _ in range(_MOST_TAGS):
        if kind not in TAGS:
            break
        vlan = number(frame, at, 2) & 0x0FFF or None
        kind, at = number(frame, at + 2, 2), at + 4
    if kind < _FIRST_KIND and frame[at : at + 6] == _SNAP:
        # IEEE 802.2 SNAP (RFC 1042): old printers still speak so. `kind` was the length.
        kind, at = number(frame, at + 6, 2), at + 8
    return Ether(frame[6:12], frame[:6], kind, vlan, frame[at:])


def _ipv4(ether: Ether) -> Ether | Datagram:
    packet = ether.payload
    version_and_length = number(packet, 0, 1)
    header, total = (version_and_length & 15) * 4, number(packet, 2, 2)
    if version_and_length >> 4 != 4 or header < 20 or not header <= total <= len(packet):
        raise Malformed
    # Part of a fragmented packet: its ports may be somebody else's octets.
    if number(packet, 6, 2) & 0x3FFF or packet[9] != UDP:
        return ether
    return _udp(ether, packet[12:16], packet[16:20], packet[header:total])


def _ipv6(ether: Ether) -> Ether | Datagram | Icmp6:
    packet = ether.payload
    if number(packet, 0, 1) >> 4 != 6 or number(packet, 4, 2) + 40 > len(packet) or len(packet) < 40:
        raise Malformed
    upper, at, end = packet[6], 40, 40 + number(packet, 4, 2)
    for _ in range(_MOST_EXTENSIONS):
        if upper not in _PASSED_OVER:
            break
        upper, at = number(packet, at, 1), at + (number(packet, at + 1, 1) + 1) * 8
    body = packet[at:end]
    if upper == UDP:
        return _udp(ether, packet[8:24], packet[24:40], body)
    if upper != ICMPV6:
        return ether
    if checksum(packet[8:40] + len(body).to_bytes(4, "big") + b"\0\0\0\x3a" + body):
        raise Malformed
    return Icmp6(ether, packet[8:24], packet[24:40], packet[7], body)


def _udp(ether: Ether, source: bytes, target: bytes, segment: bytes) -> Datagram:
    length = number(segment, 4, 2)
    if not 8 <= length <= len(segment):
        raise Malformed
    return Datagram(ether, source, target, number(segment, 0, 2), number(segment, 2, 2), segment[8:length])


def checksum(octets: bytes) -> int:
    """RFC 1071: 0 where the sum, with the checksum that stands in it, is right."""
    padded = octets + b"\0" * (len(octets) % 2)
    total = sum(int.from_bytes(padded[at : at + 2], "big") for at in range(0, len(padded), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def options(octets: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Code and value of options whose code and length take `size` octets each. Raises Malformed."""
    at = 0
    while at < len(octets):
        code, length = number(octets, at, size), number(octets, at + size, size)
        at += 2 * size
        if at + length > len(octets):
            raise Malformed
        yield code, octets[at : at + length]
        at += length
