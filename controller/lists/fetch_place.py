"""Where a list may be fetched from: https only, and no address inside the school or of this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

Address = IPv4Address | IPv6Address

LONGEST_URL = 2000
_SECRET = re.compile(r"(?<=//)[^/]*@").sub
_NAT64 = IPv6Network("64:ff9b::/96")
_SHARED = IPv4Network("100.64.0.0/10")


class FetchFailed(Exception):
    """Why a list could not be fetched, in words for a person. What was fetched before stays."""


class PlaceRefused(FetchFailed):
    """The place is not one that lists are fetched from; asking again would not help."""


@dataclass(frozen=True, slots=True)
class Place:
    """A checked address. `host` is a name, or an address without brackets."""

    url: str
    host: str
    port: int


def place_of(url: str) -> Place:
    """Raises PlaceRefused with what was expected."""
    if len(url) > LONGEST_URL or not url.isprintable() or any(char.isspace() for char in url):
        _refuse(url, f"expected at most {LONGEST_URL} printable characters")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port or 443
    except ValueError as wrong:
        _refuse(url, str(wrong))
    if parts.scheme != "https":
        _refuse(url, "only https is fetched from")
    if parts.username is not None or parts.password is not None:
        _refuse(url, "a password does not belong in an address")
    if not host:
        _refuse(url, "it names no host")
    return Place(url, host, port)


def redirected(place: Place, location: str) -> Place:
    """Where a redirect leads. Raises PlaceRefused, most of all for a way out of https."""
    return place_of(urljoin(place.url, location))


def literal(host: str) -> Address | None:
    """The address, where the host is one and no name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def why_refused(address: Address) -> str:
    """What is wrong with connecting there; empty where it is an ordinary public address.

    Addresses that wrap another one (IPv4-mapped, 6to4, NAT64) are what they wrap.
    """
    inner = _wrapped(address)
    if inner is not None:
        return why_refused(inner)
    kinds = (
        ("multicast", address.is_multicast),
        ("loopback", address.is_loopback),
        ("link-local", address.is_link_local),
        ("unspecified", address.is_unspecified),
        ("shared between providers", isinstance(address, IPv4Address) and address in _SHARED),
        ("private", address.is_private),
        ("reserved", address.is_reserved or not address.is_global),
    )
    return next((kind for kind, holds in kinds if holds), "")


def never(address: Address) -> bool:
    """What not even a setting can allow, because no server can be there."""
    return address.is_multicast or address.is_unspecified


def _wrapped(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _refuse(url: str, why: str) -> NoReturn:
    # The query of an address may be a member's key; like a password it does not belong in a log.
    shown = _SECRET("", url.partition("?")[0])
    raise PlaceRefused(f"{shown[:200]!r}: {why}")
