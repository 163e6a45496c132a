"""The windows of one group laid out in time: which of them holds at a moment, and until when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from controller.model import AccessWindow


@dataclass(frozen=True, slots=True)
class Timeline:
    """`holding[i]` holds from `edges[i - 1]` up to, not including, `edges[i]`; nothing holds before and after all."""

    edges: tuple[datetime, ...] = ()
    holding: tuple[AccessWindow | None, ...] = (None,)

    def at(self, now: datetime) -> AccessWindow | None:
        return self.holding[bisect_right(self.edges, now)]

    def next_edge(self, now: datetime) -> datetime | None:
        """The next moment at which another window holds, or none, or one again."""
        after = bisect_right(self.edges, now)
        return self.edges[after] if after < len(self.edges) else None


NOTHING = Timeline()


Held = tuple[AccessWindow | None, ...]
"""The window of each kind that holds at a moment, the kind that outranks the others first."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Everything a device's hours hang on: the kinds of windows laid over each other.

    `edges[kind]`: every edge of this kind and of those above it, in order. `holding[i]` holds from `edges[-1][i - 1]`
    up to, not including, `edges[-1][i]`.
    """

    edges: tuple[tuple[datetime, ...], ...]
    holding: tuple[Held, ...]

    def at(self, now: datetime) -> Held:
        return self.holding[bisect_right(self.edges[-1], now)]

    def next_edge(self, now: datetime, kind: int = -1) -> datetime | None:
        """The next moment at which a window of this kind, or one above it, begins or ends; -1: of any kind."""
        edges = self.edges[kind]
        after = bisect_right(edges, now)
        return edges[after] if after < len(edges) else None


def hours(timelines: Iterable[Timeline]) -> Hours:
    """At least one timeline, the one that outranks the others first."""
    found = tuple(timelines)
    edges = [frozenset(each.edges) for each in found]
    unions = (frozenset[datetime]().union(*edges[: kind + 1]) for kind in range(len(edges)))
    within = tuple(tuple(sorted(union)) for union in unions)
    before = tuple(each.holding[0] for each in found)
    return Hours(within, (before, *(tuple(each.at(edge) for each in found) for edge in within[-1])))


def timeline(windows: Iterable[AccessWindow]) -> Timeline:
    """Where windows overlap, the one that opened later holds; of two that opened together, the later id."""
    given = sorted((w for w in windows if w.opens_at < w.closes_at), key=_rank)
    moments = sorted({w.opens_at for w in given} | {w.closes_at for w in given})
    edges: list[datetime] = []
    holding: list[AccessWindow | None] = [None]
    open_now: list[AccessWindow] = []
    following = iter(given)
    coming = next(following, None)
    for moment in moments:
        open_now = [w for w in open_now if moment < w.closes_at]
        while coming is not None and coming.opens_at <= moment:
            open_now.append(coming)
            coming = next(following, None)
        winner = open_now[-1] if open_now else None
        if winner is not holding[-1]:
            edges.append(moment)
            holding.append(winner)
    return Timeline(tuple(edges), tuple(holding))


def _rank(window: AccessWindow) -> tuple[datetime, int, str]:
    # The database counts windows up, so that 10 is later than 9; a lesson's id is text.
    return window.opens_at, int(window.id) if window.id.isdecimal() else -1, window.id
