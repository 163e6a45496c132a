"""Which days are school days, and which week of two it is."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from controller.policy import Policy
from controller.school_days import bank_holidays, is_school_date, week_of, why_closed
from controller.timetable import lesson_windows
from tests.controller.policies import changed, policy, problems
from tests.shared_data import shared_data

OF_ENGLAND = ("closures: [{on", "bank_holidays: england-and-wales\nclosures: [{on")
YEAR = ("to: 2026-12-18, half_term", "to: 2027-07-21, half_term")
SLOT = "  - {for: year-5, on: [tue, thu], from: 10:30, to: 11:15, what: computing}\n"
WEEK_A, WEEK_B = (SLOT.replace("on: [tue, thu]", f"on: [tue], week: {week}") for week in "ab")
WEEKLY = (SLOT, WEEK_A + WEEK_B.replace("computing", "music"))
WEEKS = ("day: {starts", "weeks: {a_begins: [2026-09-07, 2026-11-02]}\nday: {starts")
GOV_UK = shared_data("icalendar/alphagov-bank-holidays/lib/data/bank-holidays.json")
NATIONS = ("england-and-wales", "scotland", "northern-ireland")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-24", ""),
        ("2026-11-27", "INSET day"),
        ("2026-10-27", "half-term"),
        ("2026-12-21", "holidays"),
        ("2026-08-31", "Late Summer Bank Holiday"),
    ],
)
def test_a_closed_day_says_why(day: str, why: str) -> None:
    school = policy(OF_ENGLAND)
    assert why_closed(school, date.fromisoformat(day)) == why
    assert is_school_date(school, date.fromisoformat(day)) is (why == "")


def test_a_bank_holiday_in_term_closes_where_the_policy_says_whose() -> None:
    early_may = date(2027, 5, 3)
    assert is_school_date(policy(YEAR), early_may)
    assert not is_school_date(policy(YEAR, OF_ENGLAND), early_may)
    nations = (bank_holidays(nation, 2026) for nation in NATIONS)
    easter, hogmanay, boyne = date(2026, 4, 6), date(2026, 1, 2), date(2026, 7, 13)
    assert [[day in of for day in (easter, hogmanay, boyne)] for of in nations] == [
        [True, False, False],
        [False, True, False],
        [True, False, True],
    ]


def _published() -> list[Any]:
    found = []
    for slug, years in json.loads(GOV_UK.read_text())["divisions"].items():
        nation = next(name for name in NATIONS if name in slug.replace("_", "-"))
        found += [
            pytest.param(nation, int(year), each, id=f"{nation} {year}")
            for year, each in years.items()
            if year.isdecimal()
        ]
    return found


@pytest.mark.parametrize(("nation", "year", "published"), _published())
def test_the_bank_holidays_are_those_that_the_government_publishes(
    nation: str, year: int, published: list[dict[str, str]]
) -> None:
    dates = {datetime.strptime(each["date"], "%d/%m/%Y").date() for each in published}  # noqa: DTZ007
    assert {day for day in bank_holidays(nation, year) if day.weekday() < 5} == {d for d in dates if d.weekday() < 5}


def _lessons(school: Policy, day: date) -> list[str]:
    first = datetime(day.year, day.month, day.day, tzinfo=school.school.zone)
    return [window.why for window in lesson_windows(school, first, first + timedelta(days=1))]


@pytest.mark.parametrize(
    ("day", "week", "lesson"),
    [
        (date(2026, 9, 8), "a", "computing"),
        (date(2026, 9, 15), "b", "music"),
        (date(2026, 10, 20), "a", "computing"),
        (date(2026, 11, 3), "a", "computing"),  # after half-term a week A begins again, whatever the count says
        (date(2026, 11, 10), "b", "music"),
        (date(2026, 9, 3), "b", ""),  # before the first beginning: counted backwards
    ],
)
def test_weeks_a_and_b_alternate_from_each_named_beginning(day: date, week: str, lesson: str) -> None:
    school = policy(WEEKLY, WEEKS)
    assert week_of(school, day) == week
    assert _lessons(school, day) == ([lesson] if lesson else [])


def test_a_week_without_a_beginning_is_a_mistake_and_two_weeks_do_not_overlap() -> None:
    assert "weeks" in str(problems(changed(WEEKLY))[0])
    assert problems(changed(WEEKLY, WEEKS)) == ()
