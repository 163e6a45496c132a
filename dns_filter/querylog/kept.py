"""Counts and safeguarding events as two SQLite files that outlive the query log. Written by all workers. ●"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dns_filter.querylog.alone import alone
from dns_filter.querylog.tally import Count, Event

COUNTS_DAYS = 400
"""Thirteen months and a few days: this month can be laid beside the same one of last year."""
MOST_ROWS = 2_000_000
"""Of counts: some hundred bytes each. Beyond this the oldest go."""
_DAY = 86_400
_COUNTS = """
CREATE TABLE IF NOT EXISTS counts (
    hour INTEGER NOT NULL, profile TEXT NOT NULL, code TEXT NOT NULL, category TEXT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (hour, profile, code, category)
) WITHOUT ROWID;
"""
_EVENTS = """
CREATE TABLE IF NOT EXISTS events (
    at INTEGER NOT NULL, device TEXT NOT NULL, term TEXT NOT NULL, profile TEXT NOT NULL, qname TEXT NOT NULL,
    code TEXT NOT NULL, category TEXT NOT NULL, rule TEXT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (at, device, qname, profile, code, category)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_device ON events (device, at);
"""
_ADD_COUNT = """
INSERT INTO counts VALUES (?, ?, ?, ?, ?)
ON CONFLICT (hour, profile, code, category) DO UPDATE SET times = times + excluded.times
"""
_ADD_EVENT = """
INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (at, device, qname, profile, code, category) DO UPDATE SET times = times + excluded.times
"""


def add_counts(path: Path, counts: Counter[Count], now: float) -> None:
    """All of them or none. Raises sqlite3.Error, OSError."""
    with _opened(path, _COUNTS) as connection:
        connection.executemany(_ADD_COUNT, [(*count, times) for count, times in counts.items()])
        connection.execute("DELETE FROM counts WHERE hour < ?", (now - COUNTS_DAYS * _DAY,))
        # An index of a table without row ids is the table itself: counting it each time would cost too much.
        if connection.execute("SELECT 1 FROM counts LIMIT 1 OFFSET ?", (MOST_ROWS,)).fetchone():
            (oldest,) = connection.execute("SELECT min(hour) FROM counts").fetchone()
            connection.execute("DELETE FROM counts WHERE hour < ?", (oldest + 30 * _DAY,))


def add_events(path: Path, events: Counter[Event], before: float, name: Callable[[str], str], term: str) -> None:
    """All of them or none, and nothing is left of what was `before` this moment. `name` makes a device's pseudonym.

    Raises sqlite3.Error, OSError.
    """
    with _opened(path, _EVENTS) as connection:
        rows = [
            (each.slot, name(each.who), term, each.profile, each.qname, each.code, each.category, each.rule, times)
            for each, times in events.items()
        ]
        connection.executemany(_ADD_EVENT, rows)
        connection.execute("DELETE FROM events WHERE at < ?", (before,))


@contextmanager
def _opened(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """One transaction, on the disk when it ends. Opened each time: both are written once a minute at most."""
    with alone(path.parent):
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(path, timeout=5)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(schema)
    try:
        with connection:
            yield connection
    finally:
        connection.close()
