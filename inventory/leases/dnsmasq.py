"""dnsmasq's lease file (its man page, `--dhcp-leasefile`; the format as its source writes it). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from inventory.leases.lease import Lease, UnreadableLeases, address_at, mac_or_none, moment_at, sightings
from inventory.model import Sighting


def read_dnsmasq(text: str, file: str, now: datetime) -> Sequence[Sighting]:
    """`expiry mac address name client-id`; leases of IPv6 stand behind a line `duid …` and name no MAC.

    Raises UnreadableLeases.
    """
    return sightings(_leases(text, file), now)


def _leases(text: str, file: str) -> Iterator[Lease]:
    for line, row in enumerate(text.splitlines(), 1):
        words = row.split()
        if words[:1] == ["duid"]:
            return
        if not words:
            continue
        if len(words) != 5:
            raise UnreadableLeases(f"{file}:{line}: expected expiry, MAC, address, name and client id")
        expiry, hardware, address, name, _ = words
        ends = None if expiry == "0" else moment_at(expiry, file, line)
        mac = mac_or_none(hardware)
        where = address_at(address, file, line)
        if mac is not None:
            yield Lease(mac, where, ends, hostname=None if name == "*" else name)
