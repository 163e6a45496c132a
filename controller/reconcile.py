"""One device, level by level: observe, diff, brake, render, send, observe again, and undo what did not come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from controller.brakes import INFRASTRUCTURE
from controller.diff import Reading, in_force
from controller.model import HeldBack, IntendedState, Plan, PlannedChange
from controller.plan import braked, things_of
from controller.situation import Situation
from device_drivers.model import (
    Capability,
    Change,
    DeviceError,
    Driver,
    Observed,
    PortKind,
    Refused,
    Session,
    undo,
)
from inventory.model import PortRef, Purpose, Sighting, Switch

Now = Callable[[], datetime]
"""The clock's own `now`: a push may take longer than the seconds a gateway counts."""


@dataclass(frozen=True, slots=True)
class Journal:
    """Where a push is written down before its first byte is sent, so that a crash in between is found again.

    `begin(lines)` gives a number, `end(number, outcome)` says how it went: `verified`, `undone`, `failed: …`.
    """

    begin: Callable[[Sequence[str]], int]
    end: Callable[[int, str], None]


Claim = Callable[[Plan, Situation], Plan]
"""Devices plan side by side: what is left of the budget is known only when it is taken."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one turn with one device came to. `reading` is the last one; None where nothing could be read.

    `applied` was sent and read back as meant, `failed` was sent and was not, `undone` of these was put back.
    """

    device: str
    reading: Reading | None = None
    sightings: tuple[Sighting, ...] = ()
    plan: Plan | None = None
    applied: tuple[PlannedChange, ...] = ()
    failed: tuple[PlannedChange, ...] = ()
    undone: tuple[PlannedChange, ...] = ()
    error: DeviceError | None = None

    @property
    def verified(self) -> bool:
        """Everything that was sent is in force, by what the device says itself."""
        return self.error is None and self.reading is not None and not self.failed

    @property
    def held_back(self) -> tuple[HeldBack, ...]:
        return self.plan.held_back if self.plan else ()


def observe(driver: Driver, session: Session, now: Now) -> Reading:
    """Raises a DeviceError; never an empty reading for output that could not be understood."""
    at = now()
    return Reading(driver.parse(session.read(driver.reads)), at)


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
    driver: Driver,
    session: Session,
    intend: Callable[[tuple[Sighting, ...]], IntendedState],
    situation: Situation,
    now: Now,
    journal: Journal,
    claim: Claim = lambda plan, _: plan,
) -> Outcome:
    """One turn. `intend` takes what was just seen and gives the intent to enforce: a device that plugs in and its
    quarantine are one turn, not two. `situation.readings` may hold other devices; this one's is put in its place.
    `claim` cuts the plan down to what the whole network may still change in this minute.

    A DeviceError becomes part of the outcome; anything else is a bug and is raised. Saving is a step of its own
    (`save`): it is slow, and a change that is in force need not wait for it.
    """
    try:
        before = observe(driver, session, now)
    except DeviceError as error:
        return Outcome(switch.name, error=error)
    # As of the end of the reading: others are read meanwhile, and what they saw must not make this look old.
    seen = sightings(switch, replace(before, at=now()))
    intent = intend(seen)
    readings = {**situation.readings, switch.name: before}
    situation = replace(situation, readings=readings, things=things_of(intent))
    plan = claim(braked(intent, situation, before.at, only=switch.name), situation)
    outcome = Outcome(switch.name, before, seen, plan)
    if not plan.changes:
        return outcome
    return _carry_out(driver, session, outcome, plan.changes, now, journal)


def save(driver: Driver, session: Session) -> None:
    """Make the running configuration survive a reboot, where the platform has such a thing."""
    if driver.save and Capability.SAVE in driver.can:
        session.save(driver.save)


def _carry_out(
    driver: Driver,
    session: Session,
    outcome: Outcome,
    changes: tuple[PlannedChange, ...],
    now: Now,
    journal: Journal,
) -> Outcome:
    try:
        lines = driver.render([each.change for each in changes], now())
    except Refused as error:
        return replace(outcome, failed=changes, error=error)
    number = journal.begin(lines)
    refusal = _send(driver, session, lines)
    try:
        after = observe(driver, session, now)
        done = replace(_compared(outcome, changes, after), error=refusal)
        if done.failed:
            done = _put_back(driver, session, done, now)
    except DeviceError as error:
        # What was sent may be in force or not: the next turn looks again, it guesses nothing.
        done = replace(outcome, failed=changes, error=refusal or error)
    journal.end(number, _told(done))
    return done


def _send(driver: Driver, session: Session, lines: Sequence[str]) -> DeviceError | None:
    try:
        session.send(lines, config=driver.config)
    except DeviceError as error:
        return error
    return None


def _compared(outcome: Outcome, changes: tuple[PlannedChange, ...], after: Reading) -> Outcome:
    held = tuple(each for each in changes if in_force(each.change, after))
    return replace(outcome, reading=after, applied=held, failed=tuple(each for each in changes if each not in held))


def _put_back(driver: Driver, session: Session, outcome: Outcome, now: Now) -> Outcome:
    """What came out half is put back to what it was. What is in force stays: a quarantine is not lifted because
    something else on the same device went wrong."""
    assert outcome.reading is not None
    half = [each for each in outcome.failed if not in_force(undo(each.change), outcome.reading)]
    if not half:
        return outcome
    back: list[Change] = [undo(each.change) for each in half]
    refusal = _send(driver, session, driver.render(back, now()))
    after = observe(driver, session, now)
    undone = tuple(each for each in half if in_force(undo(each.change), after))
    return replace(outcome, reading=after, undone=undone, error=outcome.error or refusal)


def _told(outcome: Outcome) -> str:
    if outcome.verified:
        return "verified"
    why = f": {outcome.error}" if outcome.error else ": read back otherwise than meant"
    return ("undone" if outcome.failed and len(outcome.undone) == len(outcome.failed) else "failed") + why


def _edge_ports(observed: Observed) -> frozenset[str]:
    behind = {each.port for each in observed.neighbours if each.kind in INFRASTRUCTURE}
    return frozenset(p.name for p in observed.ports if p.kind is PortKind.ACCESS and p.name not in behind)
