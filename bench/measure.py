"""What a case gives back: one measured figure, and what it is held against."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


class Unmeasurable(Exception):
    """This machine lacks what the case needs; the text says what."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """`peer` says what `peer_value` is, in the same unit: a goal, a bare socket, another program on this machine."""

    name: str
    value: float
    unit: str
    more_is_better: bool = False
    peer: str = ""
    peer_value: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times as good as the peer; below 1 is worse. None where there is nothing to compare."""
        if not self.peer_value or not self.value:
            return None
        return self.value / self.peer_value if self.more_is_better else self.peer_value / self.value


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """The median of `times` runs after one that warms up."""
    work()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return median(taken)
