"""ARP requests for every address of a subnet: who is quiet is found too. Pure.

Each is a probe (RFC 5227): it comes from no address, so nobody's table learns anything from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

LARGEST = 1024
"""Addresses of one sweep: a /22, as large as a segment of a school gets."""
_BROADCAST = b"\xff" * 6
_REQUEST = bytes.fromhex("0806 0001 0800 06 04 0001")


def requests(subnet: IPv4Network, mac: bytes) -> Iterator[bytes]:
    """One frame for each host of the subnet. Raises ValueError where it is too large to sweep."""
    if subnet.num_addresses > LARGEST:
        raise ValueError(f"{subnet} is too large to sweep; expected at most a /22")
    return (request(address, mac) for address in subnet.hosts())


def request(address: IPv4Address, mac: bytes) -> bytes:
    return _BROADCAST + mac + _REQUEST + mac + bytes(4) + bytes(6) + address.packed + bytes(18)
