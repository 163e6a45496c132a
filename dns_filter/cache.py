"""What upstreams said, and for how long: never a verdict, never anything of a client (`dns.md` §3).

Kept beyond its time for a day, for the hours in which no upstream answers.
"""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from dns_filter.records import Answer

STALE_FOR = 86_400.0
NEGATIVE_FOR = 300
FAILED_FOR = 5.0
_FAILURES = 10_000
DENIED = 5
"""The share of the whole that names without an answer have: one in so many octets."""


class Kept(NamedTuple):
    answer: Answer
    expires: float


class Shelf:
    """Bounded in octets; when it is full the oldest go."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.weight = 0
        self.kept: dict[bytes, Kept] = {}

    def put(self, key: bytes, kept: Kept) -> None:
        self.forget(key)
        if kept.answer.weight > self.limit:
            return
        self.kept[key] = kept
        self.weight += kept.answer.weight + len(key)
        while self.weight > self.limit:
            self._make_room()

    def forget(self, key: bytes) -> None:
        if (old := self.kept.pop(key, None)) is not None:
            self.weight -= old.answer.weight + len(key)

    def _make_room(self) -> None:
        # Many at once: finding the oldest of a dict costs as much as there are gaps before it.
        for key in list(islice(self.kept, max(1, len(self.kept) // 64))):
            self.forget(key)


class Cache:
    """The key is name, type, DO, CD and route, as bytes.

    Names that do not exist have a shelf of their own: anybody can think of any number of them, and they are not to
    push out those that do.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._there, self._denied = Shelf(limit - limit // DENIED), Shelf(limit // DENIED)
        self._failed: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._there.kept) + len(self._denied.kept)

    @property
    def weight(self) -> int:
        return self._there.weight + self._denied.weight

    def find(self, key: bytes, now: float) -> Kept | None:
        """What is kept, fresh or stale; `expires` tells which."""
        kept = self._there.kept.get(key) or self._denied.kept.get(key)
        if kept is None or now >= kept.expires + STALE_FOR:
            return None
        return kept

    def put(self, key: bytes, answer: Answer, now: float) -> Kept:
        """Keep an answer for its own time, a negative one for at most 300 s; what says 0 s serves those who wait."""
        lasts = answer.ttl if answer.answers else min(answer.ttl, NEGATIVE_FOR)
        kept = Kept(answer, now + lasts)
        shelf, other = (self._there, self._denied) if answer.answers else (self._denied, self._there)
        other.forget(key)
        if lasts > 0:
            shelf.put(key, kept)
        else:
            shelf.forget(key)
        self._failed.pop(key, None)
        return kept

    def put_failure(self, key: bytes, now: float) -> None:
        """Remember for 5 s that nobody could answer: a dead zone is not asked for again and again (RFC 9520)."""
        if len(self._failed) >= _FAILURES:
            self._failed.clear()
        self._failed[key] = now + FAILED_FOR

    def failed(self, key: bytes, now: float) -> bool:
        # A clock that was set back must not keep a failure alive for longer than it was meant to last.
        return now < self._failed.get(key, 0.0) <= now + FAILED_FOR
