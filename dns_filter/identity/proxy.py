"""The PROXY protocol, version 2: a forwarder's own word, before the question, about whose question it is.

Source: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, §2.2. Over UDP it stands before every message, over
TCP once, before the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from dns_filter.wire import Malformed

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_FIXED = len(SIGNATURE) + 4
LARGEST = 2048
"""Octets: the addresses and whatever else a forwarder likes to tell. A longer one is refused."""
_LOCAL, _PROXY = 0x20, 0x21
_ADDRESS = {1: 4, 2: 16}
"""Address family -> octets of one address; the source stands first."""


@dataclass(frozen=True, slots=True)
class Preface:
    """`length` in octets. `client` is the address the forwarder speaks for, empty where it names none."""

    length: int
    client: str


def announced(data: bytes) -> int:
    """How many octets must be there before the preface can be read; 0 where none begins here. Raises Malformed."""
    if data[: len(SIGNATURE)] != SIGNATURE[: len(data)]:
        return 0
    if len(data) < _FIXED:
        return _FIXED
    whole = _FIXED + int.from_bytes(data[14:16])
    if whole > LARGEST:
        raise Malformed("a PROXY preface of more than 2048 octets")
    return whole


def read_preface(data: bytes) -> Preface | None:
    """The preface at the start of `data`; None where there is none. Raises Malformed, also where it is cut off."""
    whole = announced(data)
    if not data or not whole:
        return None
    if whole > len(data):
        raise Malformed("cut off inside a PROXY preface")
    if data[12] == _LOCAL:  # the forwarder itself asks, to see whether we live
        return Preface(whole, "")
    if data[12] != _PROXY:
        raise Malformed("a PROXY preface of another version")
    size = _ADDRESS.get(data[13] >> 4, 0)
    if not size:  # a socket of the forwarder's own machine, or nothing at all
        return Preface(whole, "")
    if whole < _FIXED + 2 * size + 4:
        raise Malformed("a PROXY preface too short for its addresses")
    return Preface(whole, plain(data[_FIXED : _FIXED + size]))


def plain(packed: bytes) -> str:
    """An address as the table's bindings spell it: an IPv4 address in IPv6's clothes is an IPv4 address."""
    address = ip_address(packed)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)
