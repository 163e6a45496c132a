"""A window is opened once, ends by itself or by a person, and is told in the audit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.model import AccessWindow
from controller.store import NotFound, Store, WindowOver
from tests.controller.store_world import NINE, TEACHER, TECHNICIAN, after, lesson

SECOND = timedelta(seconds=1)


def test_an_opened_window_is_found_as_it_was_asked_for(store: Store) -> None:
    asked = replace(lesson(), level="key-stage-2", focus=("maths", "spelling"), rule="roles.teacher", clauses=("T2",))
    opened = store.open_window(asked, TEACHER, NINE)
    assert opened == replace(asked, id="w1")
    assert store.window("w1") == opened
    assert store.windows(NINE, after(days=1)) == (opened,)


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [(-60, 0, False), (-60, 0.01, True), (0, 1, True), (59.99, 99, True), (60, 99, False), (-9, 99, True)],
)
def test_a_window_is_found_where_it_covers_a_moment(store: Store, first: float, last: float, found: bool) -> None:
    store.open_window(lesson(60), TEACHER, NINE)
    assert bool(store.windows(after(minutes=first), after(minutes=last))) is found


def test_a_double_click_is_one_window(store: Store) -> None:
    first = store.open_window(lesson(45), TEACHER, NINE)
    # The second click counts its 45 minutes from itself.
    assert store.open_window(lesson(45, opens_at=NINE + SECOND), TEACHER, NINE + SECOND) == first
    assert [row.action for row in store.audit()] == ["window.open"]


@pytest.mark.parametrize(
    ("again", "seconds"),
    [
        (lesson(45), 5),
        (lesson(30), 1),
        (lesson(45, "year-6"), 1),
        (replace(lesson(45), opened_by="head"), 1),
        (replace(lesson(45), focus=("maths",)), 1),
    ],
)
def test_whatever_differs_is_a_window_of_its_own(store: Store, again: AccessWindow, seconds: int) -> None:
    store.open_window(lesson(45), TEACHER, NINE)
    assert store.open_window(again, TEACHER, NINE + seconds * SECOND).id == "w2"


def test_opening_again_after_ending_opens_again(store: Store) -> None:
    first = store.open_window(lesson(45), TEACHER, NINE)
    store.end_window(first.id, TEACHER, NINE + SECOND)
    assert store.open_window(lesson(45), TEACHER, NINE + 2 * SECOND).id == "w2"


def test_an_ended_window_ends_now_and_says_by_whom(store: Store) -> None:
    opened = store.open_window(lesson(), TEACHER, NINE)
    ended = store.end_window(opened.id, TECHNICIAN, after(minutes=10))
    assert (ended.closes_at, ended.ended_by) == (after(minutes=10), "technician")
    assert store.window(opened.id) == ended
    assert store.end_window(opened.id, TEACHER, after(minutes=20)) == ended
    assert [row.action for row in store.audit()] == ["window.open", "window.end"]


def test_a_window_ended_before_it_begins_never_opens(store: Store) -> None:
    opened = store.open_window(lesson(opens_at=after(hours=2)), TEACHER, NINE)
    ended = store.end_window(opened.id, TEACHER, after(hours=1))
    assert not any(ended.covers(after(minutes=minute)) for minute in range(0, 400, 10))


def test_a_window_is_extended_while_it_is_open(store: Store) -> None:
    opened = store.open_window(lesson(30), TEACHER, NINE)
    assert store.extend_window(opened.id, after(minutes=45), TEACHER, after(minutes=29)).closes_at == after(minutes=45)
    told = store.latest_audit(1)[0]
    assert (told.action, told.detail["becomes"]) == ("window.extend", after(minutes=45).isoformat())


def test_what_is_over_cannot_be_extended(store: Store) -> None:
    opened = store.open_window(lesson(30), TEACHER, NINE)
    with pytest.raises(WindowOver):
        store.extend_window(opened.id, after(minutes=60), TEACHER, after(minutes=30))
    ended = store.open_window(lesson(90), TEACHER, NINE)
    store.end_window(ended.id, TEACHER, after(minutes=1))
    with pytest.raises(WindowOver):
        store.extend_window(ended.id, after(minutes=60), TEACHER, after(minutes=2))


@pytest.mark.parametrize("unknown", ["w99", "w0", "w-1", "timetable[3]@2026-11-24", "w1 OR 1=1", "", "w" + "9" * 30])
def test_an_unknown_window_is_said_to_be_unknown(store: Store, unknown: str) -> None:
    store.open_window(lesson(), TEACHER, NINE)
    assert store.window(unknown) is None
    with pytest.raises(NotFound):
        store.end_window(unknown, TEACHER, NINE)
    with pytest.raises(NotFound):
        store.extend_window(unknown, after(hours=3), TEACHER, NINE)


def test_no_window_without_an_end_after_its_beginning(store: Store) -> None:
    with pytest.raises(ValueError, match="after it begins"):
        store.open_window(lesson(0), TEACHER, NINE)
    opened = store.open_window(lesson(opens_at=after(hours=5)), TEACHER, NINE)
    for closes_at in (NINE, after(hours=5)):
        with pytest.raises(ValueError, match="end"):
            store.extend_window(opened.id, closes_at, TEACHER, NINE)
    assert len(store.audit()) == 1


def test_a_moment_without_a_time_zone_is_refused(store: Store) -> None:
    naive = replace(lesson(), opens_at=NINE.replace(tzinfo=None), closes_at=after(hours=1).replace(tzinfo=None))
    with pytest.raises(Exception, match="offset-naive"):
        store.open_window(naive, TEACHER, NINE)
    assert store.audit() == ()
