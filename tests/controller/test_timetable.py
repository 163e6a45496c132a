"""The timetable as windows: school weeks only, local time, and the two nights on which the clock jumps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.model import WindowKind
from controller.policy import DAYS, Policy
from controller.timetable import exam_runs, in_break, in_lesson, in_school_day, lesson_windows, moment, next_bell
from tests.controller.policies import SMALL, load, policy
from tests.controller.school import NINE, window

LONDON = ZoneInfo("Europe/London")
POLICY = policy()
DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def ids(first: str, last: str, on: Policy = POLICY) -> list[str]:
    return [window.id for window in lesson_windows(on, london(first), london(last))]


def with_slots(*slots: str) -> Policy:
    """The small policy without terms and closures, and with these lessons."""
    start, end = SMALL.index("timetable:"), SMALL.index("day:")
    lines = "".join(f"  - {{for: year-5, what: computing, {slot}}}\n" for slot in slots)
    text = f"{SMALL[:start]}timetable:\n{lines}{SMALL[end:]}"
    return load(text[: text.index("terms:")] + text[text.index("segments:") :]).policy


def test_a_week_of_school_holds_each_lesson_on_its_days_in_order() -> None:
    assert ids("2026-11-16", "2026-11-21") == [
        "timetable[0]@2026-11-17",
        "timetable[1]@2026-11-18.year-1",
        "timetable[1]@2026-11-18.year-5",
        "timetable[0]@2026-11-19",
    ]


def test_a_window_says_what_it_is_and_which_line_of_the_policy_allows_it() -> None:
    (window,) = lesson_windows(POLICY, london("2026-11-17"), london("2026-11-18"))
    assert (window.opens_at, window.closes_at) == (utc("2026-11-17 10:30"), utc("2026-11-17 11:15"))
    assert (window.group, window.opened_by, window.why, window.rule) == (
        "year-5",
        "timetable",
        "computing",
        "timetable[0]",
    )
    assert window.clauses == ("T1", "T2")
    assert lesson_windows(POLICY, london("2026-11-18"), london("2026-11-19"))[0].focus == ("approved",)


@pytest.mark.parametrize(
    ("day", "lessons"),
    [
        pytest.param("2026-09-01", 0, id="the day before term"),
        pytest.param("2026-09-03", 1, id="the first lesson of term"),
        pytest.param("2026-10-22", 1, id="the last one before half-term"),
        pytest.param("2026-10-27", 0, id="half-term"),
        pytest.param("2026-11-03", 1, id="after half-term"),
        pytest.param("2026-11-27", 0, id="an INSET day"),
        pytest.param("2026-12-17", 1, id="the last lesson of term"),
        pytest.param("2026-12-22", 0, id="the holidays"),
    ],
)
def test_lessons_are_in_term_outside_half_term_and_closures(day: str, lessons: int) -> None:
    start = london(day)
    assert len(lesson_windows(POLICY, start, start + DAY)) == lessons


def test_a_lesson_on_a_day_of_closure_does_not_open() -> None:
    closed = policy(("on: 2026-11-27", "from: 2026-11-17, to: 2026-11-18"))
    assert ids("2026-11-16", "2026-11-21", closed) == ["timetable[0]@2026-11-19"]


def test_without_terms_every_week_is_a_school_week() -> None:
    always = with_slots("on: [tue], from: 09:00, to: 10:00")
    assert ids("2026-12-22", "2027-01-06", always) == [
        f"timetable[0]@{day}" for day in ("2026-12-22", "2026-12-29", "2027-01-05")
    ]


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("10:00", "10:30", 0),  # up to its beginning
        ("10:00", "10:31", 1),
        ("11:14", "12:00", 1),
        ("11:15", "12:00", 0),  # from its end
        ("10:45", "10:46", 1),
        ("09:00", "12:00", 1),
    ],
)
def test_windows_are_half_open_and_those_that_overlap_are_found(first: str, last: str, found: int) -> None:
    assert len(ids(f"2026-11-17 {first}", f"2026-11-17 {last}")) == found


def test_the_same_wall_time_is_another_moment_in_summer() -> None:
    summer, winter = ids_at("2026-10-22"), ids_at("2026-11-05")
    assert (summer, winter) == ([utc("2026-10-22 09:30")], [utc("2026-11-05 10:30")])


def ids_at(day: str) -> list[datetime]:
    return [window.opens_at for window in lesson_windows(POLICY, london(day), london(day) + DAY)]


SPRING, AUTUMN = "2026-03-29", "2026-10-25"

# On 29 March 2026 London's clock goes from 01:00 to 02:00 at 01:00 UTC; on 25 October from 02:00 back to 01:00, at
# 01:00 UTC too. Day, from, to, opens and closes in UTC; None where the lesson never happens.
JUMPS = [
    (SPRING, "00:30", "00:59", "00:30", "00:59"),
    (SPRING, "00:30", "01:00", "00:30", "01:00"),
    (SPRING, "00:30", "01:30", "00:30", "01:00"),  # ends in the leap: as it ends
    (SPRING, "01:30", "02:30", "01:00", "01:30"),  # begins in the leap: as it ends
    (SPRING, "01:00", "02:00", None, None),  # lies in the leap as a whole
    (SPRING, "01:10", "01:50", None, None),
    (SPRING, "02:00", "03:00", "01:00", "02:00"),
    (AUTUMN, "00:30", "00:59", "23:30", "23:59"),  # of the day before, in UTC
    (AUTUMN, "00:30", "01:30", "23:30", "00:30"),  # ends at the first 01:30
    (AUTUMN, "01:15", "01:45", "00:15", "00:45"),  # once, not twice
    (AUTUMN, "01:30", "02:00", "00:30", "02:00"),  # the clock shows 02:00 only after the second hour
    (AUTUMN, "02:00", "03:00", "02:00", "03:00"),
]


@pytest.mark.parametrize(("day", "starts", "ends", "opens", "closes"), JUMPS)
def test_a_lesson_in_the_night_the_clock_jumps(
    day: str, starts: str, ends: str, opens: str | None, closes: str | None
) -> None:
    on = with_slots(f"on: [sun], from: {starts}, to: {ends}")
    noon = utc(f"{day} 12:00")
    found = [(f"{w.opens_at:%H:%M}", f"{w.closes_at:%H:%M}") for w in lesson_windows(on, noon - DAY, noon)]
    assert found == ([(opens, closes)] if opens else [])


@pytest.mark.parametrize(
    ("zone", "day", "wall", "instant"),
    [
        ("Africa/Cairo", "2026-04-24", "00:30", "2026-04-23 22:00"),  # the leap is at midnight
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03 15:30"),  # a leap of half an hour
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30 10:00"),  # the day that Samoa left out
        ("America/St_Johns", "2026-11-01", "01:30", "2026-11-01 04:00"),  # an hour twice, at half-hours of UTC
    ],
)
def test_other_zones_keep_the_same_rule(zone: str, day: str, wall: str, instant: str) -> None:
    assert moment(date.fromisoformat(day), time.fromisoformat(wall), ZoneInfo(zone)) == utc(instant)


def naive_moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Minute by minute: the first at which the clock of that day shows `wall` or later."""
    minute = datetime.combine(day, time(0), tzinfo=UTC) - timedelta(hours=15)
    while (minute.astimezone(zone).date(), minute.astimezone(zone).time()) < (day, wall):
        minute += timedelta(minutes=1)
    return minute


@given(
    zone=st.sampled_from(
        ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu"]
    ),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)) | st.sampled_from([date(2026, 3, 29), date(2026, 10, 25)]),
    wall=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_a_time_of_day_is_the_first_instant_at_which_the_clock_shows_it_or_later(
    zone: str, day: date, wall: time
) -> None:
    assert moment(day, wall, ZoneInfo(zone)) == naive_moment(day, wall, ZoneInfo(zone))


def naive_minutes(slots: Sequence[tuple[str, time, time]], first: datetime, minutes: int) -> list[bool]:
    """Minute by minute with a clock on the wall: a lesson is on once its beginning was shown, until its end is."""
    day, begun, ended, on = first.astimezone(LONDON).date() - DAY, set[int](), set[int](), []
    minute, last = datetime.combine(day, time(0), tzinfo=UTC) - timedelta(hours=1), first + timedelta(minutes=minutes)
    while minute < last:
        local = minute.astimezone(LONDON)
        if local.date() != day:
            day, begun, ended = local.date(), set(), set()
        for number, (weekday, starts, ends) in enumerate(slots):
            if DAYS[day.weekday()] == weekday:
                begun |= {number} if local.time() >= starts else set()
                ended |= {number} if local.time() >= ends else set()
        if minute >= first:
            on.append(bool(begun - ended))
        minute += timedelta(minutes=1)
    return on


WALL = st.integers(0, 1438).map(lambda at: time(at // 60, at % 60))
SLOTS = st.lists(
    st.tuples(st.sampled_from(DAYS), WALL, WALL).filter(lambda slot: slot[1] < slot[2]), min_size=1, max_size=4
)


@given(slots=SLOTS, around=st.sampled_from(["2026-03-29", "2026-10-25", "2026-11-17"]), offset=st.integers(-1440, 1440))
def test_the_windows_are_those_a_clock_on_the_wall_would_open(
    slots: list[tuple[str, time, time]], around: str, offset: int
) -> None:
    first, minutes = utc(around) + timedelta(minutes=offset), 1440
    on = with_slots(*(f"on: [{day}], from: '{starts:%H:%M}', to: '{ends:%H:%M}'" for day, starts, ends in slots))
    windows = lesson_windows(on, first, first + timedelta(minutes=minutes))
    every = (first + timedelta(minutes=number) for number in range(minutes))
    assert [any(window.covers(minute) for window in windows) for minute in every] == naive_minutes(
        slots, first, minutes
    )


@given(cut=st.integers(1, 14 * 1440 - 1))
def test_two_stretches_hold_the_lessons_of_the_whole(cut: int) -> None:
    first, last = utc("2026-10-19 00:00"), utc("2026-11-02 00:00")
    middle = first + timedelta(minutes=cut)
    parts = {*lesson_windows(POLICY, first, middle), *lesson_windows(POLICY, middle, last)}
    assert parts == set(lesson_windows(POLICY, first, last))


def test_forty_slots_and_two_weeks_give_each_lesson_its_own_id() -> None:
    on = with_slots(*(f"on: [mon, tue, wed, thu, fri], from: {9 + n % 6}:{n:02}, to: 15:15" for n in range(40)))
    windows = lesson_windows(on, london("2026-11-16"), london("2026-11-30"))
    assert len({window.id for window in windows}) == len(windows) == 400
    assert list(windows) == sorted(windows, key=lambda window: window.opens_at)


@pytest.mark.parametrize(
    ("at", "school", "lesson", "pause"),
    [
        ("2026-11-17 08:39", False, False, False),
        ("2026-11-17 08:40", True, False, False),
        ("2026-11-17 10:15", True, False, True),
        ("2026-11-17 10:25", True, False, False),
        ("2026-11-17 10:30", True, True, False),
        ("2026-11-17 11:15", True, False, False),
        ("2026-11-17 15:14", True, False, False),
        ("2026-11-17 15:15", False, False, False),
        ("2026-11-21 10:15", False, False, False),  # a Saturday
        ("2026-11-27 10:15", False, False, False),  # INSET day
        ("2026-10-27 10:45", False, False, False),  # half-term
    ],
)
def test_school_day_lesson_and_break(at: str, school: bool, lesson: bool, pause: bool) -> None:
    now = london(at)
    assert (in_school_day(POLICY, now), in_lesson(POLICY, now), in_break(POLICY, now)) == (school, lesson, pause)


@pytest.mark.parametrize(
    ("now", "bell"),
    [
        ("2026-11-17 09:00", "2026-11-17 15:15"),
        ("2026-11-17 15:14", "2026-11-17 15:15"),
        ("2026-11-17 15:15", "2026-11-18 15:15"),
        ("2026-11-26 16:00", "2026-11-30 15:15"),  # INSET day and a weekend lie between
        ("2026-10-23 16:00", "2026-11-02 15:15"),  # half-term, and the clock goes back in it
        ("2026-08-01 12:00", "2026-09-02 15:15"),
    ],
)
def test_the_next_bell_rings_on_the_next_school_day(now: str, bell: str) -> None:
    assert next_bell(POLICY, london(now)) == london(bell)


def test_after_the_last_term_of_the_policy_no_bell_is_known() -> None:
    assert next_bell(POLICY, london("2026-12-18 15:15")) is None


@pytest.mark.parametrize(
    ("kind", "minutes", "runs"),
    [("exam", 0, True), ("exam", 59, True), ("exam", 60, False), ("open", 0, False), ("pause", 0, False)],
)
def test_an_exam_runs_up_to_its_end(kind: str, minutes: int, *, runs: bool) -> None:
    exam = window(1, kind=WindowKind(kind), focus=("approved-sites",))
    assert exam_runs(POLICY, [exam], NINE + timedelta(minutes=minutes)) is runs
