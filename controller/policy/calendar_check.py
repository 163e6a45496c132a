"""Terms, closures, lessons and breaks: in order, apart from each other, inside the school day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product

from controller.policy import (
    Closure,
    DatedLesson,
    Day,
    DeviceKind,
    ExamPeriod,
    SchoolDay,
    Term,
    TimetableSlot,
    TwoWeeks,
)
from controller.policy.problem import Finding


def check_terms(terms: Sequence[Term]) -> Iterator[Finding]:
    for number, (before, term) in enumerate(pairwise(terms), 1):
        if term.first <= before.last:
            message = f"begins ({term.first}) before the term in line {{there}} has ended ({before.last}); "
            yield Finding(("terms", number), f"{message}expected terms in order and apart", there=("terms", number - 1))
    for number, term in enumerate(terms):
        half = term.half_term
        if half and not (term.covers(half.first) and term.covers(half.last)):
            message = f"half-term lies outside its term; expected days from {term.first} to {term.last}"
            yield Finding(("terms", number, "half_term"), message)


def check_closures(terms: Sequence[Term], closures: Sequence[Closure]) -> Iterator[Finding]:
    for number, closure in enumerate(closures):
        first, last = closure.on or closure.first, closure.on or closure.last
        if terms and first and last and not any(term.first <= last and first <= term.last for term in terms):
            yield Finding(
                ("closures", number), "lies outside every term, so it closes nothing; expected a term day", error=False
            )


def check_lessons(timetable: Sequence[TimetableSlot], day: SchoolDay, terms: Sequence[Term]) -> Iterator[Finding]:
    if timetable and not terms:
        message = "no `terms:`, so lessons open in the holidays too; expected the dates of the terms"
        yield Finding(("timetable",), message, error=False)
    for number, slot in enumerate(timetable):
        if slot.starts < day.starts or slot.ends > day.bell:
            message = f"outside the school day ({day.starts:%H:%M} to {day.bell:%H:%M}); expected a time inside it"
            yield Finding(("timetable", number), message, error=False)
        if {"sat", "sun"} & set(slot.on):
            yield Finding(("timetable", number, "on"), "at the weekend; expected school days, mon to fri", error=False)
    yield from _overlaps(timetable)


def check_weeks(timetable: Sequence[TimetableSlot], weeks: TwoWeeks | None) -> Iterator[Finding]:
    for number, slot in enumerate(timetable):
        if slot.week is not None and weeks is None:
            message = "a week of two, but nobody says which week is which; expected `weeks: {a_begins: [2026-09-07]}`"
            yield Finding(("timetable", number, "week"), message)


def check_days(
    terms: Sequence[Term], lessons: Sequence[DatedLesson], exam_periods: Sequence[ExamPeriod]
) -> Iterator[Finding]:
    """Dated lessons and exam periods that no term holds never happen."""
    spans = [(("lessons", number), each.on, each.on) for number, each in enumerate(lessons)]
    spans += [(("exam_periods", number), each.first, each.last) for number, each in enumerate(exam_periods)]
    for path, first, last in spans:
        if terms and not any(term.first <= last and first <= term.last for term in terms):
            yield Finding(path, "lies outside every term, so it never happens; expected a term day", error=False)


def _overlaps(timetable: Sequence[TimetableSlot]) -> Iterator[Finding]:
    lessons: dict[tuple[str, Day, str], list[int]] = defaultdict(list)
    for number, slot in enumerate(timetable):
        for group, day, week in set(product(slot.group, slot.on, slot.week or "ab")):
            lessons[group, day, week].append(number)
    said: set[tuple[int, int]] = set()
    for (group, day, _), numbers in lessons.items():
        ordered = sorted(numbers, key=lambda number: (timetable[number].starts, number))
        longest = ordered[0]
        for number in ordered[1:]:
            pair = (min(number, longest), max(number, longest))
            if timetable[number].starts < timetable[longest].ends and pair not in said:
                said.add(pair)
                message = f"{group} has the lesson of line {{there}} at the same time ({day}); expected one at a time"
                yield Finding(("timetable", pair[1]), message, error=False, there=("timetable", pair[0]))
            longest = max(number, longest, key=lambda slot: timetable[slot].ends)


def check_breaks(day: SchoolDay, devices: Mapping[str, DeviceKind]) -> Iterator[Finding]:
    for number, pause in enumerate(day.breaks):
        if pause.starts < day.starts or pause.ends > day.bell:
            message = f"outside the school day ({day.starts:%H:%M} to {day.bell:%H:%M}); expected a time inside it"
            yield Finding(("day", "breaks", number), message, error=False)
    for name, kind in devices.items():
        if not day.breaks and any("breaks" in times.values() for times in kind.whose):
            message = (
                "the day has no `breaks:`, so this is never; expected for example `breaks: [{from: 10:30, to: 10:45}]`"
            )
            yield Finding(("devices", name, "whose"), message, error=False)
