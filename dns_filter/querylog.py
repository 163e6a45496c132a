"""The query log: one SQLite file a day, written once a second by a thread of its own, never on a query's way. ●

The device is a keyed pseudonym; an allowed name is cut to its registrable domain unless the school says otherwise; a
help line's name is never kept together with a device. Where the disk or the thread cannot keep up, rows are dropped
and counted: answers come first.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, Protocol

from publicsuffixlist import PublicSuffixList

from dns_filter.clock import Clock
from dns_filter.model import Code, Name
from dns_filter.names import to_text
from dns_filter.told import Told

AllowedNames = Literal["registrable-domain", "full", "off"]
MOST_HITS, MOST_NOTES = 200_000, 50_000
"""Rows kept in memory between two writes."""
_FLUSH_EVERY = 1.0
_PATTERN = "queries-*.sqlite"
log = logging.getLogger(__name__)

_TABLE = """
CREATE TABLE IF NOT EXISTS queries (
    at REAL NOT NULL, device TEXT NOT NULL, profile TEXT NOT NULL, qname TEXT NOT NULL, qtype INTEGER NOT NULL,
    code TEXT NOT NULL, rule TEXT NOT NULL, epoch INTEGER NOT NULL, latency REAL NOT NULL, times INTEGER NOT NULL,
    why TEXT NOT NULL, worker INTEGER NOT NULL
)"""
_INSERT = "INSERT INTO queries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Sink(Protocol):
    def append(self, hit: tuple[str, Told], /) -> None: ...


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`directory` None: nothing is written down but counters."""

    directory: Path | None
    key: bytes
    worker: int = 0
    allowed_names: AllowedNames = "registrable-domain"
    keep_days: int = 7


class QueryLog:
    """`hits` and `notes` are filled by the serving thread and taken whole by the writing one."""

    def __init__(self, settings: LogSettings, clock: Clock, after: Callable[[QueryLog], None] | None = None) -> None:
        self.hits: list[tuple[str, Told]] = []
        self.notes: list[tuple[str, Told, float]] = []
        self.codes: Counter[Code] = Counter()
        self.memo_hits = self.dropped = 0
        self._settings, self._clock, self._after = settings, clock, after
        self._overflow = _Overflow(self)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="query-log", daemon=True)
        self._day: tuple[str, sqlite3.Connection] | None = None
        self._complained = -1e9

    def start(self) -> None:
        _public_suffixes()  # read now, not while queries wait
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def note(self, who: str, told: Told, latency: float) -> None:
        """One query that went through the pipeline; `latency` in seconds."""
        if len(self.notes) < MOST_NOTES:
            self.notes.append((who, told, latency))
        else:
            self.dropped += 1

    def sink(self) -> Sink:
        """Where the hot loop puts its next few dozen hits."""
        return self.hits if len(self.hits) < MOST_HITS else self._overflow

    def _run(self) -> None:
        while not self._stop.wait(_FLUSH_EVERY):
            self.flush()
        self.flush()
        self.close()

    def flush(self) -> None:
        """Take all rows, count them and write them down."""
        (hits, self.hits), (notes, self.notes) = (self.hits, []), (self.notes, [])
        counted = Counter(hits)
        self.memo_hits += len(hits)
        for (_, told), times in counted.items():
            self.codes[told.code] += times
        for _, told, _ in notes:
            self.codes[told.code] += 1
        if self._settings.directory is not None and (counted or notes):
            self._write(list(self._rows(counted, notes)), self._settings.directory)
        if self._after is not None:
            self._after(self)

    def _rows(
        self, hits: Counter[tuple[str, Told]], notes: Iterable[tuple[str, Told, float]]
    ) -> Iterator[tuple[Any, ...]]:
        now = self._clock()
        for who, told, latency in notes:
            yield self._row(now, who, told, latency, 1)
        for (who, told), times in hits.items():
            yield self._row(now, who, told, 0.0, times)

    def _row(self, now: float, who: str, told: Told, latency: float, times: int) -> tuple[Any, ...]:
        device = pseudonym(self._settings.key, who) if told.personal else ""
        name = to_text(told.name) if told.blocked else _shortened(told.name, self._settings.allowed_names)
        return (
            now, device, told.profile, name, told.qtype, told.code.value, told.rule, told.epoch, latency, times,
            told.why, self._settings.worker,
        )  # fmt: skip

    def _write(self, rows: list[tuple[Any, ...]], directory: Path) -> None:
        try:
            connection = self._connection(directory)
            with connection:
                connection.executemany(_INSERT, rows)
        except (sqlite3.Error, OSError) as error:
            # A full disk costs the log first and never an answer.
            self.dropped += len(rows)
            self.close()
            self._complain(error)

    def _connection(self, directory: Path) -> sqlite3.Connection:
        day = f"{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%d}"
        if self._day is not None and self._day[0] == day:
            return self._day[1]
        self.close()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / f"queries-{day}.sqlite"
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(path, timeout=5)
        self._day = (day, connection)
        connection.execute("PRAGMA journal_mode=WAL")
        # A lost second of the log after a power cut is no harm; a synced disk for each second is.
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(_TABLE)
        self._remove_old(directory)
        return connection

    def _remove_old(self, directory: Path) -> None:
        oldest = datetime.fromtimestamp(self._clock(), UTC) - timedelta(days=self._settings.keep_days)
        for path in directory.glob(_PATTERN):
            if path.name < f"queries-{oldest:%Y-%m-%d}":
                path.unlink(missing_ok=True)

    def _complain(self, error: Exception) -> None:
        now = self._clock()
        if not self._complained <= now < self._complained + 60:
            self._complained = now
            log.warning("the query log cannot be written, %d rows dropped so far: %s", self.dropped, error)

    def close(self) -> None:
        """Close the day's file. Only where no thread writes it."""
        if self._day is not None:
            self._day[1].close()
            self._day = None


class _Overflow:
    """Takes what there is no room for, and only counts it."""

    def __init__(self, counted: QueryLog) -> None:
        self._log = counted

    def append(self, hit: tuple[str, Told], /) -> None:
        self._log.dropped += 1
        self._log.codes[hit[1].code] += 1


@lru_cache(maxsize=10_000)
def pseudonym(key: bytes, who: str) -> str:
    """The same device under the same key, and nobody's name without it."""
    return blake2b(who.encode(), digest_size=8, key=key).hexdigest()


@lru_cache(maxsize=1)
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=50_000)
def _shortened(name: Name, wanted: AllowedNames) -> str:
    if wanted == "off":
        return ""
    text = to_text(name)
    return text if wanted == "full" else str(_public_suffixes().privatesuffix(text) or text)
