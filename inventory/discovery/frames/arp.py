"""ARP over Ethernet for IPv4 (RFC 826): the sender says its own MAC and address. Pure."""

from __future__ import annotations

from inventory.discovery.frames.heard import Heard, address_of, mac_of
from inventory.discovery.frames.layers import IPV4, Ether, number

_HARDWARE = frozenset({1, 6})
"""Ethernet, and IEEE 802 networks as RFC 1042 numbers them."""
_SHAPE = IPV4.to_bytes(2, "big") + bytes((6, 4))
_REQUEST, _REPLY = 1, 2


def read(ether: Ether) -> tuple[Heard, ...]:
    """A probe (RFC 5227) has no address yet: the device is there all the same. Raises Malformed."""
    message = ether.payload
    if number(message, 0, 2) not in _HARDWARE or message[2:6] != _SHAPE or len(message) < 28:
        return ()
    if number(message, 6, 2) not in (_REQUEST, _REPLY):
        return ()
    mac = mac_of(message[8:14])
    return (Heard(mac, "arp", address_of(message[14:18]), vlan=ether.vlan),) if mac else ()
