"""A clock that is set while the controller runs: what was over stays closed, and a far step is an alarm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.clock import FixedClock, SteadyClock
from controller.clock_steps import Step, still_over
from controller.clock_watch import watch_clock
from controller.model import AccessWindow
from controller.store import Store
from tests.controller.store_world import TEACHER

pytestmark = pytest.mark.fault
TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MINUTES = st.integers(0, 600).map(lambda minutes: TEN + timedelta(minutes=minutes))


def window(opens: datetime, closes: datetime) -> AccessWindow:
    return AccessWindow("one", "year-5", opens, closes, "a lesson")


def steady(wall: FixedClock, counted: list[float]) -> SteadyClock:
    return SteadyClock(wall, lambda: counted[0])


def test_a_clock_that_is_set_back_says_from_where_to_where_at_the_first_look() -> None:
    wall, counted = FixedClock(TEN), [0.0]
    clock = steady(wall, counted)
    counted[0] += 0.5
    wall.set(TEN - timedelta(minutes=50))
    assert clock.now() == TEN - timedelta(minutes=50)
    assert clock.steps() == (Step(TEN - timedelta(minutes=50), TEN + timedelta(seconds=0.5)),)
    counted[0] += 60
    wall.set(TEN + timedelta(minutes=10))
    clock.now()
    assert [step.back for step in clock.steps()] == [True, False]


def test_a_clock_that_runs_as_it_should_took_no_step() -> None:
    wall, counted = FixedClock(TEN), [0.0]
    clock = steady(wall, counted)
    for _ in range(600):
        counted[0] += 1
        wall.advance(timedelta(seconds=1.01))
        clock.now()
    assert clock.steps() == ()


@given(MINUTES, MINUTES, MINUTES, MINUTES)
def test_what_was_over_and_runs_again_stays_closed_and_nothing_else_does(
    opens: datetime, closes: datetime, low: datetime, high: datetime
) -> None:
    lesson, step = window(min(opens, closes), max(opens, closes)), Step(min(low, high), max(low, high))
    runs_again = lesson.covers(step.low) and lesson.closes_at <= step.high
    assert (list(still_over([lesson], [step])) == []) is runs_again
    assert list(still_over([lesson], [Step(step.low, step.high, back=False)])) == [lesson]


def test_a_far_step_is_one_alarm_also_after_somebody_has_looked(tmp_path: Path) -> None:
    near, far = Step(TEN - timedelta(minutes=4), TEN), Step(TEN - timedelta(hours=1), TEN)
    with Store.open(f"sqlite:///{tmp_path / 'caretaker.db'}") as store:
        told = watch_clock(store, (near, far), frozenset(), TEN)
        (alarm,) = store.alarms()
        assert (alarm.kind, "from 2026-11-24 10:00:00 to 2026-11-24 09:00:00" in alarm.text) == ("clock", True)
        store.settle_alarm(alarm.number, TEACHER, TEN)
        assert watch_clock(store, (near, far), told, TEN) == told
        assert store.alarms() == ()
