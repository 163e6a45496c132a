"""One day of the query log as an SQLite file: what was said stands once, each query is a short row that leads to it. ●

`queries` joins them: at, device, profile, qname, qtype, code, rule, epoch, latency, times, why, category, worker.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from dns_filter.querylog.alone import alone
from dns_filter.told import Told

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS devices (id INTEGER PRIMARY KEY, device TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS told (
    id INTEGER PRIMARY KEY, profile TEXT NOT NULL, qname TEXT NOT NULL, qtype INTEGER NOT NULL, code TEXT NOT NULL,
    rule TEXT NOT NULL, epoch INTEGER NOT NULL, why TEXT NOT NULL, category TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS asked (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, device INTEGER NOT NULL, told INTEGER NOT NULL,
    latency REAL NOT NULL, times INTEGER NOT NULL, worker INTEGER NOT NULL
);
CREATE VIEW IF NOT EXISTS queries AS
    SELECT number, at, devices.device AS device, profile, qname, qtype, code, rule, epoch, latency, times,
        why, category, worker
    FROM asked JOIN told ON told.id = asked.told JOIN devices ON devices.id = asked.device;
"""
# AUTOINCREMENT: whoever copies rows remembers the last number, which no later row may have, also after an erasure.
_TOLD = "INSERT INTO told VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)"
_ASKED = "INSERT INTO asked VALUES (NULL, ?, ?, ?, ?, ?, ?)"
_DEVICE = "INSERT INTO devices VALUES (NULL, ?) ON CONFLICT DO UPDATE SET device = excluded.device RETURNING id"


class Row(NamedTuple):
    """`who`: the device, empty where nobody may know who asked."""

    at: float
    who: str
    told: Told
    latency: float
    times: int


class DayFile:
    """The log of one day, shared with the other workers. Raises sqlite3.Error and OSError; it is of no use then."""

    def __init__(self, path: Path, worker: int, term: str, spell: Callable[[Told], str]) -> None:
        """`spell` says how much of a name is written down; `term` whose key makes this day's pseudonyms."""
        self.path = path
        self._worker, self._spell = worker, spell
        self._devices: dict[str, int] = {}
        with alone(path.parent):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            self._connection = sqlite3.connect(path, timeout=5, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            # A lost second of the log after a power cut is no harm; a synced disk for each second is.
            self._connection.execute("PRAGMA synchronous=OFF")
            self._connection.executescript(_SCHEMA)
            with self._connection:
                self._connection.execute("INSERT OR IGNORE INTO meta VALUES ('term', ?)", (term,))
        # A policy that moves the terms must not give one device two pseudonyms in one file.
        (self.term,) = self._connection.execute("SELECT value FROM meta WHERE key = 'term'").fetchone()

    def write(self, rows: Iterable[Row], name: Callable[[str], str]) -> None:
        """All of them or none. `name` makes a device's pseudonym."""
        with self._connection:
            self._connection.executemany(_ASKED, [self._asked(row, name) for row in rows])

    def _asked(self, row: Row, name: Callable[[str], str]) -> tuple[float, int, int, float, int, int]:
        told = row.told
        if told.place is None or told.place[0] is not self:
            # Only the log's one thread reads the place, and a file that failed is never written to again.
            told.place = (self, self._put(told))
        device = self._device(name(row.who) if row.who else "")
        return row.at, device, told.place[1], row.latency, row.times, self._worker

    def _put(self, told: Told) -> int:
        said = (told.profile, self._spell(told), told.qtype, told.code.value, told.rule, told.epoch, told.why)
        return self._connection.execute(_TOLD, (*said, told.category)).lastrowid or 0

    def _device(self, device: str) -> int:
        found = self._devices.get(device)
        if found is None:
            (found,) = self._connection.execute(_DEVICE, (device,)).fetchone()
            self._devices[device] = found
        return int(found)

    def close(self) -> None:
        self._connection.close()
