"""The timetable as an iCalendar file: a weekly rule for each slot, with the days on which the school is shut. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from controller.model import AccessWindow
from controller.policy import Policy
from controller.timetable import lesson_windows, moment

_A_WEEK = timedelta(days=7)
_MOST = timedelta(days=800)


def calendar_of(policy: Policy, first: date, last: date, made_at: datetime) -> bytes:
    """Everything planned with `first <= day <= last`, in local time with its zone. `made_at`: DTSTAMP.

    Lessons of one line for one group on one weekday are one event that repeats; weeks on which it does not take place
    are EXDATEs. Raises ValueError for a span that is empty or longer than 800 days.
    """
    if not timedelta() <= last - first <= _MOST:
        raise ValueError(f"expected a span of at most {_MOST.days} days, its end after its beginning")
    zone = policy.school.zone
    calendar = Calendar()
    calendar.add("prodid", "-//Caretaker//timetable//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", policy.school.name)
    begins, ends = moment(first, datetime.min.time(), zone), moment(last + timedelta(days=1), datetime.min.time(), zone)
    windows = (each for each in lesson_windows(policy, begins, ends) if begins <= each.opens_at < ends)
    for series in _series(windows, zone):
        calendar.add_component(_event(policy, series, zone, made_at))
    calendar.add_missing_timezones(first_date=first, last_date=last + timedelta(days=1))
    return bytes(calendar.to_ical())


def _series(windows: Iterable[AccessWindow], zone: ZoneInfo) -> Iterator[Sequence[AccessWindow]]:
    """Lessons that one rule can say: same line and group, weekday, and hours on the clock."""
    found: dict[tuple[object, ...], list[AccessWindow]] = defaultdict(list)
    for each in windows:
        opens, closes = each.opens_at.astimezone(zone), each.closes_at.astimezone(zone)
        found[each.rule, each.whom, opens.weekday(), opens.timetz().replace(tzinfo=None), closes.time()].append(each)
    yield from found.values()


def _event(policy: Policy, series: Sequence[AccessWindow], zone: ZoneInfo, made_at: datetime) -> Event:
    begins = [each.opens_at.astimezone(zone) for each in series]
    first, ends = begins[0], series[0].closes_at.astimezone(zone)
    event = Event()
    key = f"{policy.school.name}/{series[0].rule}/{series[0].whom}/{first.isoformat()}"
    event.add("uid", f"{uuid5(NAMESPACE_URL, key)}@caretaker")
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("summary", f"{series[0].why} ({series[0].whom})")
    event.add("categories", [series[0].whom])
    event.add("dtstart", first)
    event.add("dtend", ends)
    if len(begins) > 1:
        # By the last one's own beginning, in UTC, as RFC 5545 asks of a zoned DTSTART.
        event.add("rrule", {"freq": "weekly", "until": series[-1].opens_at.astimezone(UTC)})
        taught = {each.date() for each in begins}
        weeks = ((begins[-1].date() - first.date()).days // 7) + 1
        days = (first.date() + number * _A_WEEK for number in range(weeks))
        event.add("exdate", [datetime.combine(day, first.time(), zone) for day in days if day not in taught]) if len(
            taught
        ) < weeks else None
    return event
