"""Cohorts compiled to boundaries: which profile a group of clients has now, found by one bisection.

The grants of 14 days and the ends of rules are a few hundred moments; between two of them nothing changes by itself.
Such a stretch is a seat, and everything that is remembered for its clients is remembered under the seat's tag.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

from dns_filter.model import Cohort, FilterProfile, Grant, active_grant, boundaries
from dns_filter.profiles import CompiledProfile


@dataclass(frozen=True, slots=True)
class Seat:
    """What holds for a cohort from `since` up to, and not including, `until`."""

    tag: bytes
    """Six octets, different for every seat of a table."""
    cohort: Cohort
    profile: CompiledProfile
    grant: Grant | None
    since: float
    until: float

    @property
    def switchable(self) -> bool:
        """Whether a lesson, another grant or a person's word can take away what this cohort may do."""
        return self.cohort.switchable or bool(self.cohort.grants)


class CompiledCohort:
    """Seats are made when first asked for: of the hundreds of a fortnight, a worker sees the next few."""

    __slots__ = ("_edges", "_number", "_profile", "_seats", "cohort")

    def __init__(
        self,
        cohort: Cohort,
        number: int,
        profile: Callable[[str, float], CompiledProfile],
        profiles: Mapping[str, FilterProfile],
    ) -> None:
        """`profile` gives the profile of a name as it holds from a moment on; `profiles` are those of the table."""
        self.cohort = cohort
        self._number = number
        self._profile = profile
        self._edges = boundaries(cohort, profiles)
        self._seats: dict[int, Seat] = {}

    def seat(self, now: float) -> Seat:
        index = bisect_right(self._edges, now)
        return self._seats.get(index) or self._made(index)

    def _made(self, index: int) -> Seat:
        since = self._edges[index - 1] if index else -inf
        until = self._edges[index] if index < len(self._edges) else inf
        grant = active_grant(self.cohort, since)
        profile = self._profile(grant.profile if grant else self.cohort.resting, since)
        tag = self._number.to_bytes(3) + index.to_bytes(3)
        self._seats[index] = Seat(tag, self.cohort, profile, grant, since, until)
        return self._seats[index]
