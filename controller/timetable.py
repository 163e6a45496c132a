"""The timetable, dated lessons and exam periods as windows with absolute times (T1, T2).

A time of day means the first instant of that day at which the school's clock shows it or a later time. So where the
clock leaps (29 March 2026, London: 01:00 to 02:00) a lesson from 01:30, or up to 01:30, begins or ends as the leap
ends, and where an hour comes twice (25 October 2026, 01:00 to 02:00) the first one counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from controller.model import AccessWindow, WindowKind
from controller.policy import DAYS, Clause, Policy, TimetableSlot
from controller.school_days import is_school_date, week_of

__all__ = ["in_break", "in_lesson", "in_school_day", "is_school_date", "lesson_windows", "moment", "next_bell"]

_DAY = timedelta(days=1)
_WEEKDAYS = 5
_LONGEST_HOLIDAY = 400


class Planned(NamedTuple):
    """One entry of the policy on the days on which it takes place."""

    rule: str
    """The line of the policy: `timetable[3]`, `lessons[0]`, `exam_periods[1]`."""
    whom: tuple[str, ...]
    starts: time
    ends: time
    what: str
    level: str | None
    focus: tuple[str, ...]
    clauses: tuple[Clause, ...]
    week: str | None = None
    kind: WindowKind = WindowKind.OPEN


def lesson_windows(policy: Policy, first: datetime, last: datetime) -> tuple[AccessWindow, ...]:
    """Everything planned that overlaps `first <= moment < last`, in the order in which it opens.

    A slot for one group yields `timetable[3]@2026-11-24`; each group of a slot for several has its own window,
    `timetable[3]@2026-11-24.year-5`. Without any terms in the policy every week is a school week.
    """
    zone = policy.school.zone
    days = _days(first.astimezone(zone).date() - _DAY, last.astimezone(zone).date() + _DAY)
    plan = _Plan(policy)
    windows = (window for day in days for each in plan.on(day) for window in _windows(policy, each, day, zone))
    inside = (window for window in windows if window.opens_at < last and window.closes_at > first)
    return tuple(sorted(inside, key=lambda window: (window.opens_at, window.id)))


def exam_runs(policy: Policy, windows: Iterable[AccessWindow], now: datetime) -> bool:
    """Does any exam run now, opened by a person (`windows`) or planned by the policy?"""
    planned = lesson_windows(policy, now, now + timedelta(seconds=1))
    return any(each.kind is WindowKind.EXAM and each.covers(now) for each in (*windows, *planned))


def in_lesson(policy: Policy, now: datetime) -> bool:
    """Does any lesson of the timetable run now?"""
    return any(window.covers(now) for window in lesson_windows(policy, now, now + timedelta(seconds=1)))


def in_school_day(policy: Policy, now: datetime) -> bool:
    """Monday to Friday, in term, not closed, from the start of the day up to the bell (T3)."""
    return _within(policy, policy.day.starts, policy.day.bell, now)


def school_day_began(policy: Policy, now: datetime) -> datetime | None:
    """When the school day began in which `now` lies; None outside of one."""
    day = now.astimezone(policy.school.zone).date()
    return moment(day, policy.day.starts, policy.school.zone) if in_school_day(policy, now) else None


def in_break(policy: Policy, now: datetime) -> bool:
    """Is it one of the breaks of a school day (`day.breaks`)?"""
    return any(_within(policy, pause.starts, pause.ends, now) for pause in policy.day.breaks)


def next_bell(policy: Policy, now: datetime) -> datetime | None:
    """The next bell after `now`, on a school day; None where the policy knows no school day in the coming 400 days."""
    zone = policy.school.zone
    today = now.astimezone(zone).date()
    days = (day for day in _days(today, today + _LONGEST_HOLIDAY * _DAY) if _rings(policy, day))
    bells = (moment(day, policy.day.bell, zone) for day in days)
    return next((bell for bell in bells if bell > now), None)


def moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The first instant of that day at which the clock shows `wall` or later, in UTC."""
    local = datetime.combine(day, wall, tzinfo=zone)
    earlier, later = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    # In a leap, and only there, the reading before it (fold 0) lies after the reading behind it.
    return earlier if earlier <= later else _end_of_leap(later, earlier, zone)


def _end_of_leap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant in `before < instant <= after` from which the clock shows another offset; to the second."""
    offset = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        same = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return before + timedelta(seconds=high)


def _within(policy: Policy, starts: time, ends: time, now: datetime) -> bool:
    zone = policy.school.zone
    day = now.astimezone(zone).date()
    return _rings(policy, day) and moment(day, starts, zone) <= now < moment(day, ends, zone)


def _rings(policy: Policy, day: date) -> bool:
    return day.weekday() < _WEEKDAYS and is_school_date(policy, day)


class _Plan:
    """What the policy plans, sorted once by weekday and date."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._weekly = _by_weekday(policy.timetable)
        self._dated = _by_date(policy)

    def on(self, day: date) -> Iterator[Planned]:
        weekly, dated = self._weekly.get(day.weekday(), ()), self._dated.get(day, ())
        periods = _periods(self._policy, day)
        if not (weekly or dated or periods) or not is_school_date(self._policy, day):
            return
        week = week_of(self._policy, day)
        yield from (each for each in weekly if each.week in (None, week))
        yield from (*dated, *periods)


def _by_weekday(timetable: Sequence[TimetableSlot]) -> Mapping[int, Sequence[Planned]]:
    weekly: dict[int, list[Planned]] = defaultdict(list)
    for number, slot in enumerate(timetable):
        rule = f"timetable[{number}]"
        planned = Planned(
            rule, slot.group, slot.starts, slot.ends, slot.what, slot.level, slot.focus, slot.clauses, slot.week
        )
        for day in dict.fromkeys(slot.on):
            weekly[DAYS.index(day)].append(planned)
    return weekly


def _by_date(policy: Policy) -> Mapping[date, Sequence[Planned]]:
    dated: dict[date, list[Planned]] = defaultdict(list)
    for number, each in enumerate(policy.lessons):
        rule = f"lessons[{number}]"
        planned = Planned(rule, each.group, each.starts, each.ends, each.what, each.level, each.focus, each.clauses)
        dated[each.on].append(planned)
    return dated


def _periods(policy: Policy, day: date) -> tuple[Planned, ...]:
    """Exam periods of a weekday."""
    return tuple(
        Planned(
            f"exam_periods[{number}]",
            each.group,
            each.starts,
            each.ends,
            each.name,
            None,
            each.focus,
            each.clauses,
            kind=WindowKind.EXAM if each.kind == "exam" else WindowKind.OPEN,
        )
        for number, each in enumerate(policy.exam_periods)
        if each.covers(day) and day.weekday() < _WEEKDAYS
    )


def _windows(policy: Policy, planned: Planned, day: date, zone: ZoneInfo) -> Iterator[AccessWindow]:
    opens, closes = moment(day, planned.starts, zone), moment(day, planned.ends, zone)
    groups = tuple(dict.fromkeys(planned.whom))
    # A lesson that lies in a leap of the clock as a whole never happens.
    for whom in groups if opens < closes else ():
        group, school_class, room = _whom(policy, whom)
        yield AccessWindow(
            id=f"{planned.rule}@{day}" if len(groups) == 1 else f"{planned.rule}@{day}.{whom}",
            group=group,
            opens_at=opens,
            closes_at=closes,
            opened_by="timetable",
            why=planned.what,
            level=planned.level,
            focus=planned.focus,
            rule=planned.rule,
            clauses=planned.clauses,
            kind=planned.kind,
            school_class=school_class,
            room=room,
        )


def _whom(policy: Policy, name: str) -> tuple[str, str | None, str | None]:
    """A name under `for:` as year group (empty: every one), class and room."""
    if name in policy.year_groups:
        return name, None, None
    if name in policy.classes:
        return policy.classes[name], name, None
    return "", None, name


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))
