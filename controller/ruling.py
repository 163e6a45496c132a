"""What a rule is asked and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from controller.facts import Facts
from controller.model import AccessWindow, Because
from controller.policy import Role, YearGroup
from controller.standing import Subject
from controller.timeline import Held, Hours


@dataclass(slots=True)
class Case:
    """One device at one moment. Not frozen: what several rules ask of the hour is looked up once."""

    facts: Facts
    subject: Subject
    now: datetime
    _hours: Hours | None = None
    _held: Held = ()

    @property
    def hours(self) -> Hours:
        if self._hours is None:
            self._hours = self.facts.hours_of(self.subject)
        return self._hours

    @property
    def held(self) -> Held:
        """The window of each kind (`facts.KINDS`) that holds for this device now."""
        return self._held or self._look_up()

    def _look_up(self) -> Held:
        self._held = self.hours.at(self.now)
        return self._held


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule says. `until`: when the rule itself says something else; None where no hour changes it."""

    profile: str
    segment: str
    internet: bool
    because: Because
    allowed_if: str = ""
    until: datetime | None = None
    window: AccessWindow | None = None
    level: str | None = None
    """The access level and site lists behind the profile, where it is open: what a rule above may narrow."""
    focus: tuple[str, ...] = ()


Rule = Callable[[Case], Ruling | None]


def shut(case: Case, profile: str, because: Because, allowed_if: str) -> Ruling:
    """In the quarantine segment, with nothing but what is essential."""
    return Ruling(profile, case.facts.quarantine, internet=False, because=because, allowed_if=allowed_if)


def place(case: Case) -> tuple[YearGroup | Role, str] | None:
    """The group and segment of a device that somebody sits in front of; None where the policy does not say."""
    belongs, home = case.subject.belongs, case.subject.home
    return (belongs, home) if belongs is not None and home is not None else None


def withdrawn(case: Case) -> tuple[str, ...]:
    """The kinds of use that sanctions take from this device at this moment (W5)."""
    found = case.facts.sanctions_of(case.subject)
    if not found:
        return ()
    alone = case.facts.policy.sanctions.alone
    running = (each for each in found if not each.whole and each.covers(case.now, alone))
    return tuple(sorted({use for each in running for use in each.uses}))


def profile(case: Case, level: str, focus: Iterable[str] = (), *, closed: bool = False, exam: bool = False) -> str:
    """The name of the profile of a level for this device now: less what sanctions took from it."""
    taken, group = () if closed else withdrawn(case), case.subject.group or ""
    return case.facts.profiles.name(level, case.now, focus, closed=closed, withdrawn=taken, group=group, exam=exam)


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
