"""A clock that was set by more than five minutes is an alarm: lessons follow it. ●"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from controller.clock import Clock, SteadyClock
from controller.clock_steps import Step
from controller.store import Store


def steps_of(clock: Clock) -> tuple[Step, ...]:
    """How it was set; nothing is known of a clock that does not look."""
    return clock.steps() if isinstance(clock, SteadyClock) else ()


def watch_clock(store: Store, steps: tuple[Step, ...], told: AbstractSet[Step], now: datetime) -> AbstractSet[Step]:
    """One alarm for each that was far; `told` are those of which there was one, as they are told now."""
    for step in steps:
        if step.far and step not in told:
            store.raise_alarm("clock", "the controller's clock", step.text, now)
    return frozenset(steps)
