"""The declarative file, typed: one school, who may do what and when. `policy_file.py` reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Clause = Annotated[str, StringConstraints(pattern=r"^[FTWDM][0-9]{1,2}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,190}$")]
Vlan = Annotated[int, Field(strict=True, ge=1, le=4094)]
Network = IPv4Network | IPv6Network
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DURATION = re.compile(r"(\d{1,4})\s*(s|m|min|h|d|w|y)")
_UNIT = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}


def _duration(raw: Any) -> Any:
    match = _DURATION.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if isinstance(raw, timedelta):
        return raw
    if match is None:
        raise ValueError("expected a length of time such as 45m, 2h, 7d, 1y")
    return timedelta(seconds=int(match[1]) * _UNIT[match[2]])


def _wall_time(raw: Any) -> Any:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", raw.strip()) if isinstance(raw, str) else None
    if isinstance(raw, time):
        return raw
    if match is None:
        raise ValueError("expected a time of day such as 09:15")
    return time(int(match[1]), int(match[2]))


def _share(raw: Any) -> Any:
    match = re.fullmatch(r"(\d{1,3})\s*%", raw.strip()) if isinstance(raw, str) else None
    if match:
        return int(match[1]) / 100
    if isinstance(raw, float):
        return raw
    raise ValueError("expected a share such as 20%")


Duration = Annotated[timedelta, BeforeValidator(_duration)]
WallTime = Annotated[time, BeforeValidator(_wall_time)]
Share = Annotated[float, BeforeValidator(_share), Field(gt=0, le=1)]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("expected a time zone such as Europe/London")
    return name


class School(Part):
    name: Text
    time_zone: Annotated[str, BeforeValidator(_zone)]
    languages: tuple[str, ...] = ("en",)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Contact(Part):
    name: Text
    email: Email


class Responsible(Part):
    """Reports and alarms go here, in this order (W7, M6). None may be blank."""

    ict_lead: Contact
    deputy: Contact
    head: Contact
    safeguarding_lead: Contact


class Span(Part):
    """Whole days, both ends included."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.last < self.first:
            raise ValueError(f"ends ({self.last}) before it begins ({self.first})")
        return self

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


class Term(Span):
    name: Text
    half_term: Span | None = None


class Closure(Part):
    """A day, or a span of days, on which the school is shut."""

    on: date | None = None
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    why: Text

    @model_validator(mode="after")
    def _one_form(self) -> Closure:
        if (self.on is None) == (self.first is None or self.last is None):
            raise ValueError("expected either `on:` or both `from:` and `to:`")
        return self

    def covers(self, day: date) -> bool:
        if self.on is not None:
            return day == self.on
        return self.first is not None and self.last is not None and self.first <= day <= self.last


class Segment(Part):
    """A VLAN with a purpose."""

    vlan: Vlan
    subnets: tuple[Network, ...] = ()
    purpose: Literal["pupils", "staff", "things", "guest", "quarantine", "management"] | None = None
    """Left out: the segment's own name where it is one of these."""


class SiteRule(Part):
    """A site, service or category that is allowed or blocked by hand, with who, why and when to look again."""

    name: str | None = None
    service: Id | None = None
    why: Text | None = None
    by: str | None = None
    review: date | None = None
    until: date | None = None
    clauses: tuple[Clause, ...] = ()

    @model_validator(mode="after")
    def _one_subject(self) -> SiteRule:
        if (self.name is None) == (self.service is None):
            raise ValueError("expected either `name:` or `service:`")
        return self


class AccessLevel(Part):
    """What a group may reach. `block` holds categories; sites and services go as {name: …} or {service: …}."""

    extends: Id | None = None
    focus: tuple[Id, ...] = ()
    block: tuple[Id | SiteRule, ...] = ()
    allow: tuple[SiteRule, ...] = ()
    safe_search: Literal["off", "moderate", "strict"] | None = None
    answer: Literal["nodata", "nxdomain", "null", "page"] | None = None
    clauses: tuple[Clause, ...] = ()


class SiteList(Part):
    """Approved sites (F5): published to pupils, used by `focus:`."""

    sites: tuple[str, ...]
    title: Text | None = None
    clauses: tuple[Clause, ...] = ()


class ListSource(Part):
    """A block list and the category it feeds. `path` may be a file or a directory of UT1-style categories."""

    name: Id
    category: Id | None = None
    path: str | None = None
    url: str | None = None
    format: Literal["auto", "hosts", "domains", "adblock", "dnsmasq", "unbound", "rpz", "wildcard"] = "auto"
    licence: Text | None = None
    refresh: Duration = timedelta(days=1)

    @model_validator(mode="after")
    def _one_place(self) -> ListSource:
        if (self.path is None) == (self.url is None):
            raise ValueError("expected either `path:` or `url:`")
        if self.url is not None and not self.url.startswith("https://"):
            raise ValueError("expected an https:// address")
        return self


class YearGroup(Part):
    key_stage: Literal["eyfs", "ks1", "ks2"]
    level: Id
    segment: Id


class Role(Part):
    level: Id
    segment: Id
    may_open: Literal["anyone", "own-classes", "nobody"] = "nobody"
    longest_window: Duration = timedelta(minutes=60)


class OutsideWindows(Part):
    """What holds when no lesson is open (T1): `closed`, `open` or the name of an access level.

    A key stage may have its own; `pupils` holds for those that have none.
    """

    pupils: Id = "closed"
    eyfs: Id | None = None
    ks1: Id | None = None
    ks2: Id | None = None
    staff: Id = "open"

    def for_key_stage(self, key_stage: Literal["eyfs", "ks1", "ks2"]) -> str:
        return {"eyfs": self.eyfs, "ks1": self.ks1, "ks2": self.ks2}[key_stage] or self.pupils


class TimetableSlot(Part):
    """A weekly lesson in local wall time. `level` and `focus` change what it opens; left out: the group's own."""

    group: tuple[Id, ...] = Field(alias="for")
    on: tuple[Day, ...] = Field(min_length=1)
    starts: WallTime = Field(alias="from")
    ends: WallTime = Field(alias="to")
    what: Text
    room: str | None = None
    level: Id | None = None
    focus: tuple[Id, ...] = ()
    clauses: tuple[Clause, ...] = ("T1", "T2")

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and isinstance(raw.get("for"), str):
            return {**raw, "for": (raw["for"],)}
        return raw

    @model_validator(mode="after")
    def _ordered(self) -> TimetableSlot:
        if self.ends <= self.starts:
            raise ValueError(f"ends ({self.ends:%H:%M}) before it begins ({self.starts:%H:%M})")
        return self


class SchoolDay(Part):
    starts: WallTime = time(8, 40)
    bell: WallTime = time(15, 15)


class PupilAgreements(Part):
    signed_by: tuple[Literal["pupil", "guardian"], ...] = ("pupil", "guardian")
    without: Id


class StaffAgreements(Part):
    renew: Literal["yearly", "never"] = "yearly"


class Agreements(Part):
    pupils: PupilAgreements | None = None
    declined: Id = "no-internet"
    staff: StaffAgreements = StaffAgreements()


class PostureRule(Part):
    """How fresh a device's protection must be (D1, D4)."""

    antivirus_signatures: Duration | None = None
    scan: Duration | None = None


class MediaRule(Part):
    needs: tuple[Id, ...] = ()
    receipt_lasts: Duration | Literal["once"] | None = None


class DeviceKind(Part):
    """What is asked of a kind of device, and where it belongs. `segment: by-person` follows its user."""

    segment: Id | None = None
    posture: PostureRule | Literal["none"] = "none"
    needs: tuple[Literal["permission", "scan-receipt"], ...] = ()
    receipt_lasts: Duration | Literal["once"] | None = None
    never: Literal["during-day"] | None = None
    whose: tuple[Mapping[Id, Id], ...] = ()
    pinned: bool = False
    level: Id | None = None
    """An access level of its own, whoever uses it: printers and boards."""
    pupils: MediaRule | Literal["never"] | None = None
    staff: MediaRule | Literal["never"] | None = None
    clauses: tuple[Clause, ...] = ()


class Brakes(Part):
    """How much one minute may change, and what is refused while lessons run."""

    ports_per_minute: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 10
    share_of_room: Share = 0.2
    in_lesson_time: Literal["ask", "allow", "refuse"] = "ask"
    macs_per_port: Annotated[int, Field(strict=True, ge=1, le=1000)] = 3


class OnFailure(Part):
    pupils: Literal["closed"] = "closed"
    staff: Literal["last-good", "closed"] = "last-good"
    things: Literal["open", "last-good"] = "open"


class Privacy(Part):
    query_log: Duration | Literal["off"] = timedelta(days=7)
    safeguarding_events: Duration = timedelta(days=365)
    allowed_names: Literal["registrable-domain", "full", "off"] = "registrable-domain"


class Dns(Part):
    """Names of the school itself. `internal` maps a zone to the resolvers that know it."""

    internal: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    hosts: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    sinkhole: tuple[str, ...] = ()


class Enforcement(Part):
    """How far Caretaker goes on a switch that says nothing of its own."""

    mode: Literal["observe", "register", "enforce"] = "observe"


class Policy(Part):
    """One school's policy. Everything it names exists in it; `policy_file.read` has checked that."""

    school: School
    responsible: Responsible
    terms: tuple[Term, ...] = ()
    closures: tuple[Closure, ...] = ()
    segments: Mapping[Id, Segment]
    access_levels: Mapping[Id, AccessLevel]
    site_lists: Mapping[Id, SiteList] = Field(default_factory=dict)
    lists: tuple[ListSource, ...] = ()
    mandatory: tuple[Id, ...] = ()
    year_groups: Mapping[Id, YearGroup]
    roles: Mapping[Id, Role]
    outside_windows: OutsideWindows = OutsideWindows()
    timetable: tuple[TimetableSlot, ...] = ()
    day: SchoolDay = SchoolDay()
    agreements: Agreements = Agreements()
    devices: Mapping[Id, DeviceKind] = Field(default_factory=dict)
    unknown: Literal["quarantine"] = "quarantine"
    brakes: Brakes = Brakes()
    on_failure: OnFailure = OnFailure()
    enforcement: Enforcement = Enforcement()
    dns: Dns = Dns()
    privacy: Privacy = Privacy()

    def segment_for(self, purpose: str) -> tuple[str, Segment] | None:
        """The first segment with this purpose, by its `purpose:` or else by its name."""
        return next((item for item in self._purposes(purpose)), None)

    def _purposes(self, purpose: str) -> Iterator[tuple[str, Segment]]:
        return ((name, s) for name, s in self.segments.items() if (s.purpose or name) == purpose)
