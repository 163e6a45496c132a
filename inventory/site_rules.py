"""The school's own rules for sites, as persons decided them: block or allow, for whom, until when, why (F2, F12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom a rule holds. At least one of the four says something; `pupils`: whatever levels pupils have."""

    groups: tuple[str, ...] = ()
    """Year groups and roles of the policy."""
    levels: tuple[str, ...] = ()
    pupils: bool = False
    school: bool = False
    """Everybody who sits in front of a device."""

    def __bool__(self) -> bool:
        return bool(self.groups or self.levels or self.pupils or self.school)


@dataclass(frozen=True, slots=True)
class SiteRule:
    """`pattern` as the filter spells it: `x` with all below, `=x` alone, `*.x` below only.

    `provisional`: nobody has confirmed it, and it ends by itself. `everywhere`: meant for all schools of the
    provider. `overrides` holds, in words, what protected name it closes on purpose.
    """

    id: str
    pattern: str
    allow: bool
    scope: Scope
    decided_at: datetime
    by: str
    reason: str
    until: datetime | None = None
    provisional: bool = False
    review_on: date | None = None
    case: str = ""
    clauses: tuple[str, ...] = ()
    everywhere: bool = False
    overrides: str = ""
    origin: str = ""
    """Who sent it, where another school's or the provider's word made it."""
    last_hit: date | None = None
    """The last day on which it decided a query that was written down."""
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""

    def holds(self, now: datetime) -> bool:
        return self.ended_at is None and (self.until is None or now < self.until)

    @property
    def line(self) -> str:
        """How explain and the query log name it."""
        return f"case {self.case}, rule {self.id}" if self.case else f"site rule {self.id}"
