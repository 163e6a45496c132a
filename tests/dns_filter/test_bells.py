"""Lessons begin and end on several workers under load, by day and in the two nights in which the clock jumps.

Nothing here is about speed: a question that was sent after the bell is answered by what holds after it, and no answer
given before may be kept beyond it. Only the filter's clock is moved, and the lessons are those of the real timetable.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pytest

from controller.timetable import lesson_windows
from dns_filter import table_file
from dns_filter.clock import now
from dns_filter.model import Grant
from tests.controller.test_timetable import london, with_slots
from tests.dns_filter.engines import both_engines
from tests.dns_filter.test_workers import Filter, filter_process, table, until
from tests.fakes.upstream import FakeUpstream

HERE = Path(__file__).with_name("shifted_clock")
WEB = {"wikipedia.org": ["300 A 192.0.2.1"]}
AT_ONCE = 1.0
"""Seconds that a server has, by the specification, to flip."""
BEFORE, AFTER = 1.5, 1.5

WHOLE = os.environ.get("CARETAKER_EVERY_BELL") == "1"
"""All of these nights, with all the load there is; the suite has two of them and less."""
_NIGHTS = [
    pytest.param("2026-03-29", "00:30", "01:30", id="ends at a time that never comes"),
    pytest.param("2026-10-25", "01:30", "02:00", id="begins at the first of two times"),
    pytest.param("2026-03-29", "01:30", "02:30", id="begins at a time that never comes"),
    pytest.param("2026-10-25", "00:30", "01:30", id="ends at the first of two times"),
    pytest.param("2026-11-24", "09:15", "10:15", id="an ordinary morning"),
]
NIGHTS = _NIGHTS if WHOLE else _NIGHTS[:2]


pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Heard:
    sent: float
    """By the filter's clock."""
    came: float
    open: bool
    ttl: float


class Clock:
    """The filter's clock, which a file moves."""

    def __init__(self, path: Path) -> None:
        self._path, self._shift = path, 0.0
        self.set(now())

    def __call__(self) -> float:
        return now() + self._shift

    def set(self, to: float) -> None:
        self._shift = to - now()
        unfinished = self._path.with_suffix(".new")
        unfinished.write_text(repr(self._shift))
        unfinished.replace(self._path)


def grants(day: str, starts: str, ends: str) -> tuple[Grant, ...]:
    """The lessons of that day and of the fortnight about it, as the controller compiles them."""
    policy = with_slots(f"on: [mon, tue, wed, thu, fri, sat, sun], from: {starts}, to: {ends}")
    windows = lesson_windows(policy, london(day), london(f"{day} 12:00"))
    return tuple(
        Grant(profile="key-stage-2", opens_at=w.opens_at.timestamp(), closes_at=w.closes_at.timestamp(), why=w.rule)
        for w in windows
    )


def asking(filter_: Filter, clock: Clock, stop: threading.Event, heard: list[Heard]) -> None:
    """One class: each time it asks from another port, and so of another worker."""
    while not stop.wait(0.0 if WHOLE else 0.01):
        sent = clock()
        said = filter_.ask()
        if said is not None:
            records = said.answer or said.authority
            heard.append(Heard(sent, clock(), bool(said.answer), records[0].ttl))


@contextmanager
def classes(filter_: Filter, clock: Clock, heard: list[Heard]) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=asking, args=(filter_, clock, stop, heard)) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def at_the_bell(filter_: Filter, clock: Clock, bell: float) -> list[Heard]:
    """All that is heard from shortly before the bell to shortly after it."""
    heard: list[Heard] = []
    for _ in range(5):
        clock.set(bell - BEFORE - 1.0)
        until(lambda: clock() > bell - BEFORE)  # by now every worker has seen that its clock was moved
        heard.clear()
        with classes(filter_, clock, heard):
            until(lambda: clock() > bell + AFTER and any(each.sent >= bell + AT_ONCE for each in list(heard)))
        if any(each.came < bell for each in heard):
            break  # else this machine slept through all the time before the bell
    return heard


def judge(heard: list[Heard], bell: float, *, opens: bool) -> None:
    before = [each for each in heard if each.came < bell]
    after = [each for each in heard if each.sent >= bell + AT_ONCE]
    assert before, "nobody asked before the bell"
    assert after, "nobody asked after the bell"
    assert {each.open for each in before} == {not opens}
    assert {each.open for each in after} == {opens}
    for each in before:
        # The worker looked at its clock after the question was sent, or with the few sent just before it.
        assert each.ttl <= max(1, ceil(bell - each.sent)), f"kept for {each.ttl} s, {bell - each.sent:.2f} s before"


@both_engines
@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.parametrize(("day", "starts", "ends"), NIGHTS)
def test_every_worker_hears_both_bells(
    day: str, starts: str, ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lesson,) = grants(day, starts, ends)
    clock = Clock(tmp_path / "shift")
    clock.set(lesson.opens_at - 3600)
    monkeypatch.setenv("CARETAKER_TEST_SHIFT", str(tmp_path / "shift"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(HERE), str(HERE.parents[2]))))
    table_file.write(tmp_path / "table.json", table(1, (lesson,)))
    with FakeUpstream(WEB) as upstream, filter_process(tmp_path, upstream.address, workers=3) as filter_:
        until(lambda: filter_.state() == "closed")
        judge(at_the_bell(filter_, clock, lesson.opens_at), lesson.opens_at, opens=True)
        judge(at_the_bell(filter_, clock, lesson.closes_at), lesson.closes_at, opens=False)
        # In autumn the same time of day comes again an hour later, and no lesson with it.
        clock.set(lesson.closes_at + 3600 - 60)
        until(lambda: filter_.state() == "closed")
        clock.set(lesson.opens_at + 3600 + 60 if lesson.closes_at < lesson.opens_at + 3600 else lesson.closes_at + 60)
        until(lambda: filter_.state() == "closed")
