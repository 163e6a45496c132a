"""The same decision as live, with everything the other steps would have said (`dns.md` §8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dns_filter import render, steps, ttl
from dns_filter.model import Action, FilterProfile, FilterTable, Name, Query, Standing, Verdict
from dns_filter.profiles import NameSource, compile_profile
from dns_filter.seats import Seat
from dns_filter.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Said:
    """One step and its verdict; None where it has nothing to say about this query."""

    step: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class TtlParts:
    """Seconds: the cap of the outcome, the bell as seen from the moment of asking, and the least of them.

    `boundary` is None where nothing flips. Of an upstream's answer its own TTL counts too and is not known here.
    """

    cap: int
    boundary: float | None
    final: int


@dataclass(frozen=True, slots=True)
class Trace:
    query: Query
    standing: Standing
    verdict: Verdict
    said: tuple[Said, ...]
    """Every step in order, the one that decided among them; what stands after it is what would have been said."""
    categories: tuple[str, ...]
    """All categories of the lists that hold the name, whether or not the profile asks for them."""
    mode: str
    ede: int | None
    ttl: TtlParts
    next_flip: float
    epoch: int
    names_version: str

    @property
    def losing(self) -> Sequence[Said]:
        """What else would have decided, had the earlier steps been silent."""
        deciding = [each.step for each in self.said].index(self.verdict.step) if self.said else 0
        return [each for each in self.said[deciding + 1 :] if each.verdict is not None]


def trace(query: Query, table: FilterTable, names: NameSource | None) -> Trace:
    """What the filter does with this query at `query.at`, and why. Raises ValueError where the table is unsound."""
    snapshot = _snapshot(_ById(table), _ById(names))
    return trace_in(query, snapshot)


def trace_in(query: Query, snapshot: Snapshot) -> Trace:
    """The same for a snapshot that is compiled already."""
    seat = snapshot.seat(query.client, query.at)
    asked = steps.ask(query.name, seat.profile, snapshot)
    verdict = steps.decide(query, seat.profile, snapshot)
    cap = _cap(verdict, seat)
    return Trace(
        query=query,
        standing=snapshot.standing(query.client, query.at),
        verdict=verdict,
        said=tuple(Said(step.__name__, step(asked)) for step in steps.STEPS),
        categories=snapshot.names.categories(asked.mask),
        mode=seat.profile.source.mode,
        ede=render.ede_of(verdict.code) if verdict.action is Action.BLOCK else None,
        ttl=_parts(cap, seat, query.at),
        next_flip=seat.until,
        epoch=snapshot.table.epoch,
        names_version=snapshot.names_version,
    )


def verdict_under(
    name: Name, profile: FilterProfile, table: FilterTable, names: NameSource | None, at: float
) -> Verdict:
    """What would be decided about a name by a profile that the table need not have. Raises ValueError."""
    snapshot = _snapshot(_ById(table), _ById(names))
    compiled = compile_profile(profile.at(at), table, snapshot.names, lists_missing=names is None, unavailable="")
    return steps.first_verdict(steps.ask(name, compiled, snapshot))


def _cap(verdict: Verdict, seat: Seat) -> int:
    if verdict.action is Action.BLOCK:
        return ttl.BLOCK
    return ttl.LOCAL if verdict.action is Action.LOCAL else render.cap(verdict, seat)


def _parts(cap: int, seat: Seat, at: float) -> TtlParts:
    boundary = None if seat.until == float("inf") else seat.until - at
    return TtlParts(cap, boundary, ttl.left(cap, seat.until, at, jitter=0.0))


class _ById:
    """A key for the cache below: the very object, kept alive by it. Tables are too large to be compared."""

    __slots__ = ("it",)

    def __init__(self, it: FilterTable | NameSource | None) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and self.it is other.it


@lru_cache(maxsize=2)
def _snapshot(table: _ById, names: _ById) -> Snapshot:
    assert isinstance(table.it, FilterTable)
    assert not isinstance(names.it, FilterTable)
    return Snapshot(table.it, names.it)
