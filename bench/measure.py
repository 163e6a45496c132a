"""What a case gives back: one measured figure, what it is held against, and what it ought to be."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal


class Unmeasurable(Exception):
    """This machine lacks what the case needs; the text says what."""


@dataclass(frozen=True, slots=True)
class Goal:
    """At least so good: of the ratio to the peer, or of the value itself. A miss is shown, never left out."""

    bound: float
    of: Literal["ratio", "value"] = "ratio"


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
    goal: Goal | None = None
    spread: Mapping[str, float] = field(default_factory=dict)
    """The same figure at other quantiles, for the kept results."""

    @property
    def ratio(self) -> float | None:
        """How many times as good as the peer; below 1 is worse. None where there is nothing to compare."""
        if not self.peer_value or not self.value:
            return None
        return self.value / self.peer_value if self.more_is_better else self.peer_value / self.value

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none, or nothing to hold against it."""
        if self.goal is None or (self.goal.of == "ratio" and self.ratio is None):
            return None
        if self.goal.of == "ratio":
            return (self.ratio or 0.0) >= self.goal.bound
        return self.value >= self.goal.bound if self.more_is_better else self.value <= self.goal.bound

    @property
    def aim(self) -> str:
        """The goal as a person writes it, with a mark where it was missed."""
        if self.goal is None:
            return ""
        rising = self.goal.of == "ratio" or self.more_is_better
        said = f"{'×' if self.goal.of == 'ratio' else ''} {'≥' if rising else '≤'} {number(self.goal.bound)}".strip()
        return said if self.met is not False else f"{said} missed"


def number(value: float | None) -> str:
    """Three digits that matter, and never an exponent."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """The median of `times` runs after one that warms up."""
    work()
    return median(once(work) for _ in range(times))


def once(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rounds(name: str, usual: int) -> int:
    """How many rounds to measure: the variable `name` of the environment, else as many as usual."""
    return max(1, int(os.environ.get(name) or usual))


def going_on(text: str) -> None:
    """What a long case is at, for whoever waits."""
    sys.stderr.write(f"  {text}\n")


def spread(name: str, taken: Sequence[float], note: str = "", worst: float | None = None) -> tuple[Measurement, ...]:
    """Seconds of many rounds as the usual one and the worst one, in milliseconds. `worst` is the goal of the latter."""
    ordered = sorted(taken)
    at = {f"p{share}": 1e3 * ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in (50, 95, 99)}
    at["max"] = 1e3 * ordered[-1]
    told = f"p95 {at['p95']:.0f}, p99 {at['p99']:.0f}; {len(ordered)} rounds"
    goal = Goal(worst * 1e3, "value") if worst is not None else None
    return (
        Measurement(f"{name}: median", at["p50"], "ms", note=told, spread=at),
        Measurement(f"{name}: worst", at["max"], "ms", note=note, goal=goal),
    )
