"""One Ethernet frame into what it says of who is there: ARP, DHCP, DHCPv6, neighbour discovery, mDNS. Pure.

Every octet comes from a stranger. What is malformed says nothing, and nothing is guessed; no reader here raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inventory.discovery.frames import arp, dhcp4, dhcp6, mdns, neighbours
from inventory.discovery.frames.heard import Heard
from inventory.discovery.frames.layers import ARP, Datagram, Ether, Icmp6, Malformed, open_frame

__all__ = ["Heard", "read_frame"]

_BY_PORT: Mapping[int, Callable[[Datagram], tuple[Heard, ...]]] = {
    67: dhcp4.read,
    68: dhcp4.read,
    546: dhcp6.read,
    547: dhcp6.read,
    5353: mdns.read,
}


def read_frame(frame: bytes) -> tuple[Heard, ...]:
    """What one frame says, with its Ethernet header and tags. Empty for everything that says nothing of anybody."""
    try:
        return _said(open_frame(frame))
    except Malformed:
        return ()


def _said(found: Ether | Datagram | Icmp6) -> tuple[Heard, ...]:
    if isinstance(found, Datagram):
        reader = _BY_PORT.get(found.to_port) or _BY_PORT.get(found.from_port)
        return reader(found) if reader else ()
    if isinstance(found, Icmp6):
        return neighbours.read(found)
    return arp.read(found) if found.kind == ARP else ()
