"""Rows of an imported calendar: `calendars/NAME.csv` beside the policy file, read into closures and lessons. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from controller.policy.calendar import Closure, DatedLesson
from inventory.csv_file import CellProblem, Rows, Sheet, read_rows, write_rows

CLOSURE_COLUMNS = ("from", "to", "why", "uid")
LESSON_COLUMNS = ("on", "from", "to", "for", "what", "focus", "uid")
Row = tuple[str, ...]


def read_closures(raw: bytes, file: str) -> Rows[Closure]:
    return _values(read_rows(raw, file, _CLOSURES))


def read_lessons(raw: bytes, file: str) -> Rows[DatedLesson]:
    """`for` and `focus` may hold several names with blanks between."""
    return _values(read_rows(raw, file, _LESSONS))


def closure_row(closure: Closure, uid: str) -> Row:
    first, last = closure.on or closure.first, closure.on or closure.last
    return (f"{first}", f"{last}", closure.why, uid)


def lesson_row(lesson: DatedLesson, uid: str) -> Row:
    hours = (f"{lesson.starts:%H:%M}", f"{lesson.ends:%H:%M}")
    return (f"{lesson.on}", *hours, " ".join(lesson.group), lesson.what, " ".join(lesson.focus), uid)


def write_calendar(columns: Row, rows: Iterable[Row]) -> str:
    return write_rows(columns, sorted(rows))


def _values(rows: Rows[Any]) -> Rows[Any]:
    return Rows(tuple(value for _, value in rows.values), rows.problems)


def _closure(row: Mapping[str, str]) -> tuple[str, Closure]:
    raw = {"from": row["from"], "to": row["to"] or row["from"], "why": row["why"]}
    return _key(row), _made(Closure, raw)


def _lesson(row: Mapping[str, str]) -> tuple[str, DatedLesson]:
    raw = {"on": row["on"], "from": row["from"], "to": row["to"], "what": row["what"]}
    return _key(row), _made(DatedLesson, {**raw, "for": row["for"].split(), "focus": row["focus"].split()})


def _key(row: Mapping[str, str]) -> str:
    """The same entry twice is a mistake; two entries of one event on different days are not."""
    return "|".join(row[name] for name in row)


def _made(model: type[BaseModel], raw: Mapping[str, Any]) -> Any:
    try:
        return model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        column = str(first["loc"][0]) if first["loc"] else ""
        raise CellProblem(column, str(first["msg"]).removeprefix("Value error, ")) from None


def _sheet(columns: Row, required: frozenset[str], read: Any) -> Sheet[tuple[str, Any]]:
    return Sheet(columns, required, read, lambda each: each[0], columns[0])


_CLOSURES = _sheet(CLOSURE_COLUMNS, frozenset({"from", "why"}), _closure)
_LESSONS = _sheet(LESSON_COLUMNS, frozenset({"on", "from", "to", "for", "what"}), _lesson)
