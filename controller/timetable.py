"""The weekly timetable, terms and closures as windows with absolute times (T1, T2).

A time of day means the first instant of that day at which the school's clock shows it or a later time. So where the
clock leaps (29 March 2026, London: 01:00 to 02:00) a lesson from 01:30, or up to 01:30, begins or ends as the leap
ends, and where an hour comes twice (25 October 2026, 01:00 to 02:00) the first one counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.model import AccessWindow
from controller.policy import DAYS, Policy, TimetableSlot

_DAY = timedelta(days=1)
_WEEKDAYS = 5
_LONGEST_HOLIDAY = 400

Numbered = tuple[int, TimetableSlot]


def lesson_windows(policy: Policy, first: datetime, last: datetime) -> tuple[AccessWindow, ...]:
    """The lessons of the timetable that overlap `first <= moment < last`, in the order in which they open.

    A slot for one group yields `timetable[3]@2026-11-24`; each group of a slot for several has its own window,
    `timetable[3]@2026-11-24.year-5`. Without any terms in the policy every week is a school week.
    """
    weekly = _by_weekday(policy.timetable)
    zone = policy.school.zone
    windows = (
        window
        for day in _days(first.astimezone(zone).date() - _DAY, last.astimezone(zone).date() + _DAY)
        if day.weekday() in weekly and is_school_date(policy, day)
        for window in _windows(weekly[day.weekday()], day, zone)
    )
    inside = (window for window in windows if window.opens_at < last and window.closes_at > first)
    return tuple(sorted(inside, key=lambda window: (window.opens_at, window.id)))


def in_lesson(policy: Policy, now: datetime) -> bool:
    """Does any lesson of the timetable run now?"""
    return any(window.covers(now) for window in lesson_windows(policy, now, now + timedelta(seconds=1)))


def in_school_day(policy: Policy, now: datetime) -> bool:
    """Monday to Friday, in term, not closed, from the start of the day up to the bell (T3)."""
    return _within(policy, policy.day.starts, policy.day.bell, now)


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


def is_school_date(policy: Policy, day: date) -> bool:
    """In a term, outside its half-term, not closed; any day where the policy gives no terms."""
    if any(closure.covers(day) for closure in policy.closures):
        return False
    return not policy.terms or any(
        term.covers(day) and not (term.half_term and term.half_term.covers(day)) for term in policy.terms
    )


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


def _by_weekday(timetable: Sequence[TimetableSlot]) -> Mapping[int, Sequence[Numbered]]:
    weekly: dict[int, list[Numbered]] = defaultdict(list)
    for number, slot in enumerate(timetable):
        for day in dict.fromkeys(slot.on):
            weekly[DAYS.index(day)].append((number, slot))
    return weekly


def _windows(slots: Sequence[Numbered], day: date, zone: ZoneInfo) -> Iterator[AccessWindow]:
    for number, slot in slots:
        opens, closes = moment(day, slot.starts, zone), moment(day, slot.ends, zone)
        groups = tuple(dict.fromkeys(slot.group))
        # A lesson that lies in a leap of the clock as a whole never happens.
        for group in groups if opens < closes else ():
            rule = f"timetable[{number}]"
            yield AccessWindow(
                id=f"{rule}@{day}" if len(groups) == 1 else f"{rule}@{day}.{group}",
                group=group,
                opens_at=opens,
                closes_at=closes,
                opened_by="timetable",
                why=slot.what,
                level=slot.level,
                focus=slot.focus,
                rule=rule,
                clauses=slot.clauses,
            )


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))
