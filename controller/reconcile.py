"""One device, level by level: observe, diff, brake, render, send, observe again, and undo what did not come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from controller.brakes import INFRASTRUCTURE, held_by
from controller.diff import Reading
from controller.model import Because, HeldBack, IntendedState, Plan, PlannedChange
from controller.plan import braked, things_of
from controller.push.carry_out import carry_out, observe
from controller.push.drift import NOTHING, Known, drifted, held_for_report
from controller.push.ladder import NOBODY, Rungs, escalated
from controller.push.moments import Moments
from controller.push.outcome import Journal, Line, Move, Outcome
from controller.push.renewal import left_down, renewed
from controller.push.vanished import SOON, dark_rooms
from controller.situation import Situation
from device_drivers.model import Capability, DeviceError, Driver, Observed, PortKind, Session, SetAccessVlan
from inventory.model import Mode, PortRef, Purpose, Sighting, Switch

__all__ = ["Journal", "Line", "Outcome", "observe", "reconcile", "save", "sightings", "take_back"]

Claim = Callable[[Plan, Situation], Plan]
"""Devices plan side by side: what is left of the budget is known only when it is taken."""
_UNDONE = "A person takes the last push back."


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier turns left: what was in force, how far failed quarantines have climbed, and since when a change of
    what is wanted has been waiting (None: it is found by this look)."""

    known: Known = NOTHING
    rungs: Rungs = field(default_factory=lambda: NOBODY)
    asked: datetime | None = None
    pushed: Reading | None = None
    """What was read right before the last push; `cut` lost their link by it."""
    cut: frozenset[str] = frozenset()
    dark: frozenset[str] = frozenset()
    interrupted: tuple[str, ...] = ()
    """The lines of the last push, where it was not seen through."""


def sightings(switch: Switch, reading: Reading) -> tuple[Sighting, ...]:
    """Who was seen. Behind an uplink every device of the school seems to sit: what is learnt there is left out."""
    observed, at = reading.observed, reading.at
    leases = (
        Sighting(lease.mac, at, "lease", vlan=lease.vlan, address=lease.address, hostname=lease.hostname)
        for lease in observed.leases
    )
    if switch.purpose is Purpose.ACCESS:
        edges = _edge_ports(observed)
        seen = (
            Sighting(entry.mac, at, "switch-table", PortRef(switch.name, entry.port), entry.vlan)
            for entry in observed.table
            if entry.port in edges
        )
        return (*seen, *leases)
    if switch.purpose is Purpose.WIRELESS:
        return (*(Sighting(entry.mac, at, "wireless", vlan=entry.vlan) for entry in observed.table), *leases)
    return tuple(leases)


def reconcile(
    switch: Switch,
    line: Line,
    intend: Callable[[tuple[Sighting, ...]], IntendedState],
    situation: Situation,
    claim: Claim = lambda plan, _: plan,
    before: Before | None = None,
) -> Outcome:
    """One turn. `intend` takes what was just seen and gives the intent to enforce: a device that plugs in and its
    quarantine are one turn, not two. `situation.readings` may hold other devices; this one's is put in its place.
    `claim` cuts the plan down to what the whole network may still change in this minute.

    A DeviceError becomes part of the outcome; anything else is a bug and is raised. Saving is a step of its own
    (`save`): it is slow, and a change that is in force need not wait for it.
    """
    before = before or Before()
    try:
        first = observe(line.driver, line.session, line.now)
    except DeviceError as error:
        return Outcome(switch.name, error=error)
    # As of the end of the reading: others are read meanwhile, and what they saw must not make this look old.
    seen = sightings(switch, replace(first, at=line.now()))
    intent = intend(seen)
    dark = _dark(switch, before, first, situation)
    readings = {**situation.readings, switch.name: first}
    situation = replace(situation, dark=dark, readings=readings, things=things_of(intent))
    planned = braked(intent, situation, first.at, only=switch.name)
    drift = drifted(planned, before.known)
    planned = held_for_report(planned, drift, situation.brakes.drift, forced=situation.forced)
    plan = claim(planned, situation)
    moments = Moments(seen=before.asked or first.at)
    outcome = Outcome(switch.name, first, seen, plan, drift=drift, moments=moments, dark=dark, first=first)
    up_again = left_down(switch.name, before.interrupted, first, situation, line)
    changes = (*up_again, *escalated(plan.changes, before.rungs, situation))
    return renewed(carry_out(outcome, changes, line), situation, line) if changes else outcome


def take_back(switch: Switch, line: Line, moves: Iterable[Move], situation: Situation, why: str) -> Outcome:
    """Move ports back to where a push found them. Only those that still are where it put them; the brakes that are
    never let go hold here too. A DeviceError becomes part of the outcome."""
    try:
        first = observe(line.driver, line.session, line.now)
    except DeviceError as error:
        return Outcome(switch.name, error=error)
    situation = replace(situation, readings={switch.name: first}, in_lesson=False)
    there = {port.name: port.access_vlan for port in first.observed.ports}
    because = Because("undo", f"{_UNDONE} {why}".strip())
    wanted = [
        PlannedChange(switch.name, SetAccessVlan(port, becomes, was), because)
        for port, was, becomes in moves
        if there.get(port) == becomes
    ]
    held = [each for each in (held_by(change, _by_hand(situation)) for change in wanted) if each is not None]
    stuck = {each.planned for each in held}
    free = tuple(each for each in wanted if each not in stuck)
    plan = Plan(first.at, first.at, free, tuple[HeldBack, ...](held))
    outcome = Outcome(switch.name, first, plan=plan, moments=Moments(seen=first.at), first=first)
    return renewed(carry_out(outcome, free, line), _by_hand(situation), line) if free else outcome


def save(driver: Driver, session: Session) -> None:
    """Make the running configuration survive a reboot, where the platform has such a thing."""
    if driver.save and Capability.SAVE in driver.can:
        session.save(driver.save)


def _dark(switch: Switch, before: Before, first: Reading, situation: Situation) -> frozenset[str]:
    """Rooms in which nothing more is changed: those that went dark just now, and those of before."""
    if situation.forced:
        return frozenset()  # a person has looked
    if before.pushed is None:
        return frozenset()
    found = dark_rooms(switch.name, before.pushed, first, situation, before.cut)
    # Those of before stay dark until their links are back, however long that takes.
    return found if first.at - before.pushed.at <= SOON else found & before.dark


def _by_hand(situation: Situation) -> Situation:
    """A person decides here: in which mode the devices stand does not matter."""
    inventory = situation.inventory
    switches = {name: replace(each, mode=Mode.ENFORCE) for name, each in inventory.switches.items()}
    ports = {ref: replace(each, mode=None) for ref, each in inventory.ports.items()}
    return replace(situation, inventory=replace(inventory, switches=switches, ports=ports))


def _edge_ports(observed: Observed) -> frozenset[str]:
    behind = {each.port for each in observed.neighbours if each.kind in INFRASTRUCTURE} | observed.root_ports
    return frozenset(p.name for p in observed.ports if p.kind is PortKind.ACCESS and p.name not in behind)
