"""Reading what the filter has written down: the days of its log, its counts and its safeguarding events. ●"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from controller.home import Home
from controller.query_log import Count, Entry, Event, Span
from controller.record_types import type_name
from dns_filter.querylog.days import PATTERN
from dns_filter.querylog.keys import read_keys
from dns_filter.querylog.terms import pseudonym

COLUMNS = "at, device, profile, qname, qtype, code, rule, epoch, latency, times, why, category"
_MOST_KEYS = 500
"""Pseudonyms in one question to SQLite."""


@dataclass(frozen=True, slots=True)
class QueryLogFiles:
    """Nothing here writes. Files that do not exist hold nothing; damaged ones raise sqlite3.DatabaseError."""

    log: Path
    counts_file: Path
    events_file: Path
    keys_folder: Path
    evidence: Path
    owed: Path
    """Erasures that a further database has not carried out yet."""

    @classmethod
    def of(cls, home: Home) -> QueryLogFiles:
        return cls(home.query_log, home.counts, home.events, home.pseudonym_keys, home.evidence, home.owed)

    def days(self, span: Span) -> tuple[Path, ...]:
        """The files that may hold something of it, oldest first. A row belongs to the day it was written on."""
        first, last = f"queries-{span.since:%Y-%m-%d}", f"queries-{span.until + timedelta(minutes=1):%Y-%m-%d}"
        return tuple(path for path in sorted(self.log.glob(PATTERN)) if first <= path.stem <= last)

    def entries(
        self, keys: Iterable[str], span: Span, limit: int, *, blocked: bool | None = None, name: str = ""
    ) -> tuple[Entry, ...]:
        """The newest rows of these devices and addresses, newest first. `name`: this one or what is below it."""
        found: list[Entry] = []
        wanted, names = tuple(keys), below(name)
        for path in reversed(self.days(span)):
            with opened(path) as day:
                who = self.pseudonyms(wanted, term_of_file(day))
                where, values = _where(who, span, blocked, names)
                query = f"SELECT {COLUMNS} FROM queries WHERE {where} ORDER BY at DESC LIMIT ?"  # noqa: S608 (no text of others)
                found += map(read_entry, day.execute(query, (*values, limit - len(found))))
            if len(found) >= limit:
                break
        return tuple(found)

    def events(self, span: Span, limit: int, keys: Iterable[str] | None = None) -> tuple[Event, ...]:
        """Newest first; of all devices, or of these."""
        if not self.events_file.exists():
            return ()
        where, values = "at >= ? AND at < ?", [span.since.timestamp(), span.until.timestamp()]
        with opened(self.events_file) as kept:
            query = f"SELECT * FROM events WHERE {where} ORDER BY at DESC"  # noqa: S608
            wanted = None if keys is None else tuple(keys)
            whose = {each for term in self.terms() for each in self.pseudonyms(wanted or (), term)}
            rows = map(_read_event, kept.execute(query, values))
            return tuple(islice((event for event in rows if wanted is None or event.device in whose), limit))

    def counts(self, span: Span, *, by: timedelta) -> tuple[Count, ...]:
        """By hours or whole days, in UTC."""
        if not self.counts_file.exists():
            return ()
        step = int(by.total_seconds())
        query = (
            "SELECT hour / ? * ?, profile, code, category, sum(times) FROM counts WHERE hour >= ? AND hour < ?"
            " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
        )
        with opened(self.counts_file) as kept:
            rows = kept.execute(query, (step, step, span.since.timestamp(), span.until.timestamp())).fetchall()
        return tuple(Count(moment(begins), *rest) for begins, *rest in rows)

    def terms(self) -> Mapping[str, bytes]:
        return read_keys(self.keys_folder)

    def pseudonyms(self, keys: Sequence[str], term: str) -> Mapping[str, str]:
        """Pseudonym -> key. Empty where the key of the term is gone: nobody can be found any more."""
        secret = self.terms().get(term)
        return {pseudonym(secret, key): key for key in keys} if secret else {}


@contextmanager
def opened(path: Path, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "rw" if writing else "ro"
    with closing(sqlite3.connect(f"file:{path}?mode={mode}", uri=True, timeout=5)) as connection:
        yield connection


def term_of_file(day: sqlite3.Connection) -> str:
    return str(day.execute("SELECT value FROM meta WHERE key = 'term'").fetchone()[0])


def read_entry(row: Sequence[Any]) -> Entry:
    at, device, profile, qname, qtype, *rest = row
    return Entry(moment(at), device, profile, qname, type_name(qtype), *rest)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _read_event(row: Sequence[Any]) -> Event:
    at, *rest = row
    return Event(moment(at), *rest)


def _where(who: Mapping[str, str], span: Span, blocked: bool | None, names: Sequence[str]) -> tuple[str, list[Any]]:
    chosen = list(who)[:_MOST_KEYS]
    parts = [f"device IN ({','.join('?' * len(chosen))})", "at >= ?", "at < ?"]
    values: list[Any] = [*chosen, span.since.timestamp(), span.until.timestamp()]
    if blocked is not None:
        parts.append("why != ''" if blocked else "why = ''")
    if names:
        parts.append("(qname = ? OR qname LIKE ? ESCAPE '\\')")
        values += names
    return " AND ".join(parts), values


def below(name: str) -> tuple[str, ...]:
    """The name and the pattern of everything under it, for `qname = ? OR qname LIKE ? ESCAPE`; empty for no name."""
    bare = name.strip().rstrip(".").lower()
    if not bare:
        return ()
    literal = bare.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return bare, f"%.{literal}"
