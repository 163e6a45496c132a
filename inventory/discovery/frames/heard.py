"""What was heard of one device, and the small readers that all protocols share. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from inventory.model import Mac, parse_mac

LONGEST_TEXT = 255


@dataclass(frozen=True, slots=True)
class Heard:
    """`address` is one the device has now; `source` is the protocol: `arp`, `dhcp`, `dhcp6`, `nd`, `mdns`."""

    mac: Mac
    source: str
    address: str | None = None
    hostname: str | None = None
    fingerprint: str | None = None
    vendor_class: str | None = None
    vlan: int | None = None


def mac_of(octets: bytes) -> Mac | None:
    """None for what names no device: a group address, zeroes, another length."""
    if len(octets) != 6:
        return None
    try:
        return parse_mac(octets.hex())
    except ValueError:
        return None


def address_of(octets: bytes) -> str | None:
    """None for what is nobody's own: unspecified, loopback, multicast, broadcast; and for another length."""
    if len(octets) == 4:
        four = IPv4Address(octets)
        mine = not (four.is_unspecified or four.is_loopback or four.is_multicast or octets[0] in (0, 255))
        return str(four) if mine else None
    if len(octets) == 16:
        six = IPv6Address(octets)
        return str(six) if not (six.is_unspecified or six.is_loopback or six.is_multicast) else None
    return None


def text_of(octets: bytes) -> str | None:
    """What a device calls itself; octets that are no text are shown as such, NULs at the end are dropped."""
    text = octets[:LONGEST_TEXT].rstrip(b"\0").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text).strip() or None
