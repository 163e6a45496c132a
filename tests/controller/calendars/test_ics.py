"""An iCalendar file as single occurrences: rules, exceptions, zones, and everything a hostile file can hold."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.calendars.apart import read_apart
from controller.calendars.ics import LARGEST, Found, UnreadableCalendar, read_ics
from tests.shared_data import shared_cases

LONDON = ZoneInfo("Europe/London")
FIRST, LAST = date(2026, 9, 1), date(2027, 7, 31)
NEW_YORK = """BEGIN:VTIMEZONE
TZID:Somewhere over there
BEGIN:STANDARD
DTSTART:19701101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
"""


def calendar(*events: str, before: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\nUID:{number}\n{each.strip()}\nEND:VEVENT\n" for number, each in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{before}{body}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(*events: str, before: str = "", first: date = FIRST, last: date = LAST) -> Found:
    return read_ics(calendar(*events, before=before), LONDON, first, last)


def read_or_refused(raw: bytes, first: date, last: date) -> tuple[str, Found]:
    """What was said where it was refused; any other exception fails the test."""
    try:
        return "", read_ics(raw, LONDON, first, last)
    except UnreadableCalendar as refused:
        return str(refused), Found()


def days(*events: str) -> list[str]:
    return [f"{each.first}" + (f" {each.starts:%H:%M}" if each.starts else "") for each in read(*events).occurrences]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261127", ["2026-11-27"]),
        ("DTSTART:20261124T091500Z\nDTEND:20261124T101500Z", ["2026-11-24 09:15"]),
        ("DTSTART:20260915T091500Z\nDTEND:20260915T101500Z", ["2026-09-15 10:15"]),  # summer, by the school's clock
        ("DTSTART:20260915T091500\nDURATION:PT1H", ["2026-09-15 09:15"]),  # floating: the school's own
        ("DTSTART;TZID=America/New_York:20261124T041500\nDURATION:PT1H", ["2026-11-24 09:15"]),
        ("DTSTART;TZID=GMT Standard Time:20260915T091500\nDURATION:PT1H", ["2026-09-15 09:15"]),  # as Outlook says it
        (
            "DTSTART;TZID=Europe/London:20261020T091500\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3",
            ["2026-10-20 09:15", "2026-10-27 09:15", "2026-11-03 09:15"],  # the clock goes back in between
        ),
        (
            "DTSTART;VALUE=DATE:20261102\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20261109",
            ["2026-11-02", "2026-11-16"],
        ),
        ("DTSTART;VALUE=DATE:20261102\nRDATE;VALUE=DATE:20261105,20261106", ["2026-11-02", "2026-11-05", "2026-11-06"]),
        ("DTSTART;VALUE=DATE:20261102\nSTATUS:CANCELLED", []),
        ("DTSTART;VALUE=DATE:19990101\nRRULE:FREQ=YEARLY;UNTIL=99991231", ["2027-01-01"]),
        ("DTSTART;VALUE=DATE:99990101", []),
        ("DTSTART;VALUE=DATE:20200101", []),
    ],
)
def test_events_become_days_and_hours_by_the_schools_clock(event: str, expected: list[str]) -> None:
    assert days(event) == expected


def test_a_zone_that_only_the_file_knows_is_believed() -> None:
    found = read("DTSTART;TZID=Somewhere over there:20261124T041500\nDURATION:PT1H", before=NEW_YORK)
    assert [each.starts for each in found.occurrences] == [time(9, 15)]


def test_one_lesson_of_a_series_that_was_moved_or_called_off() -> None:
    series = "UID:s\nDTSTART;TZID=Europe/London:20261103T091500\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"
    moved = "UID:s\nRECURRENCE-ID;TZID=Europe/London:20261110T091500\nDTSTART:20261112T140000Z\nDURATION:PT1H"
    off = "UID:s\nRECURRENCE-ID;TZID=Europe/London:20261117T091500\nDTSTART:20261117T091500Z\nSTATUS:CANCELLED"
    text = calendar().decode()
    body = "".join(f"BEGIN:VEVENT\r\n{each}\r\nEND:VEVENT\r\n" for each in (series, moved, off))
    raw = text.replace("END:VCALENDAR", body + "END:VCALENDAR").replace("\r\n", "\n").encode()
    found = read_ics(raw, LONDON, FIRST, LAST)
    assert [(each.first.day, each.starts) for each in found.occurrences] == [(3, time(9, 15)), (12, time(14, 0))]


def test_whole_days_end_the_day_before_their_end() -> None:
    (half_term,) = read("DTSTART;VALUE=DATE:20261026\nDTEND;VALUE=DATE:20261031").occurrences
    assert (half_term.first, half_term.last, half_term.starts) == (date(2026, 10, 26), date(2026, 10, 30), None)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("SUMMARY:no beginning", "no DTSTART"),
        ("DTSTART:20261124T091500Z\nRRULE:FREQ=SECONDLY", "repeats secondly"),
        ("DTSTART:20261124T091500Z\nRRULE:FREQ=MINUTELY;COUNT=5", "repeats minutely"),
        ("DTSTART:20261124T091500Z\nRRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5", "repeats 25 times a day"),
        ("DTSTART:20269924T091500Z", "cannot be read"),
        ("DTSTART:20261124T091500Z\nRRULE:FREQ=WEEKLY;INTERVAL=0", "INTERVAL below 1"),
        ("DTSTART:20261124T091500Z\nRRULE:FREQ=WEEKLY;UNTIL=20261201;COUNT=2", "dates cannot be worked out"),
        ("DTSTART:20261124T091500Z\nRRULE:COUNT=7", ""),
    ],
)
def test_an_event_that_is_wrong_is_named_and_hides_no_other(event: str, text: str) -> None:
    found = read(f"SUMMARY:odd one\n{event}" if "SUMMARY" not in event else event, "DTSTART;VALUE=DATE:20261127")
    assert [f"{each.first}" for each in found.occurrences if each.starts is None] == ["2026-11-27"]
    (problem,) = found.problems
    assert text in str(problem)
    assert str(problem).startswith("event 1 (")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", "no BEGIN:VCALENDAR"),
        (b"<html>BEGIN:VEVENT</html>", "no BEGIN:VCALENDAR"),
        (b"BEGIN:VCALENDAR\n\xff", "line 2 is not UTF-8"),
        (b"x" * (LARGEST + 1), "at most 4 MiB"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused_whole(raw: bytes, text: str) -> None:
    with pytest.raises(UnreadableCalendar) as refused:
        read_ics(raw, LONDON, FIRST, LAST)
    assert text in str(refused.value)


def test_more_occurrences_than_a_school_has_are_refused_event_by_event() -> None:
    every_hour = ",".join(map(str, range(24)))
    rule = f"DTSTART:20260901T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR={every_hour}"
    found = read(*[rule] * 3)
    assert len(found.occurrences) <= 20_000
    assert "more than 20000 occurrences" in str(found.problems[-1])


@pytest.mark.parametrize("path", shared_cases("icalendar", "**/*.ics"))
def test_every_calendar_of_the_field_is_accepted_or_refused_with_a_message(path: Path) -> None:
    raw = path.read_bytes()
    for year in (2005, 2012, 2026):
        said, found = read_or_refused(raw, date(year, 1, 1), date(year + 1, 12, 31))
        assert said or found.events >= len(found.problems)
        assert all(str(problem) for problem in found.problems)
        assert all(year <= each.last.year and each.first.year <= year + 1 for each in found.occurrences)


LINES = st.lists(
    st.sampled_from(
        (
            "BEGIN:VEVENT", "END:VEVENT", "UID:1", "DTSTART:20261124T091500Z", "DTSTART;VALUE=DATE:20261127",
            "DTEND:20261124T081500Z", "DURATION:-PT1H", "RRULE:FREQ=DAILY", "RRULE:FREQ=YEARLY;BYDAY=99MO", "RDATE:x",
            "EXDATE;TZID=Nowhere:20261124T091500", "RECURRENCE-ID:20261124T091500Z", "DTSTART:99991231T235959Z",
            "DTSTART;TZID=\u00e9:20261124T091500", "SUMMARY:\ttab", "BEGIN:VTIMEZONE", "TZID:Nowhere", "END:VTIMEZONE",
            "BEGIN:VCALENDAR", "END:VCALENDAR", "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "\x00", ";:;",
        )
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=150)
@given(LINES)
def test_whatever_stands_in_a_file_it_is_read_or_refused(lines: list[str]) -> None:
    raw = "\r\n".join(("BEGIN:VCALENDAR", *lines, "END:VCALENDAR")).encode()
    said, found = read_or_refused(raw, date(2026, 11, 1), date(2026, 12, 31))
    assert said or all(each.first <= each.last for each in found.occurrences if each.starts is None)


def test_a_calendar_is_read_in_a_process_of_its_own() -> None:
    raw = calendar("DTSTART;VALUE=DATE:20261127\nSUMMARY:INSET day")
    assert read_apart(raw, LONDON, FIRST, LAST) == read_ics(raw, LONDON, FIRST, LAST)
    with pytest.raises(UnreadableCalendar, match="no BEGIN:VCALENDAR"):
        read_apart(b"no", LONDON, FIRST, LAST)


def test_a_calendar_that_takes_too_long_is_refused() -> None:
    slow = "DTSTART:16000101T090000Z\nRRULE:FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2"  # a day that never comes
    with pytest.raises(UnreadableCalendar, match="expected a calendar of a school"):
        read_apart(calendar(*[slow] * 2000), LONDON, FIRST, LAST, deadline=3.0)
