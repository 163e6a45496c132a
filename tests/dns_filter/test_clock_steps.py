"""A filter whose clock is set back, with nobody left to tell it anything, opens no lesson that was over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dns_filter import table_file
from dns_filter.clock_steps import without_what_was_over
from dns_filter.model import Grant
from tests.dns_filter.engines import both_engines
from tests.dns_filter.test_bells import WEB, Clock
from tests.dns_filter.test_workers import filter_process, table, until
from tests.fakes.upstream import FakeUpstream

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]
HERE = Path(__file__).with_name("shifted_clock")


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(tmp_path / "shift")
    monkeypatch.setenv("CARETAKER_TEST_SHIFT", str(tmp_path / "shift"))
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{HERE.parents[2]}")
    return made


def lesson(opens_at: float, closes_at: float) -> Grant:
    return Grant(profile="key-stage-2", opens_at=opens_at, closes_at=closes_at, why="a lesson")


def steps_seen(home: Path) -> list[int]:
    """By each worker."""
    notes = [json.loads(path.read_text()) for path in sorted((home / "counters").glob("*.json"))]
    return [note["clock_steps"] for note in notes]


@both_engines
@pytest.mark.slow
def test_a_clock_set_back_into_a_lesson_that_was_over_opens_it_for_nobody(tmp_path: Path, clock: Clock) -> None:
    began = clock()
    first, second = lesson(began - 60, began + 3600), lesson(began + 5400, began + 7200)
    table_file.write(tmp_path / "table.json", table(1, (first, second)))
    with FakeUpstream(WEB) as upstream, filter_process(tmp_path, upstream.address, workers=2) as filter_:
        until(lambda: filter_.state() == "open")
        clock.set(first.closes_at + 60)
        until(lambda: filter_.state() == "closed")
        # A worker that has not looked yet would take both steps for one.
        until(lambda: steps_seen(tmp_path) == [1, 1])
        clock.set(began + 1800)
        # Each worker sees it with its own next look: from then on nobody is let out.
        until(lambda: [filter_.state() for _ in range(12)] == ["closed"] * 12)
        table_file.write(tmp_path / "table.json", table(2, (first, second)))
        until(lambda: [note["epoch"] for note in filter_.acks()] == [2, 2])
        assert [filter_.state() for _ in range(12)] == ["closed"] * 12
        clock.set(second.opens_at + 60)
        until(lambda: filter_.state() == "open")


def test_only_what_runs_at_the_new_hour_and_was_over_goes() -> None:
    over, runs_on, to_come = lesson(0, 100), lesson(0, 300), lesson(60, 100)
    found = without_what_was_over(table(1, (over, runs_on, to_come)), [(50.0, 200.0)])
    assert {grant for cohort in found.cohorts.values() for grant in cohort.grants} == {runs_on, to_come}
    same = table(1, (runs_on,))
    assert without_what_was_over(same, [(50.0, 200.0)]) is same
