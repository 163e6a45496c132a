"""One clock for everybody: the system's, and one that stands still until it is told."""

import threading
from datetime import UTC, datetime, timedelta

from controller.clock import FixedClock, SteadyClock, SystemClock
from tests.waiting import until

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_the_systems_clock_speaks_utc_and_never_waits_for_what_has_happened() -> None:
    clock, happened = SystemClock(), threading.Event()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.wait(happened, -5) is False
    happened.set()
    assert clock.wait(happened, 1000) is True


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(NINE)
    assert clock.now() == clock.now() == NINE
    assert clock.advance(timedelta(minutes=45)) == clock.now() == NINE + timedelta(minutes=45)
    clock.set(NINE)
    assert clock.now() == NINE


class Awaited(threading.Event):
    """Tells that somebody has begun to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.begun.set()
        return super().wait(timeout)


def test_who_waits_on_a_fixed_clock_wakes_at_the_end_or_at_the_event() -> None:
    for wake, found in (("time", False), ("event", True)):
        clock, event, results = FixedClock(NINE), Awaited(), list[bool]()
        waiting = threading.Thread(target=lambda c=clock, e=event, r=results: r.append(c.wait(e, 60)))
        waiting.start()
        until(event.begun.is_set)
        clock.advance(timedelta(seconds=59))
        waiting.join(0.05)
        assert waiting.is_alive()
        clock.advance(timedelta(seconds=1)) if wake == "time" else event.set()
        waiting.join()
        assert results == [found]


def test_time_goes_on_where_the_clock_stands_still_and_a_clock_that_was_set_is_believed() -> None:
    wall, counted = FixedClock(NINE), [0.0]
    clock = SteadyClock(wall, lambda: counted[0])

    def pass_by(seconds: float, *, moves: float) -> datetime:
        for _ in range(int(seconds)):
            counted[0] += 1
            wall.advance(timedelta(seconds=moves))
            found = clock.now()
        return found

    assert pass_by(10, moves=1) == NINE + timedelta(seconds=10)
    assert pass_by(60, moves=0) == NINE + timedelta(seconds=70)
    assert pass_by(10, moves=1) == NINE + timedelta(seconds=80), "it runs again, late: nothing comes back"
    wall.advance(timedelta(seconds=60))
    counted[0] += 1
    assert abs(clock.now() - (NINE + timedelta(seconds=81))) <= timedelta(seconds=2), "set right again"
    wall.set(NINE)
    counted[0] += 1
    assert clock.now() == NINE
