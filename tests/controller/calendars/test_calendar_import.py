"""`caretaker import calendar`: what it would do, doing it, doing it twice, and what then counts in the policy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from controller.policy.file import PolicyError, read
from controller.timetable import lesson_windows
from tests.controller.calendars.test_ics import calendar
from tests.controller.commands.conftest import Run, nothing_around, run
from tests.controller.policies import changed

__all__ = ["nothing_around", "run"]

ROOMS = ("roles:\n", "classes: {5b: year-5}\nrooms: {hall: School hall}\nroles:\n")
INSET = "DTSTART;VALUE=DATE:20261126\nSUMMARY:INSET day"
HALF_TERM = "DTSTART;VALUE=DATE:20261026\nDTEND;VALUE=DATE:20261031\nSUMMARY:Half-term"
CODING = "DTSTART;TZID=Europe/London:20261104T130000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2\nSUMMARY:Year 5 coding"
ASSEMBLY = "DTSTART;TZID=Europe/London:20261105T090000\nDURATION:PT20M\nSUMMARY:Assembly\nLOCATION:Hall"
WHOLE_TERM = ("--from", "2026-09-02", "--to", "2026-12-18")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "school.yaml").write_text(changed(ROOMS))
    return tmp_path


def ics(home: Path, *events: str) -> Path:
    path = home / "Council dates.ics"
    path.write_bytes(calendar(*events))
    return path


def named(home: Path, calendars: str) -> None:
    (home / "school.yaml").write_text(changed(ROOMS, ("day: {starts", f"calendars: {calendars}\nday: {{starts")))


def test_closures_are_shown_first_then_written_and_the_second_time_change_nothing(run: Run, home: Path) -> None:
    words = ("import", "calendar", ics(home, INSET, HALF_TERM), "--as", "closures", *WHOLE_TERM, "--home", home)
    looked = run(*words)
    assert (looked.status, "2 new, 0 gone, 0 the same, 0 refused" in looked.out) == (0, True), looked
    assert "calendars: {council-dates: closures}" in looked.out
    assert not (home / "calendars").exists()
    assert "Written" in run(*words, "--apply").out
    kept = (home / "calendars/council-dates.csv").read_bytes()
    again = run(*words, "--apply", "--json").json
    assert (again["written"], again["new"], again["gone"], again["same"]) == (False, [], [], 2)
    assert (home / "calendars/council-dates.csv").read_bytes() == kept
    named(home, "{council-dates: closures}")
    policy = read(home / "school.yaml").policy
    assert any(closure.covers(date(2026, 11, 26)) and closure.why == "INSET day" for closure in policy.closures)


def test_what_is_gone_from_the_calendar_is_gone_and_the_past_stays(run: Run, home: Path) -> None:
    words = ("import", "calendar", "--as", "closures", "--name", "council", "--apply", "--home", home)
    assert run(*words, ics(home, INSET, HALF_TERM), *WHOLE_TERM).status == 0
    said = run(*words, ics(home, INSET.replace("1126", "1125")), "--from", "2026-11-01", "--json").json
    assert [row[0] for row in said["new"]] == ["2026-11-25"]
    assert [row[0] for row in said["gone"]] == ["2026-11-26"]
    assert said["same"] == 1


def test_lessons_are_for_whom_their_text_says_and_open_by_themselves(run: Run, home: Path) -> None:
    path = ics(home, CODING, ASSEMBLY)
    words = ("import", "calendar", path, "--as", "lessons", "--name", "trips", *WHOLE_TERM, "--home", home)
    said = run(*words, "--match", "Year 5=year-5", "--match", "hall=hall", "--focus", "approved", "--apply", "--json")
    assert said.status == 0, said
    named(home, "{trips: lessons}")
    policy = read(home / "school.yaml").policy
    first = date(2026, 11, 4)
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    found = lesson_windows(policy, begins, begins + timedelta(days=2))
    told = [(w.rule, w.whom, w.why, w.focus) for w in found if w.rule.startswith("lessons[")]
    assert told == [
        ("lessons[0]", "year-5", "Year 5 coding", ("approved",)),
        ("lessons[1]", "hall", "Assembly", ("approved",)),
    ]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("DTSTART;VALUE=DATE:20261126\nSUMMARY:Trip", "whole days"),
        ("DTSTART:20261126T060000Z\nDURATION:PT1H\nSUMMARY:Early", "outside the school day"),
        ("DTSTART:20261126T100000Z\nDURATION:P2D\nSUMMARY:Long", "no end on the same day"),
        ("DTSTART:20261126T100000Z\nSUMMARY:Instant", "no end on the same day"),
        ("DTSTART:20261128T100000Z\nDURATION:PT1H\nSUMMARY:Saturday", "outside the school day"),
    ],
)
def test_nothing_opens_the_internet_by_mistake(run: Run, home: Path, event: str, text: str) -> None:
    words = ("import", "calendar", ics(home, event, CODING), "--as", "lessons", "--for", "year-5", *WHOLE_TERM)
    refused = run(*words, "--home", home, "--apply")
    assert refused.status == 1
    assert text in refused.out
    assert "Nothing was written" in refused.out
    assert not (home / "calendars").exists()
    assert run(*words, "--home", home, "--apply", "--only-good").status == 0
    assert (home / "calendars/council-dates.csv").read_text().count("coding") == 2


def test_a_part_of_a_day_closes_no_school(run: Run, home: Path) -> None:
    said = run("import", "calendar", ics(home, ASSEMBLY), "--as", "closures", *WHOLE_TERM, "--home", home)
    assert (said.status, "a part of a day" in said.out) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--as", "holidays"),
        ("--as", "lessons"),
        ("--as", "lessons", "--for", "year-9"),
        ("--as", "lessons", "--match", "no equals sign"),
        ("--as", "closures", "--for", "year-5"),
        ("--as", "closures", "--name", "../up"),
        ("--as", "closures", "--from", "soon"),
        ("--as", "closures", "--from", "2026-12-01", "--to", "2026-11-01"),
        ("--as", "lessons", "--for", "year-5", "--focus", "gone"),
    ],
)
def test_what_cannot_be_meant_is_said(run: Run, home: Path, words: tuple[str, ...]) -> None:
    said = run("import", "calendar", ics(home, INSET), *words, "--home", home)
    assert (said.status, bool(said.err)) == (2, True)


def test_a_calendar_that_is_named_must_be_there_and_whole(home: Path) -> None:
    named(home, "{trips: lessons}")
    with pytest.raises(PolicyError, match="caretaker import calendar"):
        read(home / "school.yaml")
    folder = home / "calendars"
    folder.mkdir()
    (folder / "trips.csv").write_text("on,from,to,for,what,focus,uid\n2026-11-26,10:00,9:00,year-5,x,,\nsoon,,,,,,\n")
    with pytest.raises(PolicyError) as refused:
        read(home / "school.yaml")
    assert [problem.line for problem in refused.value.problems] == [2, 3]
    (folder / "trips.csv").write_text("on,from,to,for,what\n2026-11-26,10:00,11:00,year-9,x\n")
    with pytest.raises(PolicyError, match="no year group, class or room 'year-9'"):
        read(home / "school.yaml")
