"""Imported calendars beside the policy file: `calendars/NAME.csv`, read with every mistake named by its line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from controller.policy.calendar import Closure, DatedLesson
from controller.policy.calendar_rows import read_closures, read_lessons
from controller.policy.problem import Problem
from inventory.csv_file import MAX_BYTES, RowProblem

FOLDER = "calendars"


@dataclass(frozen=True, slots=True)
class CalendarFile:
    file: str
    sha256: str = ""
    closures: tuple[Closure, ...] = ()
    lessons: tuple[DatedLesson, ...] = ()
    problems: tuple[Problem, ...] = ()


def place_of(beside: Path, name: str) -> Path:
    """Where the calendar of this name is kept; a name is an id, so it leads nowhere else."""
    return beside / FOLDER / f"{name}.csv"


def read_calendar(beside: Path, name: str, kind: Literal["closures", "lessons"]) -> CalendarFile:
    """Never raises: what cannot be read is a problem."""
    path = place_of(beside, name)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        hint = f"caretaker import calendar FILE.ics --as {kind} --name {name} --apply"
        text = f"cannot be read ({error.strerror or error}); expected it beside the policy: {hint}"
        return CalendarFile(str(path), problems=(Problem(str(path), 1, 1, "", text),))
    sha256 = hashlib.sha256(raw).hexdigest()
    if kind == "closures":
        closures = read_closures(raw, str(path))
        return CalendarFile(str(path), sha256, closures=closures.values, problems=_problems(closures.problems))
    lessons = read_lessons(raw, str(path))
    return CalendarFile(str(path), sha256, lessons=lessons.values, problems=_problems(lessons.problems))


def _problems(found: tuple[RowProblem, ...]) -> tuple[Problem, ...]:
    return tuple(Problem(each.file, each.line, 1, each.column, each.expected) for each in found)
