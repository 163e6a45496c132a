"""The one file that asks what time it is, and how to wait for an event or a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from time import monotonic
from typing import Protocol

from controller.clock_steps import WORTH_AN_ALARM, Step

_LOOK = timedelta(seconds=1)
"""So often at most it is looked whether the clock stands still."""
_STEPS = 20
"""So many are remembered."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""
        ...

    def wait(self, event: Event, seconds: float) -> bool:
        """Sleep until the event is set (True) or the time is up (False)."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, event: Event, seconds: float) -> bool:
        return event.wait(max(0.0, seconds))


class SteadyClock:
    """A clock, and where it stands still the time that passes by the machine's counter.

    A gateway is told how long is left. With a clock that stands still that would be the same at every look, and after
    the bell it would be told once more. A clock that somebody sets back is believed; what stood still once stays late.
    """

    def __init__(self, clock: Clock, counter: Callable[[], float] = monotonic) -> None:
        self._clock, self._counter = clock, counter
        self._lock = Lock()
        self._seen, self._at = clock.now(), counter()
        self._late = timedelta(0)
        self._steps: tuple[Step, ...] = ()

    def steps(self) -> tuple[Step, ...]:
        """How the clock was set while this process ran, the last few."""
        return self._steps

    def now(self) -> datetime:
        with self._lock:
            wall, passed = self._clock.now(), timedelta(seconds=self._counter() - self._at)
            # Set back it is looked at in any case: nobody may be told the hour before it is known to be an old one.
            if passed >= _LOOK or wall < self._seen - _LOOK:
                self._look(wall, wall - self._seen, passed)
            return wall + self._late

    def _look(self, wall: datetime, moved: timedelta, passed: timedelta) -> None:
        if moved < timedelta(0):
            self._note(Step(wall, self._seen + passed + self._late))
            self._late = timedelta(0)
        elif moved < passed / 2:
            self._late += passed - moved
        else:
            # It ran ahead: it may have been set right again.
            if moved - passed > WORTH_AN_ALARM:
                self._note(Step(self._seen + passed, wall, back=False))
            self._late = max(timedelta(0), self._late - max(timedelta(0), moved - passed - _LOOK))
        self._seen, self._at = wall, self._counter()

    def _note(self, step: Step) -> None:
        self._steps = (*self._steps[1 - _STEPS :], step)

    def wait(self, event: Event, seconds: float) -> bool:
        return self._clock.wait(event, seconds)


class FixedClock:
    """A clock that moves only when told: the school day of a test."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._lock = Lock()

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta) -> datetime:
        with self._lock:
            self._now += by
            return self._now

    def wait(self, event: Event, seconds: float) -> bool:
        """Blocks in real time until the event is set or another thread has moved the clock past the end."""
        until = self._now + timedelta(seconds=seconds)
        while self._now < until:
            if event.wait(0.005):
                return True
        return event.is_set()
