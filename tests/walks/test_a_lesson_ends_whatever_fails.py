"""A lesson ends at its bell at DNS and gateway though the controller's clock stands still, or its disk is gone."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

import pytest

from controller import publish
from controller.clock import SteadyClock, SystemClock
from controller.store.database import Database
from controller.store.errors import StoreFull
from tests.waiting import until
from tests.walks.school import IPAD_5, School, open_school

pytestmark = pytest.mark.xdist_group("walk of a lesson whatever fails")

LASTS = timedelta(seconds=20)
SOON, LATER = timedelta(seconds=2), timedelta(seconds=8)
"""After the bell it is closed so soon, and still so much later: several polls of the gateway."""


class StoppedClock(SystemClock):
    """The machine's clock until somebody stops it; waiting goes on."""

    def __init__(self) -> None:
        self._stands_at: datetime | None = None
        self._lock = Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._stands_at or super().now()

    def stop(self) -> None:
        stands_at = self.now()
        with self._lock:
            self._stands_at = stands_at


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def own_school(tmp_path: Path, clock: StoppedClock) -> Iterator[School]:
    with open_school(tmp_path, SteadyClock(clock)) as running:
        yield running


def open_lesson(school: School) -> datetime:
    """A lesson for Year 5 that is in force at both; its end."""
    until(lambda: school.ask(IPAD_5, "bbc.co.uk").blocked)
    closes_at = SystemClock().now() + LASTS
    opened = school.call("teacher", "POST", "/windows", {"group": "year-5", "until": closes_at.isoformat()})
    assert opened.status_code == 202, opened.text
    until(lambda: school.ask(IPAD_5, "bbc.co.uk").answered)
    until(lambda: IPAD_5 in school.let_out())
    return closes_at


def closes_and_stays_closed(school: School, closes_at: datetime) -> None:
    now = SystemClock().now
    assert now() < closes_at, "too slow a machine: the lesson was over before anything failed"
    until(lambda: now() >= closes_at + SOON)
    while now() < closes_at + LATER:
        assert school.ask(IPAD_5, "bbc.co.uk").blocked
        assert IPAD_5 not in school.let_out(), "opened again after the bell"


def test_though_the_controllers_clock_stands_still(own_school: School, clock: StoppedClock) -> None:
    closes_at = open_lesson(own_school)
    clock.stop()
    closes_and_stays_closed(own_school, closes_at)


def test_though_the_controllers_disk_is_gone(own_school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    closes_at = open_lesson(own_school)

    def no_space(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def no_writing(*_: object, **__: object) -> None:
        raise StoreFull("The disk takes no more.")

    monkeypatch.setattr(publish, "publish", no_space)
    monkeypatch.setattr(Database, "_writing", no_writing)
    refused = own_school.call("teacher", "POST", "/windows", {"group": "year-5", "minutes": 5})
    assert refused.status_code >= 500, "nothing is opened that cannot be written down"
    closes_and_stays_closed(own_school, closes_at)
