"""Kea's memfile of DHCPv4 and DHCPv6 leases (Kea Administrator Reference Manual, "Basic Storage: memfile"). Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from inventory.leases.lease import Lease, UnreadableLeases, address_at, mac_or_none, moment_at, sightings
from inventory.model import Sighting

_NEEDED = ("address", "hwaddr", "valid_lifetime", "expire", "hostname", "state")
_ASSIGNED = "0"
_FOREVER = "4294967295"


def read_kea(text: str, file: str, now: datetime) -> Sequence[Sighting]:
    """`kea-leases4.csv` or `kea-leases6.csv`, with every change appended. Raises UnreadableLeases."""
    return sightings(_leases(text, file), now)


def _leases(text: str, file: str) -> Iterator[Lease]:
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows, [])
    if missing := [name for name in _NEEDED if name not in header]:
        raise UnreadableLeases(f"{file}:1: expected Kea's columns; {', '.join(missing)} is missing")
    try:
        for line, cells in enumerate(rows, 2):
            # The last line may be half written while Kea runs.
            if len(cells) == len(header) and (lease := _lease(dict(zip(header, cells, strict=True)), file, line)):
                yield lease
    except csv.Error as error:
        raise UnreadableLeases(f"{file}: expected whole rows ({error})") from error


def _lease(row: dict[str, str], file: str, line: int) -> Lease | None:
    mac = mac_or_none(row["hwaddr"])
    if mac is None or row.get("lease_type", "0") == "2":  # a delegated prefix is nobody's address
        return None
    ends = None if row["valid_lifetime"] == _FOREVER else moment_at(row["expire"], file, line)
    lasts = row["valid_lifetime"]
    since = ends - timedelta(seconds=int(lasts)) if ends and lasts.isdigit() and len(lasts) < 11 else None
    over = row["state"] != _ASSIGNED or lasts == "0"
    # Kea writes a comma in a name as &#x2c.
    name = row["hostname"].replace("&#x2c", ",").rstrip(".") or None
    return Lease(mac, address_at(row["address"], file, line), ends, since, name, None, over)
