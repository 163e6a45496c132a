"""Questions under way to an upstream: who waits for each, what was tried, and when to try something else.

Every stage lies the same time after a flight's start, so each stage is a queue in order of time and one tick for all
flights replaces a timer for each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dns_filter.model import Name
from dns_filter.records import Answer
from dns_filter.servers import Server

Tell = Callable[[Answer | None], None]
"""Hears the answer, or None where there is none to be had."""

HEDGE, IMPATIENT, DEADLINE = 0.15, 1.8, 3.5
STAGES = (HEDGE, 0.5, 1.2, IMPATIENT, 2.2, DEADLINE)
"""Seconds after the start: ask another upstream, ask again, give those a stale answer who have one, give up."""
TICK = 0.025


@dataclass(frozen=True, slots=True)
class Route:
    """Which upstreams are asked. The tag keeps the answers of different routes apart."""

    servers: tuple[Server, ...]
    tag: bytes = b""


class Wanted(NamedTuple):
    """A question for an upstream. The client is no part of it: who asks never changes what is asked."""

    name: Name
    qtype: int
    do: bool
    cd: bool
    route: Route

    @property
    def key(self) -> bytes:
        return b"%b%b%d%d%b" % (self.name, self.qtype.to_bytes(2), self.do, self.cd, self.route.tag)


@dataclass(slots=True, eq=False)
class Flight:
    wanted: Wanted
    key: bytes
    began: float
    waiters: list[Tell] = field(default_factory=list)
    impatient: list[Tell] = field(default_factory=list)
    """Those who have a stale answer in hand."""
    attempts: list[Any] = field(default_factory=list)
    stage: int = 0
    landed: bool = False

    def tell(self, answer: Answer | None) -> None:
        waiters, self.waiters, self.impatient = [*self.waiters, *self.impatient], [], []
        for waiter in waiters:
            waiter(answer)

    def tell_impatient(self) -> None:
        waiters, self.impatient = self.impatient, []
        for waiter in waiters:
            waiter(None)


class Timeline:
    """Brings every flight to its stages in time. `reach` is called with each flight that gets to one."""

    def __init__(self, reach: Callable[[Flight, float], None]) -> None:
        self._queues: list[deque[Flight]] = [deque() for _ in STAGES]
        self._reach = reach

    def __bool__(self) -> bool:
        return any(self._queues)

    def add(self, flight: Flight) -> None:
        self._queues[0].append(flight)

    def tick(self, now: float) -> None:
        for stage, queue in enumerate(self._queues):
            while queue and (queue[0].landed or queue[0].began + STAGES[stage] <= now):
                flight = queue.popleft()
                if flight.landed:
                    continue
                flight.stage = stage + 1
                if flight.stage < len(STAGES):
                    self._queues[stage + 1].append(flight)
                self._reach(flight, STAGES[stage])
