"""ISC dhcpd's `dhcpd.leases` (its man page dhcpd.leases(5)): blocks that are appended, the last one counts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from inventory.leases.lease import Lease, UnreadableLeases, address_at, mac_or_none, sightings
from inventory.model import Sighting

_LEASE = re.compile(r"lease\s+(\S+)\s*\{")
_DATE = re.compile(
    r"(starts|ends|cltt)\s+(?:[0-6]\s+(\d{4})/(\d\d)/(\d\d)\s+(\d\d):(\d\d):(\d\d)|epoch\s+(\d{1,11})|(never))"
)
_HARDWARE = re.compile(r"hardware\s+ethernet\s+([^\s;]+)")
_STATE = re.compile(r"binding\s+state\s+(\w+)")
_NAME = re.compile(r'client-hostname\s+"((?:[^"\\]|\\.)*)"')
_CLASS = re.compile(r'set\s+vendor-class-identifier\s*=\s*"((?:[^"\\]|\\.)*)"')


def read_isc(text: str, file: str, now: datetime) -> Sequence[Sighting]:
    """Raises UnreadableLeases."""
    return sightings(_leases(text, file), now)


def _leases(text: str, file: str) -> Iterator[Lease]:
    address, body, begun = "", list[str](), 0
    for line, row in enumerate(text.splitlines(), 1):
        stripped = row.strip()
        if not begun:
            if opening := _LEASE.match(stripped):
                address, body, begun = address_at(opening[1], file, line), [], line
        elif stripped == "}":
            if lease := _lease(address, body, file, begun):
                yield lease
            begun = 0
        else:
            body.append(stripped)
    # What is not closed is being written at this moment: the block before it counts.


def _lease(address: str, body: Sequence[str], file: str, line: int) -> Lease | None:
    moments = dict(_moment(row, file, line) for row in body if row.startswith(("starts ", "ends ", "cltt ")))
    hardware, state = _first(_HARDWARE, body), _first(_STATE, [row for row in body if row.startswith("binding ")])
    mac = mac_or_none(hardware) if hardware else None
    if mac is None:
        return None
    since = moments.get("cltt") or moments.get("starts")
    name, vendor = _first(_NAME, body), _first(_CLASS, body)
    return Lease(mac, address, moments.get("ends"), since, name, vendor, (state or "active") != "active")


def _moment(row: str, file: str, line: int) -> tuple[str, datetime | None]:
    found = _DATE.match(row)
    if found is None:
        raise UnreadableLeases(f"{file}:{line}: expected a date such as `ends 2 2026/11/24 09:00:00;`")
    if found[8] or found[9]:
        return found[1], datetime.fromtimestamp(int(found[8]), UTC) if found[8] else None
    try:
        year, month, day, hour, minute, second = (int(found[at]) for at in range(2, 8))
        return found[1], datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise UnreadableLeases(f"{file}:{line}: {row[:60]!r} is no date") from error


def _first(pattern: re.Pattern[str], body: Sequence[str]) -> str | None:
    return next((found[1] for row in body if (found := pattern.match(row))), None)
