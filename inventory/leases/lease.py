"""One lease, and how it becomes a sighting. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

from inventory.model import Mac, Sighting, parse_mac


class UnreadableLeases(Exception):
    """The text is not a lease file of this server; the message says file, line and what was expected."""


@dataclass(frozen=True, slots=True)
class Lease:
    """`ends` None: it never ends. `since`: when the server last heard of the client, where it says so."""

    mac: Mac
    address: str
    ends: datetime | None
    since: datetime | None = None
    hostname: str | None = None
    vendor_class: str | None = None
    given_back: bool = False


def sightings(leases: Iterable[Lease], now: datetime) -> Sequence[Sighting]:
    """The last lease of each address counts; it is a sighting where it is in force, of when it was last renewed."""
    newest = {lease.address: lease for lease in leases}
    return [
        Sighting(
            lease.mac,
            min(lease.since or now, now),
            "lease",
            address=lease.address,
            hostname=lease.hostname,
            vendor_class=lease.vendor_class,
        )
        for lease in newest.values()
        if not lease.given_back and (lease.ends is None or lease.ends > now)
    ]


def mac_or_none(text: str) -> Mac | None:
    """None for a client that is known by something else than an Ethernet MAC."""
    try:
        return parse_mac(text)
    except ValueError:
        return None


def address_at(text: str, file: str, line: int) -> str:
    """Raises UnreadableLeases."""
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise UnreadableLeases(f"{file}:{line}: expected an address, not {text[:45]!r}") from error


def moment_at(text: str, file: str, line: int) -> datetime:
    """Seconds since 1970. Raises UnreadableLeases."""
    if not text.isascii() or not text.isdigit() or len(text) > 11:
        raise UnreadableLeases(f"{file}:{line}: expected seconds since 1970, not {text[:20]!r}")
    return datetime.fromtimestamp(int(text), UTC)
