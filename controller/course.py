"""The rules tabulated over time: what a device may do at every moment of the coming days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from controller.decide import ruling_of
from controller.edges import edges
from controller.facts import Facts, is_lesson
from controller.model import AccessWindow
from controller.profiles import at_rest
from controller.ruling import Ruling
from controller.standing import Subject
from dns_filter.model import Cohort, Grant

AFTER_ALL = datetime(9000, 1, 1, tzinfo=UTC)
"""A moment at which every window, receipt, exemption and allowance has ended."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """`begins <= moment < ends`, through which one ruling holds."""

    begins: datetime
    ends: datetime
    ruling: Ruling

    def cut(self, begins: datetime, ends: datetime) -> Stretch:
        return Stretch(max(begins, self.begins), min(ends, self.ends), self.ruling)


@dataclass(frozen=True, slots=True)
class Course:
    """All stretches from one moment to the horizon without a gap, and the ruling after all of them."""

    stretches: tuple[Stretch, ...]
    resting: Ruling

    @property
    def now(self) -> Stretch:
        return self.stretches[0]

    @property
    def constant(self) -> bool:
        return len(self.stretches) == 1 and self.now.ruling.profile == self.resting.profile

    def between(self, begins: datetime, ends: datetime) -> tuple[Stretch, ...]:
        """The stretches of a part of this time, the first and last cut to fit."""
        within = (s for s in self.stretches if s.begins < ends and begins < s.ends)
        return tuple(s if begins <= s.begins and s.ends <= ends else s.cut(begins, ends) for s in within)

    def open_until(self) -> datetime | None:
        """How far the internet stays open without a break; None where it is not open now."""
        end = None
        for stretch in self.stretches:
            if not stretch.ruling.internet:
                break
            end = stretch.ends
        return end


def course_of(facts: Facts, subject: Subject, first: datetime, last: datetime) -> Course:
    """Asks the rules once between any two edges: what the filter does by itself is what `decide` would say."""
    begins = (first, *edges(facts, subject, first, last))
    asked = [Stretch(a, b, ruling_of(facts, subject, a)) for a, b in zip(begins, (*begins[1:], last), strict=True)]
    return settle(asked, ruling_of(facts, subject, AFTER_ALL))


def settle(asked: Iterable[Stretch], after: Ruling) -> Course:
    """A course from stretches without a gap; `after`: the ruling when all windows, receipts and allowances ended."""
    merged: list[Stretch] = []
    for stretch in asked:
        if merged and _same(merged[-1].ruling, stretch.ruling):
            merged[-1] = Stretch(merged[-1].begins, stretch.ends, merged[-1].ruling)
        else:
            merged.append(stretch)
    # Beyond the horizon nobody has looked: the strictest that occurs holds there.
    return Course(tuple(merged), max((after, *(s.ruling for s in merged)), key=_strictness))


def cohort_of(name: str, course: Course, windows: Iterable[AccessWindow] = ()) -> Cohort:
    """A device's course as the filter reads it: one resting profile, and a grant with an end for all else.

    The stretch that holds now is granted from its window's opening, or from the beginning of time: the table says
    the same at whatever moment between two edges it is compiled, and a filter whose clock is a second slow agrees.

    Of `windows`, those that a later one hides are listed last, with the resting profile: they can open nothing, but
    whoever asks how far a window got finds it.
    """
    resting, span = course.resting.profile, course.stretches
    shown = {(s.ruling.window.id, s.ends) for s in span if s.ruling.window}
    hidden = [w for w in windows if (w.id, w.closes_at) not in shown and span[0].begins < w.closes_at <= span[-1].ends]
    grants = [_grant(stretch, stretch is course.now) for stretch in span if stretch.ruling.profile != resting]
    return Cohort(id=name, resting=resting, grants=(*grants, *(_hidden(window, resting) for window in hidden)))


def _hidden(window: AccessWindow, profile: str) -> Grant:
    opens_at, closes_at = window.opens_at.timestamp(), window.closes_at.timestamp()
    why = f"{_source(window)}: another window holds meanwhile"
    return Grant(profile=profile, opens_at=opens_at, closes_at=closes_at, why=why, window=window.id)


def _grant(stretch: Stretch, holds_now: bool) -> Grant:
    window, because = stretch.ruling.window, stretch.ruling.because
    opens_at = stretch.begins.timestamp()
    if holds_now:
        opens_at = window.opens_at.timestamp() if window else 0.0
    return Grant(
        profile=stretch.ruling.profile,
        opens_at=opens_at,
        closes_at=stretch.ends.timestamp(),
        why=because.text if window is None else f"{_source(window)}: {because.text}",
        window=window.id if window else None,
    )


def _source(window: AccessWindow) -> str:
    return window.rule if is_lesson(window) else f"window {window.id}"


def _same(one: Ruling, other: Ruling) -> bool:
    return one.profile == other.profile and one.segment == other.segment and one.window is other.window


def _strictness(ruling: Ruling) -> int:
    if ruling.internet:
        return 0
    return 2 if at_rest(ruling.profile) else 1
