"""Who was where, and when: stays and sign-ins kept over time, and the answer for a moment that is past. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from inventory.model import AlsoAt, Device, Mac, Person, PersonId, PortRef, YearGroupId, is_randomised

FRESH = timedelta(minutes=10)
"""Between two looks at the network a device is taken to be where it was."""
LONGEST_LEASE = timedelta(hours=24)
"""A device that was not seen since may still have had its address for so long; later nothing is said."""
LONGEST_SIGN_IN = timedelta(hours=10)
"""A sign-in nobody ended: the school day is over."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One device with one address at one port, from the first to the last time it was seen so."""

    mac: Mac
    began_at: datetime
    last_seen: datetime
    port: PortRef | None = None
    vlan: int | None = None
    address: str | None = None
    hostname: str | None = None
    port_seen: datetime | None = None
    address_seen: datetime | None = None
    also: tuple[AlsoAt, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        return (*((self.address,) if self.address else ()), *(other.address for other in self.also))

    def as_asked(self, address: str) -> Stay:
        """The same stay as that of one of its further addresses."""
        found = (other for other in self.also if other.address == address)
        return next((replace(self, address=other.address, address_seen=other.at) for other in found), self)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody signed in at a device (W1): a person where each has a login, else the year group's."""

    mac: Mac
    began_at: datetime
    source: str
    """Who says so: `radius`, `windows`, `csv`…"""
    ended_at: datetime | None = None
    person: PersonId | None = None
    year_group: YearGroupId | None = None
    role: str | None = None

    def covers(self, at: datetime) -> bool:
        return self.began_at <= at < (self.ended_at or self.began_at + LONGEST_SIGN_IN)


class Certainty(StrEnum):
    """How sure an answer is; the least sure part counts."""

    SURE = "sure"
    LIKELY = "likely"
    UNSURE = "unsure"


_ORDER = tuple(Certainty)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an answer, with how sure it is and why."""

    certainty: Certainty
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """A device that had an address (or was at a port) at a moment, and who used it as far as is known.

    `group` is the year group or role signed in, or the one the device was registered for.
    """

    stay: Stay
    device: Device | None
    person: PersonId | None
    group: str | None
    certainty: Certainty
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """What the store knows of the devices in question. `devices` are as they stood at the moment asked for."""

    stays: Sequence[Stay]
    sign_ins: Sequence[SignIn]
    devices: Mapping[Mac, Device]
    people: Mapping[PersonId, Person]


def who_had(past: Past, at: datetime) -> tuple[Held, ...]:
    """Every device that may have had what was asked for at that moment, the surest first.

    `past.stays` are all stays with that address (or MAC); of each device the one that fits the moment best counts.
    """
    best = [stay for stay in _best_of_each(past.stays, at) if at - stay.last_seen <= LONGEST_LEASE]
    # Who came later has taken the address over: whoever was seen with it last before the moment had it.
    inside = [stay for stay in best if at - stay.last_seen <= FRESH]
    chosen = inside or best[:1]
    held = (_held(past, stay, at, rivals=len(chosen) - 1) for stay in chosen)
    return tuple(sorted(held, key=lambda one: (_ORDER.index(one.certainty), one.stay.mac)))


def _best_of_each(stays: Iterable[Stay], at: datetime) -> list[Stay]:
    """The newest stay of each device that had begun by then; the one seen last comes first."""
    newest: dict[Mac, Stay] = {}
    for stay in sorted(stays, key=lambda one: (one.began_at, one.last_seen)):
        if stay.began_at <= at:
            newest[stay.mac] = stay
    return sorted(newest.values(), key=lambda one: one.last_seen, reverse=True)


def _held(past: Past, stay: Stay, at: datetime, rivals: int) -> Held:
    device = past.devices.get(stay.mac)
    who, person, group = _user(past, stay.mac, device, at)
    parts = [_address_part(stay, at), *_doubts(stay, rivals), *_port_part(stay, at), who]
    worst = max((part.certainty for part in parts), key=_ORDER.index)
    return Held(stay, device, person, group, worst, tuple(part.reason for part in parts))


def _address_part(stay: Stay, at: datetime) -> Part:
    what = f"the address {stay.address}" if stay.address else "no address"
    told = stay.address_seen or stay.last_seen
    if at <= told:
        return Part(Certainty.SURE, f"seen with {what} before and after that moment")
    if at - max(told, stay.last_seen) <= FRESH:
        return Part(Certainty.SURE, f"seen {_minutes(at - stay.last_seen)} before, and {what} was its last")
    return Part(Certainty.UNSURE, f"last seen with {what} {_minutes(at - told)} before that moment")


def _doubts(stay: Stay, rivals: int) -> Iterator[Part]:
    if rivals:
        yield Part(Certainty.UNSURE, f"{rivals + 1} devices had this address at the same time")
    if is_randomised(stay.mac):
        yield Part(Certainty.LIKELY, "its MAC is randomised: the same device may have had others")


def _port_part(stay: Stay, at: datetime) -> Iterator[Part]:
    if stay.port is None:
        yield Part(Certainty.LIKELY, "no switch told its port")
    elif stay.port_seen is not None and at - stay.port_seen > FRESH:
        yield Part(Certainty.LIKELY, f"{stay.port} was last told {_minutes(at - stay.port_seen)} before that moment")
    else:
        yield Part(Certainty.SURE, f"a switch saw it at {stay.port}")


def _user(past: Past, mac: Mac, device: Device | None, at: datetime) -> tuple[Part, PersonId | None, str | None]:
    """The sign-in that held then; else whom the device was registered for."""
    signed = [one for one in past.sign_ins if one.mac == mac and one.covers(at)]
    if signed:
        last = max(signed, key=lambda one: one.began_at)
        group = _group(past, last.person) or last.year_group or last.role
        since = f"{last.began_at:%H:%M} UTC"
        return (
            Part(Certainty.SURE, f"signed in since {since} as {_named(last, group)} ({last.source})"),
            last.person,
            group,
        )
    if device is None:
        return Part(Certainty.UNSURE, "nobody signed in, and nobody had registered it"), None, None
    group = _group(past, device.person) or device.year_group or device.role
    if device.person is None and group is None:
        return Part(Certainty.UNSURE, "nobody signed in, and it was registered for nobody"), None, None
    owner = "somebody" if device.person else group
    return Part(Certainty.LIKELY, f"nobody signed in; it was registered for {owner}"), device.person, group


def _named(sign_in: SignIn, group: str | None) -> str:
    if sign_in.person:
        return f"a person of {group}" if group else "a person"
    return group or "nobody in particular"


def _group(past: Past, person: PersonId | None) -> str | None:
    known = past.people.get(person) if person else None
    return (known.year_group or known.role) if known else None


def _minutes(span: timedelta) -> str:
    minutes = max(0, int(span / timedelta(minutes=1)))
    if minutes >= 120:
        return f"{minutes // 60} hours"
    return f"{minutes} minutes" if minutes != 1 else "1 minute"
