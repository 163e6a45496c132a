"""When an opened lesson closes: after some minutes, at the end of the timetabled lesson, at the bell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from controller.policy import Policy
from controller.timetable import lesson_windows, moment

Until = Literal["bell", "lesson"]


class NoSuchEnd(ValueError):
    """There is no such moment today: the bell has gone, or no lesson is on. The text says which."""


def closing_moment(policy: Policy, whom: str, now: datetime, length: timedelta | Until | datetime) -> datetime:
    """Aware UTC, after `now`. `whom`: a year group, class or room. Raises NoSuchEnd."""
    if isinstance(length, timedelta):
        return now + length
    if isinstance(length, datetime):
        return _later(length.astimezone(UTC), now, "The end asked for is past.")
    if length == "bell":
        return _later(bell(policy, now), now, "The bell has gone today.")
    return _lesson_end(policy, whom, now)


def bell(policy: Policy, now: datetime) -> datetime:
    """Today's bell by the school's own clock, in UTC."""
    today = now.astimezone(policy.school.zone).date()
    return moment(today, policy.day.bell, policy.school.zone)


def _lesson_end(policy: Policy, whom: str, now: datetime) -> datetime:
    """A class has its own lessons and those of its year group."""
    lessons = lesson_windows(policy, now, now + timedelta(seconds=1))
    meant = {whom, policy.year_group_of(whom)}
    ends = [lesson.closes_at for lesson in lessons if lesson.whom in meant and lesson.covers(now)]
    if not ends:
        raise NoSuchEnd("No lesson of this group is on the timetable now.")
    return max(ends)


def _later(asked: datetime, now: datetime, otherwise: str) -> datetime:
    if asked <= now:
        raise NoSuchEnd(otherwise)
    return asked
