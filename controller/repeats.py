"""A window that comes every week: a club, until a day, on school days only. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from controller.model import AccessWindow
from controller.policy import Policy
from controller.school_days import is_school_date
from controller.timetable import moment

LONGEST = timedelta(days=366)
_A_WEEK = timedelta(days=7)


def every_week(policy: Policy, window: AccessWindow, until: date) -> tuple[AccessWindow, ...]:
    """The window and its repetitions up to that day, at the same time by the school's clock, each as long as the first.

    Raises ValueError for a day before the first, or more than a year on.
    """
    zone = policy.school.zone
    first = window.opens_at.astimezone(zone)
    if not timedelta(0) <= until - first.date() <= LONGEST:
        raise ValueError(f"expected a day from {first.date()} on, at most {LONGEST.days} days later")
    length, wall = window.closes_at - window.opens_at, first.time()
    opened = {
        day: window.opens_at if day == first.date() else moment(day, wall, zone) for day in _days(first.date(), until)
    }
    return tuple(
        replace(window, opens_at=opens_at, closes_at=opens_at + length)
        for day, opens_at in opened.items()
        if is_school_date(policy, day)
    )


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _A_WEEK for number in range((last - first).days // 7 + 1))
