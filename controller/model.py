"""The nouns of the loop: windows, decisions, intents, plans. All moments are aware datetimes in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from device_drivers.model import AccessList, Change
from dns_filter.model import FilterTable
from inventory.model import Mac, PortRef, SwitchName


class WindowKind(StrEnum):
    OPEN = "open"
    EXAM = "exam"
    """Only the sites of `focus`, whatever else is open; lists are not updated meanwhile."""
    PAUSE = "pause"
    """Everything off."""


@dataclass(frozen=True, slots=True)
class AccessWindow:
    """One opening with absolute times: `opens_at <= now < closes_at`. Made by a person or by the timetable.

    `id` is the database's for a window a person opened, `timetable[3]@2026-11-24` for what the policy plans.
    `level` and `focus` are access levels and site lists of the policy; None and empty: the group's own level.
    """

    id: str
    group: str
    """A year group of the policy; empty: every year group."""
    opens_at: datetime
    closes_at: datetime
    opened_by: str
    why: str = ""
    level: str | None = None
    focus: tuple[str, ...] = ()
    rule: str = ""
    """The policy line that allows it: `timetable[3]` or `roles.teacher.may_open`."""
    ended_by: str | None = None
    clauses: tuple[str, ...] = ()
    kind: WindowKind = WindowKind.OPEN
    school_class: str | None = None
    """Of the group only this class; and so on: whoever is meant fits everything that is said."""
    room: str | None = None
    macs: tuple[Mac, ...] = ()
    series: str | None = None
    """What windows that one person opened for several weeks have in common."""

    def covers(self, now: datetime) -> bool:
        return self.opens_at <= now < self.closes_at

    @property
    def planned(self) -> bool:
        """The policy plans it; nobody opened it."""
        return "[" in self.id

    @property
    def narrow(self) -> bool:
        """For others than exactly one year group."""
        return not self.group or self.school_class is not None or self.room is not None or bool(self.macs)

    @property
    def whom(self) -> str:
        """For whom it is, as staff would say it."""
        named = self.school_class or (f"{len(self.macs)} named devices" if len(self.macs) > 1 else "a named device")
        who = named if self.school_class or self.macs else self.group
        if self.room is None:
            return who or "all year groups"
        return f"{who} in {self.room}" if who else self.room


@dataclass(frozen=True, slots=True)
class Because:
    """Why: `rule` is a line of the policy or a fact of the inventory, `text` a sentence for staff."""

    rule: str
    text: str
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one device may do at one moment, which rule won, which lost, and what would change it."""

    mac: Mac
    profile: str
    """The name of a filter profile."""
    segment: str
    """A segment of the policy: where its port belongs."""
    internet: bool
    because: Because
    lost: tuple[Because, ...] = ()
    until: datetime | None = None
    """When this ends by itself; None where only a person or a new fact ends it."""
    allowed_if: str = ""
    """What would make more allowed, and who can do it: `a member of staff opens a lesson for year-5`."""
    group: str | None = None
    """The year group or role it acts for."""


@dataclass(frozen=True, slots=True)
class IntendedPort:
    ref: PortRef
    segment: str
    vlan: int
    because: Because


@dataclass(frozen=True, slots=True)
class IntendedState:
    """What every enforcement point must do, as of `at`. Compile again at `valid_until` at the latest."""

    at: datetime
    valid_until: datetime
    decisions: Mapping[Mac, Decision]
    table: FilterTable
    ports: Mapping[PortRef, IntendedPort]
    """Ports on which something was seen. Every other managed access port rests in quarantine: `resting`."""
    resting: IntendedPort
    """The intent of a managed access port that is in no row of `ports` (its ref is empty)."""
    grants: Mapping[str, datetime]
    """Address -> until when the gateway lets it out."""
    access_lists: Mapping[str, AccessList]
    """Gateway interface (`vlan20`) -> the list bound there."""
    ssids: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    """Wi-Fi network -> is it to be on the air? Only those the policy speaks of."""
    windows: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Every window that is carried out, and the end that was compiled for it."""
    denied: frozenset[Mac] = frozenset()
    """Devices that are to be kept off the air wherever they show themselves."""
    leaks: tuple[str, ...] = ()
    """What the proof found wrong with these lists, in sentences. Empty: segregation is proven."""
    site_rules: frozenset[str] = frozenset()
    """The school's own rules for sites that are compiled into the table, each with its end."""


class Brake(StrEnum):
    """Why a change is held back."""

    MODE = "mode"
    UPLINK = "uplink"
    PROTECTED = "protected"
    TOO_MANY_MACS = "too-many-macs"
    OWN_PATH = "own-path"
    KEEPS_LINK = "keeps-its-link"
    """A phone, an access point or what a port feeds with power: its link is never cut."""
    DRIFT = "drift"
    """Somebody changed it by hand, and the policy says that this is reported, not mended."""
    BLAST_RADIUS = "blast-radius"
    ROOM = "room"
    PUPILS = "pupils"
    VANISHED = "vanished"
    """A room went dark after a push."""
    LESSON = "lesson"
    NOT_SUPPORTED = "not-supported"
    UNREADABLE = "unreadable"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class PlannedChange:
    device: SwitchName
    change: Change
    because: Because


@dataclass(frozen=True, slots=True)
class HeldBack:
    planned: PlannedChange
    brake: Brake
    text: str
    """What a technician reads: what holds it back, and how to let it through."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Intended minus observed, after the brakes."""

    made_at: datetime
    valid_until: datetime
    changes: tuple[PlannedChange, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.changes


class PointState(StrEnum):
    NEVER = "never-reached"
    IN_FORCE = "in-force"
    PENDING = "pending"
    UNREACHABLE = "unreachable"
    SET_ASIDE = "set-aside"
    OBSERVED_ONLY = "observed-only"


@dataclass(frozen=True, slots=True)
class EnforcementPoint:
    """How far one enforcement point has got, for the console and `GET /api/v1/enforcement-points`."""

    name: str
    purpose: str
    """`dns-filter`, `access`, `gateway` or `wireless`."""
    state: PointState
    since: datetime
    detail: str = ""
    can_lease: bool = False
    last_verified: datetime | None = None
    epoch: int | None = None
    held_back: tuple[HeldBack, ...] = ()
    applied: int = 0
    drift: tuple[PlannedChange, ...] = ()
    """What somebody changed by hand, and what it ought to be."""
    bugs: int = 0
    """How often our own driver failed on it since the start."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: an account, an API token or the system itself. `scopes` is what it may do at all."""

    name: str
    role: str
    """`teacher`, `ict_lead`, `head`, `technician`, `auditor`, `system`."""
    scopes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    """Year groups of its own classes."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One privileged act. `hash` covers the row and the hash before it."""

    number: int
    at: datetime
    actor: str
    action: str
    """A verb and a noun: `window.open`, `device.quarantine`, `policy.load`, `port.set-vlan`."""
    subject: str
    detail: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Staged:
    """A candidate policy for test devices. `base`: the hash of the policy that ran when it was staged."""

    text: str
    sha256: str
    base: str
    devices: frozenset[Mac]
    by: str
    at: datetime
    proofs: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy that came into force at a moment; numbers go up."""

    number: int
    at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person should look at: `flood`, `pinned` (a printer that is suddenly a laptop)…"""

    number: int
    at: datetime
    kind: str
    subject: str
    text: str
    settled_at: datetime | None = None
    settled_by: str | None = None
