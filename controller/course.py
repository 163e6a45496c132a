"""The rules tabulated over time: what a device may do at every moment of the coming days."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from controller.decide import by_the_hour, ruling_of, whatever_the_hour
from controller.edges import edges_above_hours, edges_of_hours
from controller.facts import Facts
from controller.model import AccessWindow
from controller.profiles import at_rest
from controller.ruling import Case, Ruling
from controller.standing import Subject
from dns_filter.model import Cohort, Grant

AFTER_ALL = datetime(9000, 1, 1, tzinfo=UTC)
"""A moment at which every window, receipt, exemption and allowance has ended."""


@dataclass(frozen=True)
class Stretch:
    """`begins <= moment < ends`, through which one ruling holds.

    Not slotted: its grant is made once, and hundreds of devices share it.
    """

    begins: datetime
    ends: datetime
    ruling: Ruling
    holds_now: bool = False

    def cut(self, begins: datetime, ends: datetime) -> Stretch:
        holds_now = self.holds_now and begins <= self.begins
        return Stretch(max(begins, self.begins), min(ends, self.ends), self.ruling, holds_now)

    @cached_property
    def grant(self) -> Grant:
        """What holds now is granted from its window's opening, or from the beginning of time: the table says the
        same at whatever moment between two edges it is compiled, and a filter whose clock is a second slow agrees.
        """
        window, because = self.ruling.window, self.ruling.because
        since = self.begins.timestamp()
        if self.holds_now:
            since = window.opens_at.timestamp() if window else 0.0
        why = because.text if window is None else f"{_source(window)}: {because.text}"
        ends = self.ends.timestamp()
        return Grant(profile=self.ruling.profile, opens_at=since, closes_at=ends, why=why, window=window and window.id)

    @cached_property
    def content(self) -> tuple[object, ...]:
        """What of the grant a client can notice, and whose window it is."""
        return self.grant.profile, self.grant.opens_at, self.grant.closes_at, self.grant.window


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

    @property
    def granted(self) -> tuple[Stretch, ...]:
        resting = self.resting.profile
        return tuple(stretch for stretch in self.stretches if stretch.ruling.profile != resting)

    @property
    def content(self) -> tuple[object, ...]:
        """Equal for two courses where no client can ever tell them apart."""
        return (self.resting.profile, *(stretch.content for stretch in self.granted))

    def between(self, begins: datetime, ends: datetime) -> tuple[Stretch, ...]:
        """The stretches of a part of this time, the first and last cut to fit."""
        first = bisect_right(self.stretches, begins, key=_ends)
        found: list[Stretch] = []
        for stretch in self.stretches[first:]:
            if stretch.begins >= ends:
                break
            whole = begins <= stretch.begins and stretch.ends <= ends
            found.append(stretch if whole else stretch.cut(begins, ends))
        return tuple(found)

    def open_until(self) -> datetime | None:
        """How far the internet stays open without a break; None where it is not open now."""
        end = None
        for stretch in self.stretches:
            if not stretch.ruling.internet:
                break
            end = stretch.ends
        return end


def course_of(facts: Facts, subject: Subject, first: datetime, last: datetime) -> Course:
    """Asks the rules between any two edges: what the filter does by itself is what `decide` would say."""
    begins = (first, *edges_above_hours(facts, subject, first, last))
    spans = zip(begins, (*begins[1:], last), strict=True)
    asked = (stretch for begin, end in spans for stretch in _span(facts, subject, first, begin, end))
    return settle(asked, ruling_of(facts, subject, AFTER_ALL))


def _span(facts: Facts, subject: Subject, first: datetime, begins: datetime, ends: datetime) -> Iterator[Stretch]:
    """Between two edges of what stands above the hours: what holds whatever the hour needs to be asked once."""
    above = whatever_the_hour(Case(facts, subject, begins))
    if above is not None:
        yield Stretch(begins, ends, above, holds_now=begins == first)
        return
    bells = (begins, *edges_of_hours(facts, subject, begins, ends))
    for begin, end in zip(bells, (*bells[1:], ends), strict=True):
        yield Stretch(begin, end, by_the_hour(Case(facts, subject, begin)), holds_now=begin == first)


def settle(asked: Iterable[Stretch], after: Ruling) -> Course:
    """A course from stretches without a gap; `after`: the ruling when all windows, receipts and allowances ended."""
    merged: list[Stretch] = []
    for stretch in asked:
        if merged and _same(merged[-1].ruling, stretch.ruling):
            # Spelt out, here too: `replace` takes four times as long.
            last = merged[-1]
            merged[-1] = Stretch(last.begins, stretch.ends, last.ruling, last.holds_now)
        else:
            merged.append(stretch)
    # Beyond the horizon nobody has looked: the strictest that occurs holds there.
    return Course(tuple(merged), max((after, *(s.ruling for s in merged)), key=_strictness))


def cohort_of(name: str, course: Course, windows: Sequence[AccessWindow] = (), *, switchable: bool = False) -> Cohort:
    """A device's course as the filter reads it: one resting profile, and a grant with an end for all else.

    `switchable`: a person may take away at any moment what is open here.

    Of `windows`, those that a later one hides are listed last, with the resting profile: they can open nothing, but
    whoever asks how far a window got finds it.
    """
    resting, span = course.resting.profile, course.stretches
    grants = [stretch.grant for stretch in course.granted]
    if windows:
        shown = {(s.ruling.window.id, s.ends) for s in span if s.ruling.window}
        within = (w for w in windows if span[0].begins < w.closes_at <= span[-1].ends)
        grants += [_hidden(window, resting) for window in within if (window.id, window.closes_at) not in shown]
    return Cohort(id=name, resting=resting, grants=tuple(grants), switchable=switchable)


def _hidden(window: AccessWindow, profile: str) -> Grant:
    opens_at, closes_at = window.opens_at.timestamp(), window.closes_at.timestamp()
    why = f"{_source(window)}: another window holds meanwhile"
    return Grant(profile=profile, opens_at=opens_at, closes_at=closes_at, why=why, window=window.id)


def _source(window: AccessWindow) -> str:
    return window.rule if window.planned else f"window {window.id}"


def _ends(stretch: Stretch) -> datetime:
    return stretch.ends


def _same(one: Ruling, other: Ruling) -> bool:
    return one.profile == other.profile and one.segment == other.segment and one.window is other.window


def _strictness(ruling: Ruling) -> int:
    if ruling.internet:
        return 0
    return 2 if at_rest(ruling.profile) else 1
