"""The nouns of reporting: reports, the case they make together, who was asked, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from controller.reports.site_name import Kind, Mark
from inventory.site_rules import Scope

NOBODY = Scope()


class Wish(StrEnum):
    BLOCK = "block"
    """It should not be reachable."""
    OPEN = "open"
    """It is blocked and should not be."""


class Means(StrEnum):
    """How a report came in."""

    API = "api"
    CONSOLE = "console"
    BLOCK_PAGE = "block-page"
    BOOKMARKLET = "bookmarklet"
    MAIL = "mail"


class Voice(StrEnum):
    """Who speaks, as far as is known: only what was proven counts for more than a stranger's word."""

    PUPIL = "pupil"
    STAFF = "staff"
    STRANGER = "stranger"


class Stage(StrEnum):
    """Whom a case is put to, in this order (W7)."""

    ICT_LEAD = "ict_lead"
    DEPUTY = "deputy"
    HEAD = "head"


class Outcome(StrEnum):
    BLOCKED = "blocked"
    ALLOWED = "allowed"
    REFUSED = "refused"
    ALREADY = "already"
    """It was as the reporter wished it before anybody looked."""
    REFERRED = "referred"
    """To the authority: it may be illegal (F14, M6). Blocked too."""
    WRONG = "wrong"
    """No report at all: a joke, a mistake, a test."""


class Reach(StrEnum):
    EXACT = "exact"
    BELOW = "below"
    """The name and everything below it."""
    DOMAIN = "domain"
    """The whole registrable domain."""


@dataclass(frozen=True, slots=True)
class Place:
    """From where somebody reported, as far as the inventory knew at that moment."""

    address: str = ""
    mac: str = ""
    device: str = ""
    person: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One voice. `said` is what the reporter saw, in the own words; `evidence` what was given as the site."""

    id: str
    at: datetime
    wish: Wish
    means: Means
    voice: Voice
    by: str
    """The account, or what the reporter called itself; empty where nobody said."""
    kind: Kind
    site: str
    evidence: str
    said: str = ""
    marks: frozenset[Mark] = frozenset()
    place: Place = Place()
    wanted_for: str = ""
    """For whom a site should be opened."""
    wanted_by: date | None = None
    case: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Asked:
    stage: Stage
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a case, by whom, and why. `rule` is the site rule that it made."""

    outcome: Outcome
    by: str
    at: datetime
    reason: str
    rule: str = ""
    clauses: tuple[str, ...] = ()
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One site and one wish, however many ask for it. `provisional` is the rule that a member of staff's word made."""

    id: str
    wish: Wish
    key: str
    kind: Kind
    opened_at: datetime
    voices: int
    last_voice: datetime
    asked: tuple[Asked, ...] = ()
    provisional: str = ""
    decided: Decided | None = None
    marks: frozenset[Mark] = frozenset()
    reminded_at: datetime | None = None
    pupils: int = 0
    """How many of the voices are children's or unknown."""

    @property
    def open(self) -> bool:
        return self.decided is None


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decides, before it is checked. `override` says the protected names that it closes on purpose."""

    outcome: Outcome
    reason: str
    scope: Scope = NOBODY
    reach: Reach = Reach.BELOW
    clauses: tuple[str, ...] = ()
    review_on: date | None = None
    until: datetime | None = None
    everywhere: bool = False
    override: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reporter finds with the receipt: no names of others, nothing about how it was decided."""

    report: Report
    case: Case
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
