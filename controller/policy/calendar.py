"""When: terms, closures, the weekly timetable and the school day, as the policy file writes them."""

from __future__ import annotations

from datetime import date, time
from typing import Literal

from pydantic import Field, model_validator

from controller.policy.types import Clause, Day, Id, Ids, Part, SchoolDate, Text, Use, WallTime


class Span(Part):
    """Whole days, both ends included."""

    first: SchoolDate = Field(alias="from")
    last: SchoolDate = Field(alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.last < self.first:
            raise ValueError(f"ends ({self.last}) before it begins ({self.first}); expected the end to come later")
        return self

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


class Term(Span):
    name: Text
    half_term: Span | None = None


class Closure(Part):
    """A day, or a span of days, on which the school is shut."""

    on: SchoolDate | None = None
    first: SchoolDate | None = Field(default=None, alias="from")
    last: SchoolDate | None = Field(default=None, alias="to")
    why: Text

    @model_validator(mode="after")
    def _one_form(self) -> Closure:
        ends = (self.first, self.last)
        if (self.on is None and None in ends) or (self.on is not None and ends != (None, None)):
            raise ValueError("expected either `on:` or both `from:` and `to:`")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"ends ({self.last}) before it begins ({self.first}); expected the end to come later")
        return self

    def covers(self, day: date) -> bool:
        if self.on is not None:
            return day == self.on
        return self.first is not None and self.last is not None and self.first <= day <= self.last


class TimetableSlot(Part):
    """A weekly lesson in local wall time. `level` and `focus` change what it opens; left out: the group's own."""

    group: Ids = Field(alias="for")
    on: tuple[Day, ...] = Field(min_length=1)
    starts: WallTime = Field(alias="from")
    ends: WallTime = Field(alias="to")
    what: Text
    room: str | None = None
    """Where it takes place, shown to staff. A room under `for:` opens it for whoever is in that room."""
    week: Literal["a", "b"] | None = None
    """Of a two-week timetable (`weeks:`); left out: every week."""
    level: Id | None = None
    focus: tuple[Id, ...] = ()
    clauses: tuple[Clause, ...] = ("T1", "T2")

    @model_validator(mode="after")
    def _ordered(self) -> TimetableSlot:
        if self.ends <= self.starts:
            raise ValueError(
                f"ends ({self.ends:%H:%M}) before it begins ({self.starts:%H:%M}); expected the end to come later"
            )
        return self


class TwoWeeks(Part):
    """A two-week timetable: the first days of weeks A. From each of them on weeks A and B alternate."""

    a_begins: tuple[SchoolDate, ...] = Field(min_length=1)


class DatedLesson(Part):
    """A lesson on one day: a coding day, or an entry of an imported calendar."""

    group: Ids = Field(alias="for")
    on: SchoolDate
    starts: WallTime = Field(alias="from")
    ends: WallTime = Field(alias="to")
    what: Text
    level: Id | None = None
    focus: tuple[Id, ...] = ()
    clauses: tuple[Clause, ...] = ("T1", "T2")

    @model_validator(mode="after")
    def _ordered(self) -> DatedLesson:
        if self.ends <= self.starts:
            raise ValueError(
                f"ends ({self.ends:%H:%M}) before it begins ({self.starts:%H:%M}); expected the end to come later"
            )
        return self


class ExamPeriod(Span):
    """School days on which only some sites are open between two times: `exam` outranks all else, `focus` lessons."""

    group: Ids = Field(alias="for")
    name: Text
    starts: WallTime = Field(default=time(9, 0), alias="at")
    ends: WallTime = Field(default=time(12, 0), alias="until")
    kind: Literal["exam", "focus"] = "exam"
    focus: tuple[Id, ...] = Field(min_length=1)
    clauses: tuple[Clause, ...] = ("T1", "T2")

    @model_validator(mode="after")
    def _hours(self) -> ExamPeriod:
        if self.ends <= self.starts:
            raise ValueError(
                f"ends ({self.ends:%H:%M}) before it begins ({self.starts:%H:%M}); expected the end to come later"
            )
        return self


class Exams(Part):
    """`messaging`: categories, and services as `service:whatsapp`, that are off in every exam, whatever its sites."""

    messaging: tuple[Use, ...] | None = None


class Break(Part):
    """A part of every school day that is no lesson (T3)."""

    starts: WallTime = Field(alias="from")
    ends: WallTime = Field(alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> Break:
        if self.ends <= self.starts:
            raise ValueError(
                f"ends ({self.ends:%H:%M}) before it begins ({self.starts:%H:%M}); expected the end to come later"
            )
        return self


class SsidHours(Break):
    """When a Wi-Fi network is on the air, on school days only."""

    on: tuple[Day, ...] = Field(default=("mon", "tue", "wed", "thu", "fri"), min_length=1)


class SchoolDay(Part):
    """Monday to Friday, in term, not closed: from `starts` up to the `bell`."""

    starts: WallTime = time(8, 40)
    bell: WallTime = time(15, 15)
    breaks: tuple[Break, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> SchoolDay:
        if self.bell <= self.starts:
            raise ValueError(
                f"the bell ({self.bell:%H:%M}) rings before the day begins ({self.starts:%H:%M}); expected it later"
            )
        return self
