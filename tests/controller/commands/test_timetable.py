"""What is planned, as a table and as a calendar file for staff (T1)."""

from __future__ import annotations

from pathlib import Path

import pytest
from icalendar import Calendar

from tests.controller.commands.conftest import Run
from tests.fakes.site import POLICY

WEEK = ("--from", "2026-11-23", "--to", "2026-11-29")
CLOSED = f"{POLICY}closures: [{{on: 2026-11-26, why: INSET day}}]\n"


@pytest.fixture
def planned(school: Path) -> Path:
    (school / "school.yaml").write_text(CLOSED)
    return school


def test_a_week_is_shown_day_by_day_with_what_is_closed(run: Run, planned: Path) -> None:
    said = run("timetable", "show", *WEEK, "--home", planned)
    assert said.status == 0, said.err
    assert [word in said.out for word in ("Tue 24 Nov", "09:15", "10:15", "year-5", "computing")] == [True] * 5
    assert "2026-11-26: closed, INSET day" in said.out
    told = run("timetable", "show", *WEEK, "--home", planned, "--json").json
    assert told["closed"] == {"2026-11-26": "INSET day"}
    assert [(each["day"], each["rule"]) for each in told["lessons"]] == [("Tue 24 Nov", "timetable[0]")]


def test_the_clock_of_the_school_counts_in_summer_and_in_winter(run: Run, planned: Path) -> None:
    (planned / "school.yaml").write_text(
        POLICY.replace("from: 2026-09-02, to: 2026-12-18", "from: 2026-09-02, to: 2027-07-20")
    )
    for first in ("2026-11-24", "2027-06-15"):
        told = run("timetable", "show", "--from", first, "--to", first, "--home", planned, "--json").json
        assert [(each["from"], each["to"]) for each in told["lessons"]] == [("09:15", "10:15")]


def test_days_without_lessons_say_so(run: Run, planned: Path) -> None:
    said = run("timetable", "show", "--from", "2026-11-28", "--to", "2026-11-29", "--home", planned)
    assert said.out == "Nothing is planned on these days.\n"


def test_it_is_written_as_a_calendar_that_others_can_read(run: Run, planned: Path, tmp_path: Path) -> None:
    file = tmp_path / "staff.ics"
    assert run("timetable", "export", "--ics", file, *WEEK, "--home", planned).out == f"Timetable: {file}\n"
    events = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    lessons = [event for event in events if "computing" in str(event["SUMMARY"])]
    assert [event.decoded("DTSTART").isoformat() for event in lessons] == ["2026-11-24T09:15:00+00:00"]
    on_paper = run("timetable", "export", *WEEK, "--home", planned)
    assert on_paper.out.startswith("BEGIN:VCALENDAR")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "tomorrow"), "Write days as 2026-11-23."),
        (("--from", "2026-11-24", "--to", "2026-11-23"), "expected a last day from the first on"),
        (("--from", "2026-11-24", "--to", "2036-11-23"), "at most 800 days later"),
    ],
)
@pytest.mark.parametrize("command", ["show", "export"])
def test_days_that_are_none_are_refused(
    run: Run, planned: Path, command: str, words: tuple[str, ...], said: str
) -> None:
    refused = run("timetable", command, *words, "--home", planned)
    assert (refused.status, said in refused.err) == (2, True), refused


def test_a_broken_policy_plans_nothing_and_names_the_command_that_tells_more(run: Run, planned: Path) -> None:
    (planned / "school.yaml").write_text("school: {}\n")
    refused = run("timetable", "show", "--home", planned)
    assert refused.status == 1
    assert "caretaker policy check" in refused.err


def test_a_file_that_cannot_be_written_is_named(run: Run, planned: Path, tmp_path: Path) -> None:
    refused = run("timetable", "export", "--ics", tmp_path / "nowhere" / "staff.ics", *WEEK, "--home", planned)
    assert (refused.status, "cannot be written" in refused.err) == (1, True)
