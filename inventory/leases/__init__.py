"""Leases of DHCP servers as sightings: Kea, ISC dhcpd, dnsmasq. Pure.

What is not a lease in force says nothing; a file that is no lease file at all is refused whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from inventory.leases.dnsmasq import read_dnsmasq
from inventory.leases.isc import read_isc
from inventory.leases.kea import read_kea
from inventory.leases.lease import UnreadableLeases
from inventory.model import Sighting

__all__ = ["FORMATS", "UnreadableLeases", "read_leases"]

MAX_BYTES = 32 * 1024 * 1024
FORMATS: Mapping[str, Callable[[str, str, datetime], Sequence[Sighting]]] = {
    "kea": read_kea,
    "isc": read_isc,
    "dnsmasq": read_dnsmasq,
}


def read_leases(raw: bytes, file: str, kind: str, now: datetime) -> Sequence[Sighting]:
    """Leases in force at `now`, the newest word on each address. Raises UnreadableLeases."""
    if len(raw) > MAX_BYTES:
        raise UnreadableLeases(f"{file}: expected at most {MAX_BYTES // 1024 // 1024} MiB")
    return FORMATS[kind](raw.decode("utf-8", "replace"), file, now)
