"""Which VLAN each port should be in, from the devices that are behind it now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.facts import Facts
from controller.model import Because, Decision, IntendedPort
from inventory.fold import REFRESH
from inventory.model import Mac, PortRef, Purpose, SwitchName, Whereabouts

STILL_HERE = timedelta(minutes=15)
"""Whoever was last seen so much before the latest on the same port has left it to that one."""
A_DAY_OUT = timedelta(hours=12)
"""An unused port goes back to rest after this; a laptop that slept through the morning keeps its place."""

_SHARED = "Devices that belong in different segments share this port: none gets the laxer one."
_EMPTY = Because("segments.quarantine", "Nothing is behind this port: it rests in quarantine.", ("D1", "D3"))


@dataclass(frozen=True, slots=True)
class Intended:
    """`ports`: those on which something is. `resting`: the intent of every other managed access port.

    `next_parting`: when a port that several share may be one's alone again, because the others were not seen there
    for long enough by then. Nothing is told when somebody is not seen any more, so the hour itself has to be looked at.
    """

    ports: Mapping[PortRef, IntendedPort]
    resting: IntendedPort
    next_parting: datetime | None


def intended_ports(facts: Facts, decisions: Mapping[Mac, Decision], now: datetime) -> Intended:
    """Only ports of access switches: behind a Wi-Fi controller or a gateway there is no port to move."""
    resting = _intended(facts, PortRef(SwitchName(""), ""), facts.quarantine, _EMPTY)
    vlans = {name: segment.vlan for name, segment in facts.policy.segments.items()}
    oldest = now - A_DAY_OUT
    found: dict[PortRef, IntendedPort] = {}
    partings: list[datetime] = []
    for ref, places in _by_port(facts).items():
        if len(places) == 1:
            # Nearly every port of a school: spelt out, because there are thousands.
            (place,) = places
            if _at_port(place) >= oldest or _pinned(facts, place.mac):
                decision = decisions[place.mac]
                found[ref] = IntendedPort(ref, decision.segment, vlans[decision.segment], decision.because)
            continue
        here = tuple(_present(facts, places, oldest))
        if here:
            found[ref] = _of(facts, ref, [decisions[place.mac] for place in here])
        if len({decisions[place.mac].segment for place in here}) > 1:
            partings.append(max(min(map(_at_port, here)) + STILL_HERE + REFRESH, now + REFRESH))
    return Intended(found, resting, min(partings, default=None))


def _by_port(facts: Facts) -> Mapping[PortRef, Sequence[Whereabouts]]:
    switches = facts.inventory.switches
    access = {name for name, switch in switches.items() if switch.purpose is Purpose.ACCESS}
    seen: dict[PortRef, list[Whereabouts]] = defaultdict(list)
    for place in facts.inventory.whereabouts.values():
        if place.port is not None and place.port.switch in access:
            seen[place.port].append(place)
    return seen


def _present(facts: Facts, places: Sequence[Whereabouts], oldest: datetime) -> Iterable[Whereabouts]:
    """Of several that were seen at one port, who is there still."""
    latest = max(map(_at_port, places))
    oldest = max(oldest, latest - STILL_HERE)
    # A printer sleeps for days and never moves: its port stays its own until somebody else appears there.
    return (each for each in places if _at_port(each) >= oldest or _sleeps(facts, each, latest))


def _sleeps(facts: Facts, place: Whereabouts, latest: datetime) -> bool:
    return _pinned(facts, place.mac) and latest - _at_port(place) <= STILL_HERE


def _at_port(place: Whereabouts) -> datetime:
    """A lease that is still used says nothing of the port: the laptop may be on the Wi-Fi by now."""
    return place.port_seen or place.last_seen


def _pinned(facts: Facts, mac: Mac) -> bool:
    device = facts.inventory.devices.get(mac)
    kind = facts.policy.devices.get(device.kind) if device else None
    return kind is not None and kind.pinned


def _of(facts: Facts, ref: PortRef, here: Sequence[Decision]) -> IntendedPort:
    if len(here) == 1 or len({decision.segment for decision in here}) == 1:
        return _intended(facts, ref, here[0].segment, here[0].because)
    names = facts.inventory.devices
    who = ", ".join(sorted(names[d.mac].name if d.mac in names else d.mac for d in here)[:5])
    return _intended(facts, ref, facts.quarantine, Because("segments.quarantine", f"{_SHARED} ({who})", ("D1",)))


def _intended(facts: Facts, ref: PortRef, segment: str, because: Because) -> IntendedPort:
    return IntendedPort(ref, segment, facts.policy.segments[segment].vlan, because)
