"""The query log: one SQLite file a day, written once a second by a thread of its own, never on a query's way. ●

The device is a keyed pseudonym; an allowed name is cut to its registrable domain unless the school says otherwise; a
help line's name is never kept together with a device. Where the disk or the thread cannot keep up, rows are dropped
and counted: answers come first.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from publicsuffixlist import PublicSuffixList

from dns_filter.clock import Clock
from dns_filter.model import Code, Name
from dns_filter.names import to_text
from dns_filter.querylog_file import DayFile, Row
from dns_filter.told import Told

AllowedNames = Literal["registrable-domain", "full", "off"]
MOST_HITS, MOST_NOTES = 200_000, 50_000
"""Rows kept in memory between two writes."""
_FLUSH_EVERY, _LATEST = 1.0, 10.0
_FEW = 1_000
"""Rows that are written every second. More of them wait and are gathered: under a load, most come again and again."""
_AT_ONCE, _BREATH = 250, 0.001
_PATTERN = "queries-*.sqlite"
log = logging.getLogger(__name__)
_T = TypeVar("_T")
Below = tuple[str, Told, Name, Name]
"""Who asked, what all below the last name are told, which name it was, and that last name."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`directory` None: nothing is written down but counters."""

    directory: Path | None
    key: bytes
    worker: int = 0
    allowed_names: AllowedNames = "registrable-domain"
    keep_days: int = 7


class QueryLog:
    """The lists are filled by the serving thread and emptied, from their beginning, by the writing one."""

    def __init__(self, settings: LogSettings, clock: Clock, after: Callable[[QueryLog], None] | None = None) -> None:
        self.hits: list[Any] = []
        """Who asked and what was told, in turn: two short steps of the hot loop, and nothing made for them."""
        self.below: list[Below] = []
        self.notes: list[tuple[str, Told, float]] = []
        self.codes: Counter[Code] = Counter()
        self.memo_hits = self.dropped = 0
        self._settings, self._clock, self._after = settings, clock, after
        self._waiting: Counter[tuple[str, Told]] = Counter()
        self._written_at = -1e9
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="query-log", daemon=True)
        self._file: DayFile | None = None
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

    def note_hit(self, who: str, told: Told) -> None:
        """One query that was answered from memory."""
        note = self.sink()
        note(who)
        note(told)

    def note_below(self, who: str, told: Told, name: Name, top: Name) -> None:
        """A query for `name` that was told the same as all below `top`."""
        if len(self.below) < MOST_NOTES:
            self.below.append((who, told, name, top))
        else:
            self.note_hit(who, told)

    def sink(self) -> Callable[[Any], None]:
        """Where the hot loop puts its next few dozen hits: who asks, then what is told, one after the other."""
        return self.hits.append if len(self.hits) < 2 * MOST_HITS else self._overflow

    def _overflow(self, each: str | Told) -> None:
        """There is no room: only counted."""
        if isinstance(each, Told):
            self.dropped += 1
            self.codes[each.code] += 1

    def _run(self) -> None:
        while not self._stop.wait(_FLUSH_EVERY):
            self.flush()
        self.flush(last=True)
        self.close()

    def flush(self, *, last: bool = False) -> None:
        """Take all rows and count them; write them down, or under a heavy load at least every ten seconds."""
        hits, notes, below = _taken(self.hits, 2), _taken(self.notes), _taken(self.below)
        self._count(hits, notes, below)
        self._waiting.update(zip(hits[::2], hits[1::2], strict=True))
        now = self._clock()
        quiet = len(self._waiting) <= _FEW or not self._written_at <= now < self._written_at + _LATEST
        ready, self._waiting = (self._waiting, Counter()) if quiet or last else (Counter(), self._waiting)
        if self._settings.directory is not None and (ready or notes or below):
            self._written_at = now if ready else self._written_at
            self._write(self._rows(now, ready, notes, below), self._settings.directory)
        if self._after is not None:
            self._after(self)

    def _count(self, hits: list[Any], notes: Iterable[Sequence[Any]], below: Sequence[Sequence[Any]]) -> None:
        self.memo_hits += len(hits) // 2 + len(below)
        counted = Counter(hits[1::2])
        counted.update(each[1] for each in (*notes, *below))
        for told, times in counted.items():
            self.codes[told.code] += times

    def _rows(
        self,
        now: float,
        hits: Counter[tuple[str, Told]],
        notes: Iterable[tuple[str, Told, float]],
        below: Iterable[Below],
    ) -> Iterator[Row]:
        for who, told, latency in notes:
            yield Row(now, self._device(who, told), told, latency, 1)
        for (who, told), times in hits.items():
            yield Row(now, self._device(who, told), told, 0.0, times)
        for (who, told), times in _apart(below).items():
            yield Row(now, self._device(who, told), told, 0.0, times)

    def _write(self, rows: Iterator[Row], directory: Path) -> None:
        while some := list(islice(rows, _AT_ONCE)):
            try:
                self._opened(directory).write(some)
            except (sqlite3.Error, OSError) as error:
                # A full disk costs the log first and never an answer.
                self.dropped += len(some)
                self.close()
                self._complain(error)
            # Answers come first: whoever asks meanwhile is not to wait for all of it.
            self._stop.wait(_BREATH)

    def _opened(self, directory: Path) -> DayFile:
        path = directory / f"queries-{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%d}.sqlite"
        if self._file is None or self._file.path != path:
            self.close()
            self._file = DayFile(path, self._settings.worker, self._spelled)
            self._remove_old(directory)
        return self._file

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

    def _spelled(self, told: Told) -> str:
        return to_text(told.name) if told.blocked else _shortened(told.name, self._settings.allowed_names)

    def close(self) -> None:
        """Close the day's file. Only where no thread writes it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _device(self, who: str, told: Told) -> str:
        return pseudonym(self._settings.key, who) if told.personal else ""


def _taken(rows: list[_T], step: int = 1) -> list[_T]:
    """What is in the list, in whole steps, and no longer there. The other thread may add to it at any moment."""
    count = len(rows) // step * step
    taken = rows[:count]
    del rows[:count]
    return taken


def _apart(below: Iterable[Below]) -> Counter[tuple[str, Told]]:
    """What was asked for by these names, each told under its own; what goes beyond a thousand under `*.` of its top.

    A flood of random names is one finding, and not to fill the disk with names that nobody will ever read.
    """
    rows: Counter[tuple[str, Told]] = Counter()
    copies: dict[tuple[Told, Name], Told] = {}
    for (who, told, name, top), times in Counter(below).items():
        shown = name if len(copies) < _FEW else Name(b"\1*" + top)
        if (copy := copies.get((told, shown))) is None:
            copy = copies[told, shown] = replace(told, name=shown)
        rows[who, copy] += times
    return rows


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
