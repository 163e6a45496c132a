"""Whose query it is, where somebody other than the sender's address says so.

Believed are configured forwarders, about those they forward for, and the path of our own DoH address, about the device
that was given it. From everybody else such statements are not even read. Two statements that lead to two devices lead
to none: the stricter profile is a nuisance, the laxer one a hole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

from dns_filter.identity.options import stated
from dns_filter.identity.proxy import read_preface
from dns_filter.model import Binding

NOBODY = "nobody known"
"""The key of whoever cannot be told from a stranger. No address and no MAC is spelled so, thus no binding has it."""


class Known(Protocol):
    """What deciding whose query it is needs of a snapshot. A key is an address or a device's MAC."""

    def binding(self, client: str, /) -> Binding | None: ...


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end, and what it has said before its question."""

    address: str
    proxied: str | None = None
    """The address in its PROXY preface, empty where that names none; None: there was no preface."""
    devices: tuple[str, ...] | None = None
    """The MACs that the identifier in its DoH path stands for, none where it is unknown; None: the path has none."""


def forwarders_of(texts: Collection[str]) -> frozenset[str]:
    """The addresses of those who are believed. Raises ValueError: a network of them would believe everybody in it."""
    return frozenset(str(ip_address(text)) for text in texts)


def unwrap(data: bytes) -> tuple[bytes, str | None]:
    """A forwarder's datagram without its preface, and what `Peer.proxied` is to be. Raises Malformed."""
    preface = read_preface(data)
    return (data, None) if preface is None else (data[preface.length :], preface.client)


def named(data: bytes, peer: Peer) -> Sequence[str]:
    """Addresses and MACs that a forwarder names. After a preface the options are the client's own and worth nothing."""
    return stated(data) if peer.proxied is None else [peer.proxied]


def only_one(names: Sequence[str], known: Known) -> str:
    """The key of the one client that all names lead to, else NOBODY. One address alone is a client, known or not.

    An address that is bound to nobody contradicts no MAC: devices change their IPv6 addresses by the hour.
    """
    leads = {name: known.binding(name) for name in names}
    devices = {each.device if each else None for name, each in leads.items() if each or not is_address(name)}
    if len(devices) == 1 and None not in devices:
        return next(name for name, each in leads.items() if each)
    return names[0] if not devices and len(leads) == 1 else NOBODY


def by_path(devices: tuple[str, ...], at_address: Binding | None) -> str:
    """The key of the client whose path stands for `devices` and whose address is bound to `at_address`, or NOBODY.

    An address that is known to be another device's contradicts the path: a path can be copied from one device to
    another. Several MACs stand for one device with several adapters.
    """
    if at_address is None:
        return devices[0] if devices else NOBODY
    return at_address.device if at_address.device in devices else NOBODY


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
