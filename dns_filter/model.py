"""What a filter table is: who the clients are, what each may ask, and when that changes by itself.

The table is made by the controller and published as one file; the filter reads it and needs nobody else
for 14 days. All moments in it are seconds since 1970 UTC, all intervals half-open: `opens_at <= now < closes_at`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NewType

from pydantic import BaseModel, ConfigDict, Field

Name = NewType("Name", bytes)
"""A name in canonical wire form: ASCII lower case, length octets, the root's zero at the end. Never text."""


PROBE = "probe:"
"""How the device of a binding begins that is a check of the filter itself: answered as others, never written down."""


class Published(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Code(StrEnum):
    """Every outcome of a query. One enumeration for verdict, log, metric and answer."""

    ALLOWED = "allowed"
    ESSENTIAL = "essential"
    INTERNAL = "internal"
    SPECIAL_USE = "special-use"
    RULE_ALLOWED = "rule-allowed"
    FOCUS_ALLOWED = "focus-allowed"
    PROTECTED = "protected"
    SAFE_SEARCH = "safe-search"
    MANDATORY = "mandatory"
    QUARANTINED = "quarantined"
    UNKNOWN_DEVICE = "unknown-device"
    CLOSED = "closed"
    BYPASS = "bypass"
    SANCTION = "sanction"
    """One kind of use was taken from this person or device (W5)."""
    RULE_BLOCKED = "rule-blocked"
    FOCUS_BLOCKED = "focus-blocked"
    SERVICE = "service"
    CATEGORY = "category"
    CLOAKED = "cloaked"
    REBINDING = "rebinding"
    UNAVAILABLE = "unavailable"
    """The filter itself lacks what it needs to decide (no table, no lists): pupils are closed."""


class Action(StrEnum):
    FORWARD = "forward"
    BLOCK = "block"
    REWRITE = "rewrite"
    """Answer with a CNAME to `target` and the target's own records."""
    LOCAL = "local"
    """Answered by the filter itself: special-use names, static hosts, its own health name."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question of one client."""

    name: Name
    qtype: int
    client: str
    """Source address as text, the key of the table's bindings."""
    at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the filter does with a query and why. `rule` names the line of the policy that decided."""

    action: Action
    code: Code
    step: str
    rule: str = ""
    matched: Name | None = None
    """The name on the list or in the rule that matched: the question's own name or a suffix of it."""
    categories: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    target: Name | None = None


class State(StrEnum):
    """What the device behind a profile may do at all (decision step 10)."""

    OPEN = "open"
    CLOSED = "closed"
    """No lesson is open, a sanction, an emergency: internal and essential names only."""
    QUARANTINED = "quarantined"
    UNKNOWN = "unknown"


class Rule(Published):
    """An explicit rule: a name with everything below it, `=name` exact, `*.name` below only."""

    name: str
    allow: bool
    scope: Literal["grant", "device", "person", "lesson", "decided-for-group", "decided", "year-group", "school"] = (
        "school"
    )
    """`decided`: a person decided about this very site, after the policy was written."""
    rule: str
    """Where it stands in the policy: `access_levels.key-stage-2.allow[ttrockstars.com]`."""
    clauses: tuple[str, ...] = ()
    decided_at: float = 0.0
    """Of two rules of one scope for one name the later decision counts."""
    until: float | None = None
    """The moment from which on it does not hold; None: as long as this table does."""


LogLevel = Literal["off", "blocked", "domain", "full"]
"""What is written down of an allowed query: nothing, all but the name, its registrable domain, the whole name.

A blocked name is written down in full, but where the level is `off`.
"""


class LogRules(Published):
    """What is written down of queries, and for how long. Days are whole days in UTC."""

    days: int | None = None
    """Days that the query log is kept; 0: there is none. None: as the filter's own settings say."""
    events_days: int = 365
    """Days that safeguarding events are kept."""
    harm: tuple[str, ...] = ()
    """Categories a block of which is a safeguarding event; mandatory ones always are."""
    terms: tuple[float, ...] = ()
    """When each term begins, in order: from then on devices have other pseudonyms."""


class FilterProfile(Published):
    """What a group of clients may ask. Categories and services are names; a worker turns them into masks.

    `reasons` maps `category:games`, `service:tiktok`, `focus`, `safe_search`, `state`, `sanction`, `exam` to the policy
    line and clauses.
    """

    name: str
    access_level: str
    state: State = State.OPEN
    state_reason: str = ""
    """Why the state is not open, in a few words for staff: `no lesson is open for year-5`."""
    mode: Literal["nodata", "nxdomain", "null", "page"] = "nodata"
    block: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    """Services that are blocked, whatever the categories say."""
    withdrawn: tuple[str, ...] = ()
    """Categories and services (`service:tiktok`) that a sanction took away: no rule and no lesson gives them back."""
    silenced: tuple[str, ...] = ()
    """Categories and services that are off in an exam, also where they are among its sites: messaging."""
    allowed_services: tuple[str, ...] = ()
    """Services that are allowed although a category blocks them; an explicit rule for a name still wins."""
    rules: tuple[Rule, ...] = ()
    focus: tuple[str, ...] | None = None
    """Only these names (in the spelling of `Rule.name`) are answered; None where there is no focus."""
    safe_search: Literal["off", "moderate", "strict"] = "off"
    filtered: bool = True
    """False: bypass control and `ech` stripping are off (the provider's own machines)."""
    log: LogLevel | None = None
    """None: as the filter's own settings say."""
    reasons: Mapping[str, Reason] = Field(default_factory=dict)

    @property
    def rule_ends(self) -> tuple[float, ...]:
        """Every moment at which one of its rules ends, in order."""
        return tuple(sorted({rule.until for rule in self.rules if rule.until is not None}))

    def at(self, now: float) -> FilterProfile:
        """The same with the rules that have not ended."""
        held = tuple(rule for rule in self.rules if rule.until is None or now < rule.until)
        return self if len(held) == len(self.rules) else self.model_copy(update={"rules": held})


class Reason(Published):
    rule: str
    clauses: tuple[str, ...] = ()


class Grant(Published):
    """A profile with an end. There is no grant without one."""

    profile: str
    opens_at: float
    closes_at: float
    why: str
    """`window 17: computing, opened by …` or `timetable[0]`."""
    window: str | None = None


class Cohort(Published):
    """Clients that may do the same at every moment. Of the grants active at a moment the first listed wins."""

    id: str
    resting: str
    """The profile outside every grant."""
    grants: tuple[Grant, ...] = ()
    switchable: bool = False
    """A person may change at any moment what these clients may do, by a pause, a sanction or an emergency, whether a
    grant stands here or not: no copy of an allowed answer may outlive that by long."""


class Binding(Published):
    """Which device has an address, as the controller last knew."""

    device: str
    """The device's MAC."""
    name: str
    cohort: str


class FilterTable(Published):
    """Everything one filter needs, immutable, with its epoch. A later table has a higher epoch."""

    format: Literal[1] = 1
    epoch: int
    made_at: float
    horizon: float
    """Grants are complete up to this moment; after it every cohort rests."""
    school: str
    sources: tuple[str, ...]
    """Networks that may ask at all, in CIDR."""
    internal: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Internal zones: name -> addresses of the resolvers that know it; empty: the filter answers NXDOMAIN."""
    hosts: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Static names of the school -> addresses."""
    mandatory: tuple[str, ...] = ()
    """Categories that nothing outranks."""
    sinkhole: tuple[str, ...] = ()
    """Addresses of the block page for mode `page`."""
    profiles: Mapping[str, FilterProfile]
    cohorts: Mapping[str, Cohort]
    bindings: Mapping[str, Binding] = Field(default_factory=dict)
    """Address -> device."""
    unknown: str
    """The cohort of every address without a binding."""
    log: LogRules = LogRules()


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose query it is at one moment, and until when that is certain to hold."""

    profile: FilterProfile
    cohort: Cohort
    grant: Grant | None
    binding: Binding | None
    next_flip: float
    """The first moment after `now` at which the profile could be another one; infinity where never."""


def active_grant(cohort: Cohort, now: float) -> Grant | None:
    return next((grant for grant in cohort.grants if grant.opens_at <= now < grant.closes_at), None)


def boundaries(cohort: Cohort, profiles: Mapping[str, FilterProfile]) -> tuple[float, ...]:
    """In order, every moment at which a grant begins or ends, or a rule of a profile that the cohort can have ends."""
    names = dict.fromkeys((cohort.resting, *(grant.profile for grant in cohort.grants)))
    grants: Iterable[float] = (edge for grant in cohort.grants for edge in (grant.opens_at, grant.closes_at))
    return tuple(sorted({*grants, *(end for name in names if name in profiles for end in profiles[name].rule_ends)}))


def next_flip(cohort: Cohort, now: float, profiles: Mapping[str, FilterProfile]) -> float:
    """The next boundary of any grant or rule, winning or not: early is harmless, late is not."""
    edges = boundaries(cohort, profiles)
    after = bisect_right(edges, now)
    return edges[after] if after < len(edges) else float("inf")


def standing(table: FilterTable, client: str, now: float) -> Standing:
    """Who asks, and which profile holds for them now. An address nobody knows gets the table's `unknown`."""
    binding = table.bindings.get(client)
    cohort = table.cohorts[binding.cohort if binding else table.unknown]
    grant = active_grant(cohort, now)
    profile = table.profiles[grant.profile if grant else cohort.resting].at(now)
    return Standing(profile, cohort, grant, binding, next_flip(cohort, now, table.profiles))
