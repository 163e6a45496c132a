"""Which devices asked for a name in the last days, read out of the query log. Who looks must be entitled to it. ●"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from controller.query_log import Entry, Span
from controller.query_log.files import COLUMNS, QueryLogFiles, below, opened, read_entry, term_of_file
from inventory.model import Inventory


@dataclass(frozen=True, slots=True)
class Seen:
    """How often one device asked for one name, under one profile, with one outcome."""

    device: str
    profile: str
    name: str
    allowed: bool
    times: int
    first: str
    last: str


def traces(files: QueryLogFiles, inventory: Inventory, site: str, span: Span, limit: int) -> tuple[Seen, ...]:
    """The most frequent first. Raises sqlite3.Error, OSError."""
    names = {str(mac): device.name for mac, device in inventory.devices.items()}
    found: list[tuple[str, Entry]] = []
    for path in reversed(files.days(span)):
        with opened(path) as day:
            known = files.pseudonyms(tuple(names), term_of_file(day))
            query = (
                f"SELECT {COLUMNS} FROM queries WHERE at >= ? AND at < ?"  # noqa: S608 (no text of others)
                " AND (qname = ? OR qname LIKE ? ESCAPE '\\') ORDER BY at DESC LIMIT ?"
            )
            values = (span.since.timestamp(), span.until.timestamp(), *below(site), 50_000)
            rows = map(read_entry, day.execute(query, values))
            found += [(names.get(known.get(row.device, ""), row.device), row) for row in rows]
    return tuple(_gathered(found))[:limit]


def _gathered(found: Iterable[tuple[str, Entry]]) -> list[Seen]:
    rows: dict[tuple[str, str, str, bool], list[Entry]] = {}
    for device, entry in found:
        rows.setdefault((device, entry.profile, entry.qname, not entry.why), []).append(entry)
    seen = [
        Seen(
            *key,
            times=sum(each.times for each in entries),
            first=min(each.at for each in entries).isoformat(),
            last=max(each.at for each in entries).isoformat(),
        )
        for key, entries in rows.items()
    ]
    return sorted(seen, key=lambda each: (-each.times, each.device, each.name))
