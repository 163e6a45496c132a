"""Occurrences of a calendar weighed against what was imported before: new, the same, gone, refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from controller.calendars.ics import Found, Occurrence
from controller.policy import Closure, DatedLesson, Policy
from controller.policy.calendar_rows import CLOSURE_COLUMNS, LESSON_COLUMNS, Row, closure_row, lesson_row

Kind = Literal["closures", "lessons"]
COLUMNS: Mapping[Kind, Row] = {"closures": CLOSURE_COLUMNS, "lessons": LESSON_COLUMNS}


@dataclass(frozen=True, slots=True)
class Ask:
    """What the entries are to be. `whom`: for whom lessons are where no text of `match` stands in them."""

    kind: Kind
    first: date
    whom: tuple[str, ...] = ()
    match: tuple[tuple[str, str], ...] = ()
    """A text of an entry, folded, and for whom it is then."""
    focus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighed:
    """The whole file as it would be written, and what of it is new or gone."""

    rows: tuple[Row, ...] = ()
    new: tuple[Row, ...] = ()
    gone: tuple[Row, ...] = ()
    same: int = 0
    problems: tuple[str, ...] = ()


class Misused(ValueError):
    """What was asked for cannot be; the text says what was expected."""


def weigh(policy: Policy, found: Found, ask: Ask, before: Iterable[Row]) -> Weighed:
    """`before`: the rows of the last import. Days before `ask.first` stay as they were. Raises Misused."""
    _check(policy, ask)
    wrong = [str(each) for each in found.problems]
    rows: set[Row] = set()
    for each in found.occurrences:
        made = _closure(each) if ask.kind == "closures" else _lesson(policy, ask, each)
        if isinstance(made, str):
            wrong.append(f"{each.summary} ({each.first}): {made}")
        else:
            rows.add(made)
    known = frozenset(before)
    past = {row for row in known if date.fromisoformat(row[_last_day(ask.kind)]) < ask.first}
    kept = rows | past
    return Weighed(
        tuple(sorted(kept)), tuple(sorted(kept - known)), tuple(sorted(known - kept)), len(kept & known), tuple(wrong)
    )


def without_problems(weighed: Weighed) -> Weighed:
    """Only what is good of it: a person has seen the rest."""
    return replace(weighed, problems=())


def _last_day(kind: Kind) -> int:
    return COLUMNS[kind].index("to" if kind == "closures" else "on")


def _check(policy: Policy, ask: Ask) -> None:
    known = {*policy.year_groups, *policy.classes, *policy.rooms}
    if ask.kind == "closures":
        if ask.whom or ask.match or ask.focus:
            raise Misused("closures are for the whole school; expected --for, --match and --focus with lessons only")
        return
    if not ask.whom and not ask.match:
        raise Misused("for whom are these lessons? expected --for year-5, or --match 'Year 5=year-5'")
    for name in (*ask.whom, *(whom for _, whom in ask.match)):
        if name not in known:
            raise Misused(f"the policy knows no year group, class or room {name[:60]!r}; it knows {', '.join(known)}")
    for name in ask.focus:
        if name not in policy.site_lists:
            raise Misused(f"the policy knows no site list {name[:60]!r}")


def _closure(each: Occurrence) -> Row | str:
    if each.starts is not None:
        return "a part of a day; expected whole days (closures shut the school)"
    return closure_row(Closure.model_validate({"from": each.first, "to": each.last, "why": each.summary}), each.uid)


def _lesson(policy: Policy, ask: Ask, each: Occurrence) -> Row | str:
    if each.starts is None or each.ends is None:
        return "whole days; expected a beginning and an end (a lesson ends by itself)"
    if each.first != each.last or each.ends <= each.starts:
        return "no end on the same day; expected one"
    day = policy.day
    if each.starts < day.starts or each.ends > day.bell or each.first.weekday() >= 5:
        return f"outside the school day (mon to fri, {day.starts:%H:%M} to {day.bell:%H:%M})"
    whom = _whom(ask, each)
    if not whom:
        return f"for nobody; expected one of {', '.join(text for text, _ in ask.match)} in it"
    raw = {
        "for": whom,
        "on": each.first,
        "from": each.starts,
        "to": each.ends,
        "what": each.summary,
        "focus": ask.focus,
    }
    return lesson_row(DatedLesson.model_validate(raw), each.uid)


def _whom(ask: Ask, each: Occurrence) -> tuple[str, ...]:
    matched = tuple(dict.fromkeys(name for text, name in ask.match if text in each.words))
    return matched or ask.whom
