"""A coming week, computed: what each year group and role may do when, and how a candidate policy differs. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from controller.course import Course, Stretch, course_of
from controller.facts import facts_between
from controller.model import AccessWindow
from controller.policy import Policy
from controller.standing import group_subject
from controller.timetable import moment
from inventory.model import Inventory

LONGEST = timedelta(days=28)
NOBODY_HERE = Inventory()


@dataclass(frozen=True, slots=True)
class Span:
    """`begins <= moment < ends`: what the people of a group may do, and why."""

    group: str
    begins: datetime
    ends: datetime
    internet: bool
    level: str
    """An access level, with the site lists of a focus: `key-stage-2+maths-sites`; empty where it is closed."""
    why: str


class Effect(StrEnum):
    GAINS = "gains access"
    LOSES = "loses access"
    OTHER = "another level"


@dataclass(frozen=True, slots=True)
class Difference:
    """A span in which the candidate says something else. None: the group is in one of the two policies only."""

    group: str
    begins: datetime
    ends: datetime
    effect: Effect
    was: Span | None
    becomes: Span | None


def first_moment(policy: Policy, day: date) -> datetime:
    """Midnight of a day on the school's clock, in UTC."""
    return moment(day, time(), policy.school.zone)


def week(
    policy: Policy, windows: Iterable[AccessWindow], first: datetime, last: datetime
) -> Mapping[str, tuple[Span, ...]]:
    """For every year group, class and role its spans from `first` to `last`, in order and without a gap.

    Asked of the very rules that decide (`decide.PRECEDENCE`), for a device of the group that nothing speaks against.
    Raises ValueError for a span that is empty or longer than four weeks.
    """
    if not timedelta(0) < last - first <= LONGEST:
        raise ValueError(f"expected a span of at most {LONGEST.days} days")
    facts = facts_between(policy, NOBODY_HERE, windows, first, last)
    groups = (*policy.year_groups, *policy.classes, *policy.roles)
    courses = {group: course_of(facts, group_subject(policy, group), first, last) for group in groups}
    return {group: tuple(_spans(group, course)) for group, course in courses.items()}


def differences(
    now: Mapping[str, tuple[Span, ...]], candidate: Mapping[str, tuple[Span, ...]]
) -> tuple[Difference, ...]:
    """Every span in which the two disagree, by time and group."""
    groups = dict.fromkeys((*now, *candidate))
    found = [each for group in groups for each in _compared(group, now.get(group, ()), candidate.get(group, ()))]
    return tuple(sorted(found, key=lambda each: (each.begins, each.group)))


def _spans(group: str, course: Course) -> Iterator[Span]:
    pending: Span | None = None
    for stretch in course.stretches:
        span = _span(group, stretch)
        if pending is not None and _same(pending, span):
            pending = Span(group, pending.begins, span.ends, span.internet, span.level, span.why)
            continue
        if pending is not None:
            yield pending
        pending = span
    if pending is not None:
        yield pending


def _span(group: str, stretch: Stretch) -> Span:
    ruling = stretch.ruling
    level = "+".join((ruling.level or "", *ruling.focus)) if ruling.internet else ""
    return Span(group, stretch.begins, stretch.ends, ruling.internet, level, ruling.because.text)


def _same(one: Span, other: Span) -> bool:
    return (one.internet, one.level, one.why) == (other.internet, other.level, other.why)


def _compared(group: str, now: tuple[Span, ...], candidate: tuple[Span, ...]) -> Iterator[Difference]:
    edges = sorted({moment for span in (*now, *candidate) for moment in (span.begins, span.ends)})
    pending: Difference | None = None
    for begins, ends in itertools.pairwise(edges):
        was, becomes = _at(now, begins), _at(candidate, begins)
        effect = _effect(was, becomes)
        if pending is not None and (pending.effect, pending.was, pending.becomes) == (effect, was, becomes):
            pending = Difference(group, pending.begins, ends, pending.effect, was, becomes)
            continue
        if pending is not None:
            yield pending
        pending = Difference(group, begins, ends, effect, was, becomes) if effect is not None else None
    if pending is not None:
        yield pending


def _effect(was: Span | None, becomes: Span | None) -> Effect | None:
    before, after = was is not None and was.internet, becomes is not None and becomes.internet
    if before != after:
        return Effect.GAINS if after else Effect.LOSES
    if was is not None and becomes is not None and was.level != becomes.level:
        return Effect.OTHER
    return None


def _at(spans: tuple[Span, ...], moment: datetime) -> Span | None:
    return next((span for span in spans if span.begins <= moment < span.ends), None)
