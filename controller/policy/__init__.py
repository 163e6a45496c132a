"""The declarative file, typed: one school, who may do what and when. `file.py` reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from controller.policy.agreements import Agreements, OnlineAgreement, PupilAgreements, StaffAgreements
from controller.policy.calendar import (
    Break,
    Closure,
    DatedLesson,
    ExamPeriod,
    Exams,
    SchoolDay,
    Span,
    SsidHours,
    Term,
    TimetableSlot,
    TwoWeeks,
)
from controller.policy.reports import Reports
from controller.policy.types import (
    DAYS,
    Address,
    Clause,
    Day,
    Duration,
    Email,
    Id,
    Language,
    Need,
    Network,
    Part,
    Resolver,
    SchoolDate,
    Share,
    Ssid,
    Subnet,
    Text,
    Vlan,
    WallTime,
    YesNo,
    ZoneName,
)

# What belongs to the policy but stands in a file of its own is imported from here.
__all__ = [
    "DAYS",
    "Agreements",
    "Break",
    "Clause",
    "Closure",
    "DatedLesson",
    "Day",
    "Duration",
    "Email",
    "ExamPeriod",
    "Exams",
    "Id",
    "Network",
    "OnlineAgreement",
    "Part",
    "PupilAgreements",
    "Reports",
    "SchoolDay",
    "Share",
    "Span",
    "SsidHours",
    "StaffAgreements",
    "Term",
    "Text",
    "TimetableSlot",
    "TwoWeeks",
    "Vlan",
    "WallTime",
]
from inventory.model import Mode, Purpose


class School(Part):
    name: Text
    time_zone: ZoneName
    languages: tuple[Language, ...] = ("en",)

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


class Segment(Part):
    """A VLAN with a purpose."""

    vlan: Vlan
    subnets: tuple[Subnet, ...] = ()
    purpose: Literal["pupils", "staff", "things", "guest", "quarantine", "management"] | None = None
    """Left out: the segment's own name where it is one of these."""


class SiteRule(Part):
    """A site, service or category that is allowed or blocked by hand, with who, why and when to look again."""

    name: str | None = None
    service: Id | None = None
    why: Text | None = None
    by: str | None = None
    review: SchoolDate | None = None
    until: SchoolDate | None = None
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
    query_log: Literal["off", "blocked", "domain", "full"] | None = None
    """What is written down of allowed names; left out: as `privacy.allowed_names` says."""
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
    may_repeat: YesNo = False
    """Whether it may open a window every week: a club."""


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


class Sanctions(Part):
    """`alone`: how long a sanction lasts that nobody but its author approved. `keep`: sites that stay open in one."""

    alone: Duration = timedelta(days=7)
    keep: tuple[Id, ...] = ()


class PostureRule(Part):
    """How fresh a device's protection must be (D1, D4)."""

    antivirus_signatures: Duration | None = None
    scan: Duration | None = None


class MediaRule(Part):
    needs: tuple[Need, ...] = ()
    receipt_lasts: Duration | Literal["once"] | None = None


class DeviceKind(Part):
    """What is asked of a kind of device, and where it belongs. `segment: by-person` follows its user."""

    segment: Id | None = None
    posture: PostureRule | Literal["none"] = "none"
    needs: tuple[Need, ...] = ()
    receipt_lasts: Duration | Literal["once"] | None = None
    never: Literal["during-day"] | None = None
    whose: tuple[Mapping[Id, Id], ...] = ()
    pinned: YesNo = False
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
    pupils_per_minute: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 30
    vanished: Share = 0.5
    """Of a room's used ports: when more of them lose their link after a push, nothing more is changed there."""
    drift: Literal["repair", "report"] = "repair"
    bounce: Literal["always", "quarantine", "admission", "never"] = "always"
    """When the link of a port that was moved goes down and up, so that its device asks for an address anew."""


class OnFailure(Part):
    pupils: Literal["closed"] = "closed"
    staff: Literal["last-good", "closed"] = "last-good"
    things: Literal["open", "last-good"] = "open"


HARM = ("adult", "violence", "extremism", "terrorism", "hate", "self-harm", "suicide", "weapons", "drugs")


class Privacy(Part):
    """How long what is kept. A block of a category of `harm` is an event for the safeguarding lead."""

    query_log: Duration | Literal["off"] = timedelta(days=7)
    safeguarding_events: Duration = timedelta(days=365)
    harm: tuple[Id, ...] = HARM
    allowed_names: Literal["registrable-domain", "full", "off"] = "registrable-domain"
    history: Duration = timedelta(days=180)
    """How long it is kept who was where with which address, and who signed in there (M4, M9)."""


class Dns(Part):
    """Names of the school itself. `internal` maps a zone to the resolvers that know it."""

    internal: Mapping[str, tuple[Resolver, ...]] = Field(default_factory=dict)
    hosts: Mapping[str, tuple[Address, ...]] = Field(default_factory=dict)
    sinkhole: tuple[Address, ...] = ()
    other_resolvers: tuple[Subnet, ...] = ()
    """Networks of resolvers outside that nobody reaches, beside the public ones Caretaker knows (F10)."""


class Wifi(Part):
    """Networks that are on the air at some hours only (one that is not named is left alone), and who is kept off."""

    ssids: Mapping[Ssid, SsidHours] = Field(default_factory=dict)
    deny: Literal["never", "barred", "quarantine"] = "barred"
    """Who is kept off the air by the controllers that can: devices that are barred, or whatever is in quarantine."""


class Enforcement(Part):
    """How far Caretaker goes on a switch that says nothing of its own in switches.csv; a new school only looks."""

    mode: Literal["observe", "register", "enforce"] = "observe"
    access: Literal["observe", "register", "enforce"] | None = None
    gateway: Literal["observe", "register", "enforce"] | None = None
    wireless: Literal["observe", "register", "enforce"] | None = None

    def modes(self) -> Mapping[Purpose, Mode]:
        """For devices of each purpose; `mode` holds where a purpose has none of its own."""
        own = {Purpose.ACCESS: self.access, Purpose.GATEWAY: self.gateway, Purpose.WIRELESS: self.wireless}
        return {purpose: Mode(mode or self.mode) for purpose, mode in own.items()}


class Policy(Part):
    """One school's policy. Everything it names exists in it; `policy_file.read` has checked that."""

    school: School
    responsible: Responsible
    terms: tuple[Term, ...] = ()
    closures: tuple[Closure, ...] = ()
    bank_holidays: Literal["england-and-wales", "scotland", "northern-ireland"] | None = None
    """Whose bank holidays close the school; left out: only `closures:` do."""
    segments: Mapping[Id, Segment]
    access_levels: Mapping[Id, AccessLevel]
    site_lists: Mapping[Id, SiteList] = Field(default_factory=dict)
    lists: tuple[ListSource, ...] = ()
    mandatory: tuple[Id, ...] = ()
    year_groups: Mapping[Id, YearGroup]
    classes: Mapping[Id, Id] = Field(default_factory=dict)
    """Each class and its year group."""
    rooms: Mapping[Id, Text] = Field(default_factory=dict)
    """Rooms that the timetable names, and what staff call them."""
    roles: Mapping[Id, Role]
    outside_windows: OutsideWindows = OutsideWindows()
    timetable: tuple[TimetableSlot, ...] = ()
    weeks: TwoWeeks | None = None
    lessons: tuple[DatedLesson, ...] = ()
    exam_periods: tuple[ExamPeriod, ...] = ()
    calendars: Mapping[Id, Literal["closures", "lessons"]] = Field(default_factory=dict)
    """Imported calendars, `calendars/NAME.csv` beside this file, and what their entries are."""
    day: SchoolDay = SchoolDay()
    exams: Exams = Exams()
    agreements: Agreements = Agreements()
    sanctions: Sanctions = Sanctions()
    devices: Mapping[Id, DeviceKind] = Field(default_factory=dict)
    unknown: Literal["quarantine"] = "quarantine"
    brakes: Brakes = Brakes()
    on_failure: OnFailure = OnFailure()
    enforcement: Enforcement = Enforcement()
    dns: Dns = Dns()
    wifi: Wifi = Wifi()
    privacy: Privacy = Privacy()
    reports: Reports = Reports()

    def segment_for(self, purpose: str) -> tuple[str, Segment] | None:
        """The first segment with this purpose, by its `purpose:` or else by its name."""
        return next((item for item in self._purposes(purpose)), None)

    def year_group_of(self, name: str) -> str:
        """The year group of a class; any other name as it stands."""
        return self.classes.get(name, name)

    def _purposes(self, purpose: str) -> Iterator[tuple[str, Segment]]:
        return ((name, s) for name, s in self.segments.items() if (s.purpose or name) == purpose)
