"""Intended minus observed: the changes that would make a device do what it should. No brakes yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.access_lists import as_told
from controller.model import Because, IntendedState, PlannedChange
from device_drivers.acl import PREFIX, same
from device_drivers.model import (
    Bounce,
    Capability,
    Change,
    DenyClient,
    Disconnect,
    Driver,
    GrantInternet,
    Observed,
    PortKind,
    SetAccessList,
    SetAccessVlan,
    SetClientRole,
    SetShutdown,
    SetSsid,
)
from inventory.model import PortRef, Purpose, Switch

CLOSE_ENOUGH = timedelta(seconds=5)
"""A device counts whole seconds, and reading takes some: two ends nearer than this are one."""
TOO_LATE = timedelta(seconds=2)
"""Reading makes an end look earlier than it is, never later: one that looks so much later is put right."""
_GRANT = Because("gateway.grants", "Its lesson or lease lets it out until then.", ("T1", "T2"))
_SHUT = Because("gateway.grants", "Nothing lets it out now.", ("T1", "T2"))
_LIST = Because("segments", "What this segment may reach, and DNS only at the filter.", ("F10", "F1"))
_HOURS = Because("wifi.ssids", "The hours at which this Wi-Fi network is on the air.", ("T1",))
_OFF_THE_AIR = Because("wifi.deny", "It is barred, or in quarantine: it has no business on the air.", ("W6", "D1"))
_ON_THE_AIR = Because("wifi.deny", "Nothing bars it any more.", ("W6", "D1"))
_NO_LIST = Because("segments", "The policy has no such segment any more.", ("F10",))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one device, and when: a gateway tells the seconds left from that moment on."""

    observed: Observed
    at: datetime


def diff(intent: IntendedState, switch: Switch, driver: Driver | None, reading: Reading) -> tuple[PlannedChange, ...]:
    """In the order in which they are to be made: ways out before the lists that close all others."""
    if switch.purpose is Purpose.ACCESS:
        return tuple(_vlans(intent, switch, reading.observed))
    if switch.purpose is Purpose.GATEWAY:
        return (*_grants(intent, switch, reading), *_lists(intent, switch, driver, reading.observed))
    return (*_ssids(intent, switch, reading.observed), *_denied(intent, switch, driver, reading.observed))


def _vlans(intent: IntendedState, switch: Switch, observed: Observed) -> Iterator[PlannedChange]:
    occupied = {entry.port for entry in observed.table}
    for port in observed.ports:
        if port.access_vlan is None or port.kind in (PortKind.TRUNK, PortKind.LAG_MEMBER, PortKind.ROUTED):
            continue
        wanted = intent.ports.get(PortRef(switch.name, port.name))
        if wanted is None and port.name in occupied:
            # Somebody is there whom the intent does not know to be there: it is older than this reading, or the
            # device was seen at another port as well. Not empty, so not moved to rest.
            continue
        wanted = wanted or intent.resting
        if port.access_vlan != wanted.vlan:
            change = SetAccessVlan(port.name, port.access_vlan, wanted.vlan)
            yield PlannedChange(switch.name, change, wanted.because)


def _ssids(intent: IntendedState, switch: Switch, observed: Observed) -> Iterator[PlannedChange]:
    """Only networks that the policy names and the controller has."""
    for ssid, wanted in intent.ssids.items():
        was = observed.ssids.get(ssid)
        if was is not None and was != wanted:
            yield PlannedChange(switch.name, SetSsid(ssid, was, wanted), _HOURS)


def _denied(
    intent: IntendedState, switch: Switch, driver: Driver | None, observed: Observed
) -> Iterator[PlannedChange]:
    """Whoever shows itself here and must not; and who carries our mark and may again. A mark of others is theirs."""
    if driver is None or Capability.DENY not in driver.can:
        return
    on_the_air = {each.mac for each in observed.clients}
    here = on_the_air.union((each.mac for each in observed.table), (each.mac for each in observed.leases))
    for mac in sorted((intent.denied & here) - observed.denied):
        yield PlannedChange(switch.name, DenyClient(mac, was=False, becomes=True), _OFF_THE_AIR)
    if Capability.DISCONNECT in driver.can:
        # Some controllers keep off only who asks to come in, and leave alone who is in.
        for mac in sorted(intent.denied & observed.denied & on_the_air):
            yield PlannedChange(switch.name, Disconnect(mac), _OFF_THE_AIR)
    for mac in sorted(observed.denied_by_us - intent.denied):
        yield PlannedChange(switch.name, DenyClient(mac, was=True, becomes=False), _ON_THE_AIR)


def _grants(intent: IntendedState, switch: Switch, reading: Reading) -> Iterator[PlannedChange]:
    left = {source: reading.at + timedelta(seconds=seconds) for source, seconds in reading.observed.grants.items()}
    wanted = {source: end for source, end in intent.grants.items() if end > reading.at}
    for source, end in wanted.items():
        change = GrantInternet(source, left.get(source), end)
        if _ends_otherwise(change.was, end) and not nearly_over(change, reading.at):
            yield PlannedChange(switch.name, change, _GRANT)
    for source, was in left.items():
        # One that ends by itself before we could say so is left alone.
        if source not in wanted and was - reading.at > TOO_LATE:
            yield PlannedChange(switch.name, GrantInternet(source, was, None), _SHUT)


def nearly_over(change: Change, now: datetime) -> bool:
    """A way out that would be opened, or made longer, for its last few seconds. It may be on its way for as long, and
    then lets in again after the bell; a reading that began before the bell and ended after it asks for just that."""
    match change:
        case GrantInternet(_, was, datetime() as becomes):
            return becomes - now <= CLOSE_ENOUGH and (was is None or was < becomes)
    return False


def _ends_otherwise(was: datetime | None, end: datetime) -> bool:
    return was is None or was - end > TOO_LATE or end - was > CLOSE_ENOUGH


def _lists(intent: IntendedState, switch: Switch, driver: Driver | None, observed: Observed) -> Iterator[PlannedChange]:
    for interface, meant in intent.access_lists.items():
        wanted = as_told(meant, driver)
        bound = observed.bindings.get(interface) == wanted.name
        was = observed.access_lists.get(wanted.name) if bound else None
        if not same(was, wanted):
            yield PlannedChange(switch.name, SetAccessList(wanted.name, interface, was, wanted), _LIST)
    for interface, name in observed.bindings.items():
        # Lists that are not ours are somebody's work: they are never touched. None meant at all: nobody has said
        # where the filter is, which is no reason to take away what stands.
        if name.startswith(PREFIX) and intent.access_lists and interface not in intent.access_lists:
            change = SetAccessList(name, interface, observed.access_lists.get(name), None)
            yield PlannedChange(switch.name, change, _NO_LIST)


def in_force(change: Change, reading: Reading) -> bool:
    """Was this change made, by what the device says of itself?"""
    observed = reading.observed
    match change:
        case SetAccessVlan(port, _, becomes):
            return any(each.name == port and each.access_vlan == becomes for each in observed.ports)
        case SetAccessList(name, interface, _, None):
            return observed.bindings.get(interface) != name
        case SetAccessList(name, interface, _, becomes):
            return observed.bindings.get(interface) == name and same(observed.access_lists.get(name), becomes)
        case GrantInternet(source, _, becomes):
            seconds = observed.grants.get(source)
            end = None if seconds is None else reading.at + timedelta(seconds=seconds)
            return _same_end(end, becomes, reading.at)
        case SetShutdown(port, _, becomes):
            return any(each.name == port and each.shut == becomes for each in observed.ports)
        case Bounce(port):
            return any(each.name == port and not each.shut for each in observed.ports)
        case SetClientRole() | DenyClient() | SetSsid() | Disconnect():
            return _so_on_the_air(change, observed)


def _so_on_the_air(change: SetClientRole | DenyClient | SetSsid | Disconnect, observed: Observed) -> bool:
    match change:
        case SetClientRole(client, _, becomes):
            return any(each.mac == client and each.role == becomes for each in observed.clients)
        case DenyClient(client, _, becomes):
            return (client in observed.denied) == becomes
        case SetSsid(ssid, _, becomes):
            return observed.ssids.get(ssid) == becomes
        case Disconnect():
            return True  # nothing stays of it that could be read


def _same_end(end: datetime | None, wanted: datetime | None, now: datetime) -> bool:
    soon = now + CLOSE_ENOUGH
    return abs((end or now) - (wanted or now)) <= CLOSE_ENOUGH if end and wanted else (end or wanted or now) <= soon
