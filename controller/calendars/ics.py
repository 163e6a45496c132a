"""An iCalendar file (RFC 5545) as single occurrences by the school's clock, and what could not be used of it. Pure.

Every event is looked at by itself, so that one that is wrong does not hide the others. What a hostile file could ask
for is bounded before anything is expanded; `apart.py` bounds the time and the memory of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, cast
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component, Event

LARGEST = 4 * 1024 * 1024
MOST_EVENTS = 20_000
MOST_OCCURRENCES = 20_000
MOST_A_DAY = 24
LONGEST_SPAN = timedelta(days=800)
MOST_PROBLEMS = 1000
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAY = timedelta(days=1)


class UnreadableCalendar(ValueError):
    """The file as a whole; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event on one day or several, by the school's clock; `starts` None: whole days, `last` included."""

    uid: str
    first: date
    last: date
    starts: time | None
    ends: time | None
    summary: str
    words: str
    """Summary, categories, place and description, folded: what a person matches on."""


@dataclass(frozen=True, slots=True)
class EventProblem:
    """`event` counts from 1 as the file has them."""

    event: int
    summary: str
    expected: str

    def __str__(self) -> str:
        return f"event {self.event} ({self.summary}): {self.expected}" if self.event else self.expected


@dataclass(frozen=True, slots=True)
class Found:
    occurrences: tuple[Occurrence, ...] = ()
    problems: tuple[EventProblem, ...] = ()
    events: int = 0
    cancelled: int = 0


class _Wrong(Exception):
    """This event cannot be used; the text says what was expected."""


@dataclass(slots=True)
class _Series:
    """The events of one UID: a rule and its exceptions."""

    number: int
    events: list[Event] = field(default_factory=list)


def read_ics(raw: bytes, zone: ZoneInfo, first: date, last: date) -> Found:
    """The occurrences with `first <= day <= last`, by day and hour. Raises UnreadableCalendar; nothing else."""
    if len(raw) > LARGEST:
        raise UnreadableCalendar(f"expected at most {LARGEST // 1024 // 1024} MiB")
    if not timedelta() <= last - first <= LONGEST_SPAN:
        raise UnreadableCalendar(f"expected a span of at most {LONGEST_SPAN.days} days, its end after its beginning")
    problems: list[EventProblem] = []
    found: list[Occurrence] = []
    events = cancelled = 0
    for calendar in _calendars(raw):
        series, wrong = _series(calendar, events)
        events += sum(len(each.events) for each in series) + len(wrong)
        problems += wrong
        rest = _without_events(calendar)
        for each in series:
            each.events, called_off = _standing(each.events), len(each.events) - len(_standing(each.events))
            cancelled += called_off
            try:
                found += _expanded(each, rest, zone, first, last, MOST_OCCURRENCES - len(found))
            except _Wrong as error:
                problems.append(EventProblem(each.number, _title(each.events), str(error)))
    found.sort(key=lambda one: (one.first, one.starts or time(), one.uid))
    return Found(tuple(found), tuple(problems[:MOST_PROBLEMS]), events, cancelled)


def _calendars(raw: bytes) -> Sequence[Calendar]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UnreadableCalendar(f"line {line} is not UTF-8; expected an iCalendar file saved as UTF-8") from None
    if "BEGIN:VCALENDAR" not in text.upper():
        raise UnreadableCalendar("no BEGIN:VCALENDAR in it; expected an iCalendar file (.ics)")
    try:
        parsed = Calendar.from_ical(text, multiple=True)
    except Exception as error:
        raise UnreadableCalendar(f"not iCalendar: {_short(error)}") from None
    found = [each for each in parsed if isinstance(each, Calendar)]
    if not found:
        raise UnreadableCalendar("it holds no calendar; expected a VCALENDAR")
    return found


def _series(calendar: Calendar, before: int) -> tuple[list[_Series], list[EventProblem]]:
    found: dict[str, _Series] = {}
    problems: list[EventProblem] = []
    for number, event in enumerate(_events(calendar), before + 1):
        if number > MOST_EVENTS:
            raise UnreadableCalendar(f"more than {MOST_EVENTS} events; expected fewer")
        if problem := _problem(event):
            problems.append(EventProblem(number, _title([event]), problem))
            continue
        # Without a UID (RFC 5545 asks for one) it is an event of its own.
        key = _text(event, "UID") or f"event-{number}"
        found.setdefault(key, _Series(number)).events.append(event)
    return list(found.values()), problems


def _events(calendar: Calendar) -> Iterator[Event]:
    return (each for each in calendar.walk("VEVENT") if isinstance(each, Event))


def _problem(event: Event) -> str:
    """What makes an event unusable before anybody expands it; empty where it is good."""
    if event.errors:
        name, text = event.errors[0]
        return f"{name or 'a line'} cannot be read: {_short(text)}"
    if not hasattr(event.get("DTSTART"), "dt"):
        return "no DTSTART; expected when it begins"
    rules = event.get("RRULE")
    for rule in rules if isinstance(rules, list) else [rules] if rules else []:
        if problem := _bomb(rule):
            return problem
    return ""


def _bomb(rule: Mapping[str, Any]) -> str:
    """A rule that yields more than a school day holds."""
    frequency = str(next(iter(rule.get("FREQ", [""])), "")).upper()
    if frequency not in _FREQUENCIES:
        return f"repeats {frequency.lower() or 'without a frequency'}; expected one of {', '.join(_FREQUENCIES)}"
    if any(not isinstance(each, int) or each < 1 for each in rule.get("INTERVAL", ())):
        return "repeats with an INTERVAL below 1; expected 1 or more"
    a_day = 1
    for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        a_day *= max(1, len(rule.get(part, ())))
    return f"repeats {a_day} times a day; expected at most {MOST_A_DAY}" if a_day > MOST_A_DAY else ""


def _standing(events: Iterable[Event]) -> list[Event]:
    """Without what is called off as a whole; a single day of a series that is called off takes that day out."""
    return [each for each in events if not (_cancelled(each) and each.get("RECURRENCE-ID") is None)]


def _cancelled(event: Component) -> bool:
    return _text(event, "STATUS").upper() == "CANCELLED"


def _without_events(calendar: Calendar) -> Calendar:
    """Its time zones and settings: what the expansion of each series needs."""
    rest = Calendar()
    for name, value in calendar.property_items(recursive=False):
        if name not in ("BEGIN", "END"):
            rest.add(name, value, encode=False)
    for component in calendar.subcomponents:
        if component.name == "VTIMEZONE":
            rest.add_component(component)
    return rest


def _expanded(
    series: _Series, rest: Calendar, zone: ZoneInfo, first: date, last: date, most: int
) -> Iterable[Occurrence]:
    if not series.events:
        return ()
    calendar = Calendar()
    calendar.update(rest)
    calendar.subcomponents = [*rest.subcomponents, *series.events]
    try:
        query = recurring_ical_events.of(calendar)
        # A day more at both ends: another time zone may put it on the other side of midnight.
        events = query.between(first - _DAY, last + 2 * _DAY)
        found = [_occurrence(each, zone) for each in islice(events, most + 1) if not _cancelled(each)]
    except Exception as error:
        raise _Wrong(f"its dates cannot be worked out: {_short(error)}") from None
    if len(found) > most:
        raise _Wrong(f"more than {MOST_OCCURRENCES} occurrences in all; expected fewer")
    return [each for each in found if each.first <= last and each.last >= first]


def _occurrence(event: Component, zone: ZoneInfo) -> Occurrence:
    starts: date = _of(event, "DTSTART")
    ends: date = _of(event, "DTEND") if event.get("DTEND") is not None else starts
    uid, summary = _text(event, "UID")[:200], _title([event])
    words = " ".join(_text(event, name) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")) + " " + _categories(event)
    folded = words.casefold()[:500]
    if not isinstance(starts, datetime):
        final = ends.date() if isinstance(ends, datetime) else ends
        # DTEND of whole days is the day after the last one (RFC 5545, 3.6.1).
        return Occurrence(uid, starts, max(starts, final - _DAY), None, None, summary, folded)
    here, there = _local(starts, zone), _local(cast(datetime, ends), zone)
    return Occurrence(uid, here.date(), there.date(), here.time(), there.time(), summary, folded)


def _of(event: Component, name: str) -> date:
    """A date, or a datetime: how the library types a property says nothing of what the file has there."""
    found: Any = event[name]
    if not isinstance(found.dt, date):
        raise ValueError(f"{name} is no day")
    return found.dt


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """By the school's clock, to the minute; a floating time is the school's own."""
    local = moment.astimezone(zone) if moment.tzinfo is not None else moment
    return local.replace(tzinfo=None, second=0, microsecond=0)


def _categories(event: Component) -> str:
    found = event.get("CATEGORIES")
    lists = found if isinstance(found, list) else [found] if found is not None else []
    return " ".join(str(each) for one in lists for each in getattr(one, "cats", ()))


def _title(events: Sequence[Component]) -> str:
    text = _text(events[0], "SUMMARY") if events else ""
    return "".join(c for c in text if c.isprintable()).strip()[:80] or "without a title"


def _text(event: Component, name: str) -> str:
    found = event.get(name)
    return " ".join(str(found[0] if isinstance(found, list) else found).split()) if found is not None else ""


def _short(error: object) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(c for c in text if c.isprintable())[:160]
