"""The query log: one SQLite file a day, written once a second by a thread of its own, never on a query's way. ●

The device is a keyed pseudonym; an allowed name is cut as its profile says; a help line's name is never kept together
with a device. Where the disk or the thread cannot keep up, rows are dropped and counted: answers come first.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from dns_filter.clock import Clock
from dns_filter.engine import NOTHING, Gather, Gathered
from dns_filter.model import PROBE, Code, LogRules, Name
from dns_filter.querylog import kept
from dns_filter.querylog.day_file import Row
from dns_filter.querylog.days import Days
from dns_filter.querylog.keys import KeyRing
from dns_filter.querylog.settings import LogSettings
from dns_filter.querylog.spelling import Below, apart, public_suffixes, spelled
from dns_filter.querylog.tally import Tally, is_event
from dns_filter.querylog.terms import day_of, pseudonym, term_of
from dns_filter.told import Told

__all__ = ["MOST_HITS", "MOST_NOTES", "LogSettings", "QueryLog"]

MOST_HITS, MOST_NOTES = 200_000, 50_000
"""Rows kept in memory between two writes."""
LATENCIES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper edges, in seconds, by which the queries that nothing was remembered for are counted."""
_FLUSH_EVERY, _GATHER_EVERY, _LATEST, _COUNT_EVERY = 1.0, 3.0, 10.0, 60.0
_FEW = 1_000
"""Rows that are written every second. More of them wait and are gathered: under a load, most come again and again."""
_EDGES = (*LATENCIES, float("inf"))
_AT_ONCE, _IN_HASTE, _MANY, _BREATH = 40, 250, 200, 0.001
"""Rows that are written, also where many more wait, or only counted, in a row; and seconds in which whoever asks then
has Python to himself: longer in one go, and with every name a new one they would have to wait for ten milliseconds."""
log = logging.getLogger(__name__)
_T = TypeVar("_T")
Note = tuple[str, Told, float]
"""Who asked, what was told, and how long it took, in seconds."""


class QueryLog:
    """The lists are filled by the serving thread and emptied, from their beginning, by the writing one."""

    def __init__(self, settings: LogSettings, clock: Clock, after: Callable[[QueryLog], None] | None = None) -> None:
        self.hits: list[Any] = []
        """Who asked and what was told, in turn: two short steps of the hot loop, and nothing made for them."""
        self.gather: Gather = lambda *, due: NOTHING  # noqa: ARG005
        """Further hits, from an engine that counts them itself; `due`: also if there are very many."""
        self.below: list[Below] = []
        self.notes: list[Note] = []
        self.codes: Counter[Code] = Counter()
        self.steps: Counter[str] = Counter()
        self.latencies: Counter[float] = Counter()
        """By the upper edge that they stay under; infinity for the slowest."""
        self.seconds = 0.0
        """Of all these latencies together."""
        self.memo_hits = self.dropped = 0
        self.tally = Tally()
        self._settings, self._clock, self._after = settings, clock, after
        self._rules = LogRules()
        self._waiting: Counter[tuple[str, Told]] = Counter()
        self._written_at = self._gathered_at = self._counted_at = self._complained = -1e9
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="query-log", daemon=True)
        self._keys = KeyRing(settings.keys, settings.key)
        self._days = Days(settings, self._keys, lambda told: spelled(told, settings.level))

    def start(self) -> None:
        public_suffixes()  # read now, not while queries wait
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def obey(self, rules: LogRules) -> None:
        """From the next writing on the school's own rules hold. A single assignment: any thread may call it."""
        self._rules = rules

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
            self.steps[each.step] += 1

    def _run(self) -> None:
        while not self._stop.wait(_FLUSH_EVERY):
            self.flush()
        self.flush(last=True)
        self.close()

    def flush(self, *, last: bool = False) -> None:
        """Take all rows and count them; write them down, or under a heavy load at least every ten seconds."""
        hits, notes, below = _of_people(_taken(self.hits, 2), _taken(self.notes), _taken(self.below))
        now, rules = self._clock(), self._rules
        due = last or not self._gathered_at <= now < self._gathered_at + _GATHER_EVERY
        self._gathered_at = now if due else self._gathered_at
        said = self._all(hits, self.gather(due=due))
        self._count(now, said, notes, below)
        self._waiting.update(said)
        quiet = len(self._waiting) <= _FEW or not self._written_at <= now < self._written_at + _LATEST
        ready, self._waiting = (self._waiting, Counter()) if quiet or last else (Counter(), self._waiting)
        directory = self._settings.directory
        if directory is not None and self._settings.days(rules) and (ready or notes or below):
            self._written_at = now if ready else self._written_at
            self._write(directory, self._rows(now, ready, notes, below), now)
        self._keep(now, last=last)
        if self._after is not None:
            self._after(self)

    def _all(self, hits: list[Any], gathered: Gathered) -> Counter[tuple[str, Told]]:
        """How often whom was told what, by both ways that hits come."""
        for told, times in gathered.unnamed.items():
            self.dropped += times
            self.codes[told.code] += times
            self.steps[told.step] += times
        said: Counter[tuple[str, Told]] = Counter()
        for some in self._in_pieces(hits, 2 * _MANY):
            said.update(zip(some[::2], some[1::2], strict=True))
        said.update(_of_people_alone(gathered.said))
        return said

    def _count(self, now: float, hits: Counter[tuple[str, Told]], notes: list[Note], below: list[Below]) -> None:
        self.memo_hits += hits.total() + len(below)
        kinds = Counter(told.kind for _, told, *_ in below)
        for some in self._in_pieces(notes, _MANY):
            kinds.update([told.kind for _, told, _ in some])
            self.latencies.update([_EDGES[bisect_left(_EDGES, latency)] for _, _, latency in some])
            self.seconds += sum(latency for _, _, latency in some)
        for many in self._in_pieces(list(hits.items()), _MANY):
            for (_, told), times in many:
                kinds[told.kind] += times
        for kind, times in kinds.items():
            self.codes[kind.code] += times
            self.steps[kind.step] += times
        if self._settings.counts is not None:
            self.tally.add(now, kinds)
        if self._settings.events is not None and any(is_event(kind, self._rules) for kind in kinds):
            once = chain((each[:2] for each in notes), _each_named(below))
            self.tally.note(now, chain(hits.items(), ((each, 1) for each in once)), self._rules)

    def _in_pieces(self, rows: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
        """Answers come first: whoever asks meanwhile is not to wait for all of it."""
        for begin in range(0, len(rows), size):
            if begin:
                self._stop.wait(_BREATH)
            yield rows[begin : begin + size]

    def _rows(
        self, now: float, hits: Counter[tuple[str, Told]], notes: list[Note], below: list[Below]
    ) -> Iterator[Row]:
        for who, told, latency in notes:
            if told.level != "off":
                yield Row(now, who if told.personal else "", told, latency, 1)
        for (who, told), times in (*hits.items(), *apart(below, _FEW).items()):
            if told.level != "off":
                yield Row(now, who if told.personal else "", told, 0.0, times)

    def _write(self, directory: Path, rows: Iterator[Row], now: float) -> None:
        while some := list(islice(rows, _AT_ONCE if len(self.notes) < MOST_NOTES // 2 else _IN_HASTE)):
            try:
                self._days.write(directory, some, self._rules, now)
            except (sqlite3.Error, OSError) as error:
                # A full disk costs the log first and never an answer.
                self.dropped += len(some)
                self.close()
                self._complain(error)
            self._stop.wait(_BREATH)

    def _keep(self, now: float, *, last: bool) -> None:
        """Counts once a minute, events at once. What cannot be written now waits for the next time."""
        tally, settings = self.tally, self._settings
        due = last or not self._counted_at <= now < self._counted_at + _COUNT_EVERY
        self._counted_at = now if due else self._counted_at
        try:
            if settings.events is not None and (tally.events or (due and settings.events.exists())):
                self._keep_events(settings.events, now)
            if settings.counts is not None and due and tally.counts:
                kept.add_counts(settings.counts, tally.counts, now)
                tally.counts.clear()
            if settings.directory is not None and settings.directory.is_dir():
                self._days.tidy(settings.directory, self._rules, now)
        except (sqlite3.Error, OSError) as error:
            self._complain(error)

    def _keep_events(self, path: Path, now: float) -> None:
        term = term_of(day_of(now), self._rules.terms)
        key = self._keys.key(term)
        oldest = now - self._rules.events_days * 86_400
        kept.add_events(path, self.tally.events, oldest, lambda who: pseudonym(key, who), term)
        self.tally.events.clear()

    def _complain(self, error: Exception) -> None:
        now = self._clock()
        if not self._complained <= now < self._complained + 60:
            self._complained = now
            log.warning("the query log cannot be written, %d rows dropped so far: %s", self.dropped, error)

    def close(self) -> None:
        """Close the day's file. Only where no thread writes it."""
        self._days.close()


def _each_named(below: list[Below]) -> Iterator[tuple[str, Told]]:
    """An event below a listed name is told under that name: of random ones in front of it there is no end."""
    return ((who, replace(told, name=top)) for who, told, _, top in below)


def _of_people(hits: list[Any], notes: list[Note], below: list[Below]) -> tuple[list[Any], list[Note], list[Below]]:
    """Without the questions of a check: a thousand blocked names asked for at seven are nobody's doing."""
    if any(who.startswith(PROBE) for who in set(hits[::2])):
        pairs = zip(hits[::2], hits[1::2], strict=True)
        hits = [each for who, told in pairs if not who.startswith(PROBE) for each in (who, told)]
    return hits, [n for n in notes if not n[0].startswith(PROBE)], [b for b in below if not b[0].startswith(PROBE)]


def _of_people_alone(said: Mapping[tuple[str, Told], int]) -> Mapping[tuple[str, Told], int]:
    """The same, of what an engine has counted."""
    if any(who.startswith(PROBE) for who in {who for who, _ in said}):
        return {pair: times for pair, times in said.items() if not pair[0].startswith(PROBE)}
    return said


def _taken(rows: list[_T], step: int = 1) -> list[_T]:
    """What is in the list, in whole steps, and no longer there. The other thread may add to it at any moment."""
    count = len(rows) // step * step
    taken = rows[:count]
    del rows[:count]
    return taken
