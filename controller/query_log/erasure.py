"""Erasing what one device or person asked for, but for what is held as evidence. ●"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from controller.query_log import Hold, Span, Subject
from controller.query_log.erasures import Owed, owe
from controller.query_log.files import QueryLogFiles, opened, term_of_file


@dataclass(frozen=True, slots=True)
class Erased:
    """Rows that are gone, and rows that a hold keeps."""

    rows: int = 0
    held: int = 0
    events: int = 0

    def __add__(self, other: Erased) -> Erased:
        return Erased(self.rows + other.rows, self.held + other.held, self.events + other.events)


ALWAYS = Span(datetime(1970, 1, 2, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC))


def erase(files: QueryLogFiles, subject: Subject, holds: Iterable[Hold], *, events: bool) -> Erased:
    """What is written down of the subject on every day; with `events`, its safeguarding events as well.

    Raises sqlite3.Error: what was erased before stays erased, and asking again erases the rest.
    """
    kept, keys, whole = tuple(holds), tuple(subject.clients), Erased()
    for path in files.days(ALWAYS):
        with opened(path, writing=True) as day:
            whole += _of_day(
                day, files.pseudonyms(keys, term_of_file(day)), kept, is_today=path == files.days(ALWAYS)[-1]
            )
    if events and files.events_file.exists():
        with opened(files.events_file, writing=True) as store:
            whole += _of_events(store, {term: files.pseudonyms(keys, term) for term in files.terms()}, kept)
    # Last: before, a copy could be made of rows that are still there after others were erased.
    owe(files.owed, _owed(files, keys, kept))
    return whole


def _owed(files: QueryLogFiles, keys: Sequence[str], holds: Sequence[Hold]) -> Iterator[Owed]:
    for term in files.terms():
        for name, key in files.pseudonyms(keys, term).items():
            spans = [(hold.since, hold.until or ALWAYS.until) for hold in holds if key in hold.clients]
            yield Owed(name, [(since.timestamp(), until.timestamp()) for since, until in spans])


def _of_day(day: sqlite3.Connection, who: Mapping[str, str], holds: Sequence[Hold], *, is_today: bool) -> Erased:
    # What is erased is overwritten, not only let go of.
    day.execute("PRAGMA secure_delete = ON")
    gone = held = 0
    with day:
        for name, key in who.items():
            kept, values = _held(key, holds)
            found = "device = (SELECT id FROM devices WHERE device = ?)"
            query = f"DELETE FROM asked WHERE {found} AND NOT ({kept})"  # noqa: S608 (no text of others)
            gone += day.execute(query, (name, *values)).rowcount
            held += day.execute(f"SELECT count(*) FROM asked WHERE {found}", (name,)).fetchone()[0]  # noqa: S608
        if gone and is_today:
            # The filter still refers to the names of today: they go when the day is over.
            day.execute("INSERT OR IGNORE INTO meta VALUES ('to-sweep', 'names')")
        elif gone:
            _drop_names(day)
    day.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Erased(gone, held)


def sweep(files: QueryLogFiles) -> None:
    """On days that are over, drop the names that only an erased device asked for. Raises sqlite3.Error."""
    for path in files.days(ALWAYS)[:-1]:
        with opened(path) as day:
            due = day.execute("SELECT 1 FROM meta WHERE key = 'to-sweep'").fetchone()
        if due:
            with opened(path, writing=True) as day:
                day.execute("PRAGMA secure_delete = ON")
                with day:
                    _drop_names(day)
                    day.execute("DELETE FROM meta WHERE key = 'to-sweep'")
                day.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _drop_names(day: sqlite3.Connection) -> None:
    day.execute("DELETE FROM told WHERE id NOT IN (SELECT told FROM asked)")
    day.execute("DELETE FROM devices WHERE id NOT IN (SELECT device FROM asked)")


def _of_events(store: sqlite3.Connection, who: Mapping[str, Mapping[str, str]], holds: Sequence[Hold]) -> Erased:
    store.execute("PRAGMA secure_delete = ON")
    gone = 0
    with store:
        for term, names in who.items():
            for name, key in names.items():
                kept, values = _held(key, holds)
                query = f"DELETE FROM events WHERE device = ? AND term = ? AND NOT ({kept})"  # noqa: S608
                gone += store.execute(query, (name, term, *values)).rowcount
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Erased(events=gone)


def _held(key: str, holds: Sequence[Hold]) -> tuple[str, list[float]]:
    """An SQL condition for rows of this key that some hold covers, and its values."""
    values: list[float] = []
    parts = ["0"]
    for hold in holds:
        if key in hold.clients:
            parts.append("(at >= ? AND at < ?)")
            values += [hold.since.timestamp(), (hold.until or ALWAYS.until).timestamp()]
    return " OR ".join(parts), values
