"""The nouns of the inventory: devices, people, switches, ports, and where and when they were seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, NewType

from inventory.agreements import Agreement
from inventory.sanctions import Emergency, Sanction
from inventory.site_rules import SiteRule

if TYPE_CHECKING:
    from inventory.history import SignIn

Mac = NewType("Mac", str)
"""Six octets, lower case, colons between them: `3c:22:fb:05:00:11`. Made by `parse_mac` only."""
YearGroupId = NewType("YearGroupId", str)
PersonId = NewType("PersonId", str)
SwitchName = NewType("SwitchName", str)

_HEX = re.compile(r"[0-9a-f]{12}")


def parse_mac(text: str) -> Mac:
    """Read a MAC in any vendor's spelling (`3c22.fb05.0011`, `3C-22-FB-05-00-11`).

    Raises ValueError where the text is no unicast MAC: a group address never names a device.
    """
    digits = re.sub(r"[.:\-\s]", "", text).lower()
    if not _HEX.fullmatch(digits) or digits == "0" * 12:
        raise ValueError(f"not a MAC address: {text[:40]!r}")
    if int(digits[1], 16) & 1:
        raise ValueError(f"a group address, not a device: {text[:40]!r}")
    return Mac(":".join(digits[i : i + 2] for i in range(0, 12, 2)))


def is_randomised(mac: Mac) -> bool:
    """A locally administered MAC (second digit 2, 6, A, E) says nothing of vendor or person."""
    return bool(int(mac[1], 16) & 2)


class Admission(StrEnum):
    """Has a person let this device in?"""

    UNKNOWN = "unknown"
    REGISTERED = "registered"
    BARRED = "barred"
    """Lost, stolen, retired or refused (W6)."""


class BarredAs(StrEnum):
    """Why a barred device is barred. Only LOST comes back by being found; the others when a person says so."""

    LOST = "lost"
    STOLEN = "stolen"
    RETIRED = "retired"
    REFUSED = "refused"


class Posture(StrEnum):
    """Is this device fit to be let in? From receipts and their age, clauses D1 and D4."""

    UNKNOWN = "unknown"
    UNSCANNED = "unscanned"
    COMPLIANT = "compliant"
    NONCOMPLIANT = "noncompliant"
    EXEMPT = "exempt"


class Mode(StrEnum):
    """How far Caretaker may go on a switch or a port. A new switch starts in OBSERVE."""

    OBSERVE = "observe"
    REGISTER = "register"
    ENFORCE = "enforce"


class Purpose(StrEnum):
    """What a managed device of the network is for."""

    ACCESS = "access"
    GATEWAY = "gateway"
    WIRELESS = "wireless"


@dataclass(frozen=True, slots=True, order=True)
class PortRef:
    """A port of a switch, in the short spelling of its platform: `Gi1/0/5`."""

    switch: SwitchName
    port: str

    def __str__(self) -> str:
        return f"{self.switch} {self.port}"


@dataclass(frozen=True, slots=True)
class Hold:
    """A person put this device in quarantine by hand; only a person takes it out again."""

    by: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Exemption:
    """A device outside the posture rules (a door lock): who said so, why, until when."""

    by: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A device that may come in for a while (a visitor's, one from home: D3): who said so, why, until when."""

    by: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one scan of one device. `reported_at`: when a machine last said so of itself, with the signatures
    it had by then; None where a station scanned it."""

    mac: Mac
    scanned_at: datetime
    engine: str
    signatures_at: datetime
    clean: bool
    by: str
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device with one MAC. `kind` is a key of the policy file's `devices:`.

    Whom it acts for: `person` where it has an owner, else `year_group` (a class trolley) or `role`
    (a staff machine in a cupboard); at most one of the three decides, in that order.
    """

    mac: Mac
    name: str
    kind: str
    admission: Admission = Admission.UNKNOWN
    year_group: YearGroupId | None = None
    role: str | None = None
    person: PersonId | None = None
    room: str | None = None
    hold: Hold | None = None
    exemption: Exemption | None = None
    first_seen: datetime | None = None
    approval: Approval | None = None
    """Where there is one, the registration ends with it."""
    barred_as: BarredAs | None = None
    source: str = ""
    """The roster it came from, such as `devices.csv`; empty where a person or a sighting brought it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role (staff) or a year group (pupil)."""

    id: PersonId
    name: str
    role: str | None = None
    year_group: YearGroupId | None = None
    source: str = ""
    """The roster this row came from, such as `people.csv` or `sims`."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A managed device of the network: access switch, gateway or Wi-Fi controller.

    `credentials` names an entry of the secrets file; the secret itself never enters the inventory.
    """

    name: SwitchName
    host: str
    ssh_port: int
    platform: str
    purpose: Purpose
    mode: Mode = Mode.OBSERVE
    credentials: str = "default"
    room: str | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """What a person has said of a port. A port nobody spoke of has no entry and follows its switch."""

    ref: PortRef
    room: str | None = None
    mode: Mode | None = None
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something was seen on the network. `source` is `switch-table`, `dhcp`, `lease`, `wireless`, `csv`…"""

    mac: Mac
    at: datetime
    source: str
    port: PortRef | None = None
    vlan: int | None = None
    address: str | None = None
    hostname: str | None = None
    fingerprint: str | None = None
    """What a DHCP client asks for, in its order (option 55): `1,3,6,15,119,252`."""
    vendor_class: str | None = None
    """What a DHCP client says it is (option 60): `MSFT 5.0`."""


class AlsoAt(NamedTuple):
    """A further address of a device, and when it was last seen with it."""

    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The last known place and address of a MAC.

    `port_seen` and `address_seen` say when each was last told: a gateway that knows nothing of ports must not make
    what a switch read a moment earlier look old.
    """

    mac: Mac
    last_seen: datetime
    port: PortRef | None = None
    vlan: int | None = None
    address: str | None = None
    hostname: str | None = None
    port_seen: datetime | None = None
    address_seen: datetime | None = None
    also: tuple[AlsoAt, ...] = ()
    """Its other addresses: a device speaks IPv4 and IPv6 at the same time, and IPv6 by several at once (RFC 8981)."""

    @property
    def addresses(self) -> tuple[str, ...]:
        main = (self.address,) if self.address else ()
        return (*main, *(other.address for other in self.also)) if self.also else main


class NewsKind(StrEnum):
    NEW_DEVICE = "new-device"
    MOVED = "moved"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class News:
    """What a sighting changed. It only wakes the loop; the loop reads the world again."""

    kind: NewsKind
    mac: Mac
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """All facts at one moment. Never changed in place."""

    devices: Mapping[Mac, Device] = field(default_factory=lambda: MappingProxyType({}))
    people: Mapping[PersonId, Person] = field(default_factory=lambda: MappingProxyType({}))
    switches: Mapping[SwitchName, Switch] = field(default_factory=lambda: MappingProxyType({}))
    ports: Mapping[PortRef, Port] = field(default_factory=lambda: MappingProxyType({}))
    whereabouts: Mapping[Mac, Whereabouts] = field(default_factory=lambda: MappingProxyType({}))
    receipts: Mapping[Mac, Receipt] = field(default_factory=lambda: MappingProxyType({}))
    """The newest receipt of each device."""
    sign_ins: Mapping[Mac, SignIn] = field(default_factory=lambda: MappingProxyType({}))
    """The last one at each device, over or not."""
    agreements: Mapping[PersonId, tuple[Agreement, ...]] = field(default_factory=lambda: MappingProxyType({}))
    sanctions: tuple[Sanction, ...] = ()
    """Those that have not been ended."""
    emergency: Emergency | None = None
    """The one in force."""
    site_rules: tuple[SiteRule, ...] = ()
    """The school's own rules for sites that nobody has ended."""

    def rooms_of(self, mac: Mac) -> frozenset[str]:
        """The room a person said a device is kept in, and the room of the port at which it is now."""
        device, where = self.devices.get(mac), self.whereabouts.get(mac)
        port = where.port if where else None
        said = self.ports.get(port) if port else None
        switch = self.switches.get(port.switch) if port else None
        rooms = (device.room if device else None, (said.room if said else None) or (switch.room if switch else None))
        return frozenset(filter(None, rooms))
