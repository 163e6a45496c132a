"""The one file that asks what time it is, and how to wait for an event or a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Protocol


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
