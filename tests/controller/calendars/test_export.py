"""The timetable as an iCalendar file, and a year of it worked out by somebody else's library: the same lessons."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from controller.calendars.export import calendar_of
from controller.policy import DAYS, Policy
from controller.timetable import lesson_windows, moment
from tests.controller.policies import SMALL, load, policy

MADE = datetime(2026, 9, 1, tzinfo=UTC)
FIRST, LAST = date(2026, 9, 1), date(2027, 8, 31)
TERMS = """terms:
  - {name: Autumn, from: 2026-09-02, to: 2026-12-18, half_term: {from: 2026-10-26, to: 2026-10-30}}
  - {name: Spring, from: 2027-01-04, to: 2027-03-25, half_term: {from: 2027-02-15, to: 2027-02-19}}
  - {name: Summer, from: 2027-04-12, to: 2027-07-21, half_term: {from: 2027-05-31, to: 2027-06-04}}
bank_holidays: england-and-wales
closures: [{on: 2026-11-27, why: INSET day}, {from: 2027-03-01, to: 2027-03-03, why: burst pipe}]
classes: {5b: year-5}
rooms: {hall: School hall}
weeks: {a_begins: [2026-09-07, 2026-11-02, 2027-01-04]}
lessons: [{for: 5b, on: 2026-11-25, from: 13:00, to: 14:00, what: coding day}]
exam_periods: [{name: Mocks, for: year-5, from: 2027-05-10, to: 2027-05-13, focus: [approved]}]
"""


def school(slots: list[str]) -> Policy:
    head, rest = SMALL[: SMALL.index("terms:")], SMALL[SMALL.index("segments:") :]
    begin, end = rest.index("timetable:"), rest.index("day: {")
    lines = "".join(f"  - {{{slot}}}\n" for slot in slots)
    return load(f"{head}{TERMS}{rest[:begin]}timetable:\n{lines}{rest[end:]}").policy


@st.composite
def slots(draw: st.DrawFn) -> str:
    whom = draw(st.sampled_from(("year-1", "year-5", "5b", "hall", "[year-1, year-5]", "[5b, hall]")))
    on = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True))
    begins = draw(st.integers(0, 1430))
    ends = draw(st.integers(begins + 1, 1439))
    week = draw(st.sampled_from(("", "", ", week: a", ", week: b")))
    hours = f"from: '{begins // 60:02}:{begins % 60:02}', to: '{ends // 60:02}:{ends % 60:02}'"
    return f"for: {whom}, on: [{', '.join(on)}], {hours}, what: lesson {draw(st.integers(1, 3))}{week}"


def ours(of: Policy, first: date, last: date) -> list[tuple[datetime, datetime, str]]:
    zone = of.school.zone
    begins = moment(first, datetime.min.time(), zone)
    ends = moment(last + timedelta(days=1), datetime.min.time(), zone)
    found = (w for w in lesson_windows(of, begins, ends) if begins <= w.opens_at < ends)
    return sorted((w.opens_at, w.closes_at, f"{w.why} ({w.whom})") for w in found)


def theirs(raw: bytes, first: date, last: date) -> list[tuple[datetime, datetime, str]]:
    events = recurring_ical_events.of(Calendar.from_ical(raw)).between(first, last + timedelta(days=1))
    return sorted((e["DTSTART"].dt.astimezone(UTC), e["DTEND"].dt.astimezone(UTC), str(e["SUMMARY"])) for e in events)


def test_a_year_of_the_timetable_is_what_another_library_makes_of_it() -> None:
    of = school(
        [
            "for: year-5, on: [mon, tue, wed, thu, fri], from: 09:15, to: 10:15, what: maths",
            "for: [year-1, year-5], on: [wed], from: 13:30, to: 14:00, what: phonics, focus: [approved]",
            "for: 5b, on: [tue], from: 11:00, to: 12:00, what: computing, week: a",
            "for: hall, on: [fri], from: 14:30, to: 15:00, what: assembly",
        ]
    )
    mine = ours(of, FIRST, LAST)
    assert len(mine) > 250
    assert mine == theirs(calendar_of(of, FIRST, LAST, MADE), FIRST, LAST)


@settings(max_examples=25, deadline=None)
@given(st.lists(slots(), min_size=1, max_size=6))
def test_any_timetable_is_the_same_to_another_library(drawn: list[str]) -> None:
    of = school(drawn)
    assert ours(of, FIRST, LAST) == theirs(calendar_of(of, FIRST, LAST, MADE), FIRST, LAST)


def test_the_file_is_the_same_however_often_it_is_made() -> None:
    assert calendar_of(policy(), FIRST, LAST, MADE) == calendar_of(policy(), FIRST, LAST, MADE)
    assert b"BEGIN:VTIMEZONE" in calendar_of(policy(), FIRST, LAST, MADE)
