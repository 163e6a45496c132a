"""Intended minus observed, after the brakes: what will change on the network, and what is held back and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from controller.blast_radius import within_budget
from controller.brakes import held_by
from controller.diff import Reading, diff
from controller.model import HeldBack, IntendedState, Plan, PlannedChange
from controller.policy import Brakes
from controller.situation import Situation
from device_drivers.model import Driver, Observed
from inventory.model import Inventory, Mac, PortRef, SwitchName

__all__ = ["Reading", "Situation", "braked", "plan", "things_of"]


def plan(
    intent: IntendedState,
    inventory: Inventory,
    observed: Mapping[SwitchName, Observed | Reading],
    drivers: Mapping[str, Driver],
    brakes: Brakes,
    now: datetime,
    *,
    in_lesson: bool = False,
    recent: tuple[PortRef, ...] = (),
    own_path: frozenset[PortRef] = frozenset(),
    forced: bool = False,
) -> Plan:
    """A plan for all devices that were read. `recent`: ports changed within the last minute, once for each change.

    An `Observed` counts as read at `now`; where it is older give a `Reading`, for a gateway counts seconds from then.
    """
    readings = {name: one if isinstance(one, Reading) else Reading(one, now) for name, one in observed.items()}
    situation = Situation(
        inventory=inventory,
        readings=readings,
        drivers=drivers,
        brakes=brakes,
        quarantine_vlan=intent.resting.vlan,
        in_lesson=in_lesson,
        recent=recent,
        own_path=own_path,
        forced=forced,
        things=things_of(intent),
    )
    return braked(intent, situation, now)


def braked(intent: IntendedState, situation: Situation, now: datetime, *, only: SwitchName | None = None) -> Plan:
    """The plan of everything that was read in this situation, or of one device: the others count for rooms alone."""
    switches = situation.inventory.switches
    situation = replace(situation, leaks=intent.leaks)
    wanted = [
        change
        for name, reading in situation.readings.items()
        if name in switches and only in (None, name)
        for change in diff(intent, switches[name], situation.drivers.get(switches[name].platform), reading)
    ]
    held, free = list[HeldBack](), list[PlannedChange]()
    for change in wanted:
        found = held_by(change, situation)
        if found is None:
            free.append(change)
        else:
            held.append(found)
    passed, over = within_budget(free, situation)
    unread = sorted(set(switches) - set(situation.readings))
    notes = tuple(f"{name} has not been read: nothing is planned for it" for name in unread)
    return Plan(now, intent.valid_until, passed, (*held, *over), notes)


def pupils_of(intent: IntendedState, year_groups: Collection[str]) -> frozenset[Mac]:
    """Devices that act for a year group."""
    return frozenset(mac for mac, each in intent.decisions.items() if each.group in year_groups)


def things_of(intent: IntendedState) -> frozenset[Mac]:
    """Devices that are open for nobody in particular: printers and boards."""
    return frozenset(mac for mac, each in intent.decisions.items() if each.internet and each.group is None)
