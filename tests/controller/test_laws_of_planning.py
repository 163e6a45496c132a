"""Laws over random networks: no uplink is ever touched, a plan carried out leaves nothing to plan, undo restores.

500 networks by default; CARETAKER_TOPOLOGIES=10000 for the long run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from random import Random

import pytest

from controller.brakes import INFRASTRUCTURE
from controller.model import IntendedState, Plan
from controller.plan import plan
from controller.policy import Brakes
from device_drivers.model import (
    Neighbour,
    NeighbourKind,
    Observed,
    ObservedPort,
    PortKind,
    SetAccessVlan,
    TableEntry,
    undo,
)
from inventory.model import Admission, Hold, Inventory, Mac, Mode, Port, PortRef, SwitchName, Whereabouts
from tests.controller.networks import VLANS, intent
from tests.controller.obedient import Device, applied
from tests.controller.school import GATEWAY, NINE, SWITCH, YEAR_1, YEAR_5, device, mac, school, window

TOPOLOGIES = int(os.environ.get("CARETAKER_TOPOLOGIES", "500"))
CHUNKS = max(10, TOPOLOGIES // 200)
DRIVERS = {name: Device(Observed(), NINE).driver(name) for name in ("cisco_ios", "linux_gateway")}
FREE = Brakes(ports_per_minute=10_000, share_of_room=1.0, in_lesson_time="allow", macs_per_port=1000)


@dataclass(frozen=True)
class Network:
    inventory: Inventory
    observed: dict[SwitchName, Observed]
    own_path: frozenset[PortRef]
    intent: IntendedState


@lru_cache(maxsize=TOPOLOGIES // CHUNKS + 1)
def network(seed: int, *, enforced: bool = False) -> Network:
    """A few switches with every kind of port, neighbours, crowds, strangers, and what people said of ports."""
    dice = Random(seed)
    names = [SwitchName(f"sw-{number}") for number in range(dice.randint(1, 4))]
    modes = [Mode.ENFORCE] if enforced else [*Mode, Mode.ENFORCE, Mode.ENFORCE]
    switches = [replace(SWITCH, name=name, mode=dice.choice(modes), room=dice.choice((None, "hall"))) for name in names]
    observed = {name: _switch(dice) for name in names}
    macs = [mac(300 + number) for number in range(40)]
    refs = [PortRef(name, each.name) for name, found in observed.items() for each in found.ports]
    observed = {name: _crowded(dice, found, macs) for name, found in observed.items()}
    seen = [_seen(dice, who, refs) for who in macs]
    said = {ref: _said(dice, ref) for ref in refs if dice.random() < 0.3 and not enforced}
    devices = [_device(dice, who) for who in macs if dice.random() < 0.8]
    inventory = replace(school(*devices, seen=seen, switches=(*switches, GATEWAY)), ports=said)
    # In whole microseconds, as moments are: what comes back is then the same and not just about the same.
    gateway = Observed(grants={f"10.20.0.{n}": round(dice.random() * 5000, 6) for n in range(dice.randint(0, 9))})
    opened = [
        window(n, dice.choice(("year-1", "year-5")), dice.randint(-60, 60), dice.randint(1, 90)) for n in range(4)
    ]
    own_path = frozenset() if enforced else frozenset(dice.sample(refs, min(len(refs), 2)))
    return Network(inventory, {**observed, GATEWAY.name: gateway}, own_path, intent(inventory, *opened))


def _switch(dice: Random) -> Observed:
    kinds = [PortKind.ACCESS] * 6 + [*PortKind]
    ports = []
    for number in range(1, dice.randint(3, 24)):
        kind = dice.choice(kinds)
        vlan = dice.choice((1, 20, 30, 40, 999)) if kind is PortKind.ACCESS or dice.random() < 0.3 else None
        ports.append(ObservedPort(f"Gi1/0/{number}", kind, dice.random() < 0.8, vlan))
    behind = [Neighbour(p.name, "", dice.choice(list(NeighbourKind))) for p in ports if dice.random() < 0.15]
    return Observed(ports=tuple(ports), neighbours=tuple(behind), vlans=dice.choice((frozenset(), VLANS)))


def _crowded(dice: Random, found: Observed, macs: list[Mac]) -> Observed:
    entries = [
        TableEntry(who, port.access_vlan or 1, port.name)
        for port in found.ports
        for who in dice.sample(macs, dice.choice((0, 1, 1, 2, 6)))
    ]
    return replace(found, table=tuple(entries))


def _seen(dice: Random, who: Mac, refs: list[PortRef]) -> Whereabouts:
    age = timedelta(minutes=dice.choice((0, 1, 20, 3000)))
    number = int(who[-2:], 16)
    return Whereabouts(who, NINE - age, dice.choice((None, *refs)), address=f"10.20.0.{number}")


def _said(dice: Random, ref: PortRef) -> Port:
    return Port(ref, dice.choice((None, "hall")), dice.choice((None, *Mode)), dice.random() < 0.3)


def _device(dice: Random, who: Mac) -> object:
    admission = dice.choice((*Admission, Admission.REGISTERED, Admission.REGISTERED))
    hold = dice.choice((None, None, None, Hold("ICT lead", "lost", NINE)))
    group = dice.choice((YEAR_1, YEAR_5, None))
    return device(who, dice.choice(("school-ipad", "printer")), admission=admission, hold=hold, year_group=group)


def planned(given: Network, **rest: object) -> Plan:
    usual = {"brakes": Brakes(), "in_lesson": False, **rest}
    return plan(
        given.intent,
        given.inventory,
        given.observed,
        DRIVERS,
        now=NINE,
        own_path=given.own_path,
        **usual,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module", params=range(CHUNKS))
def chunk(request: pytest.FixtureRequest) -> int:
    """Of the module, so that all laws look at one chunk before the next: its networks are made, and compiled, once."""
    return int(request.param)


def seeds(chunk: int) -> range:
    return range(chunk, TOPOLOGIES, CHUNKS)


def test_no_uplink_is_ever_touched_whatever_anybody_forces(chunk: int) -> None:
    for seed in seeds(chunk):
        given = network(seed)
        found = planned(given, forced=True, brakes=Brakes(ports_per_minute=10_000, share_of_room=1.0))
        for each in found.changes:
            if isinstance(each.change, SetAccessVlan):
                assert _may_be_touched(given, PortRef(each.device, each.change.port)), (seed, each)


def _may_be_touched(given: Network, ref: PortRef) -> bool:
    """Said again in other words than the planner's."""
    observed = given.observed[ref.switch]
    [port] = [each for each in observed.ports if each.name == ref.port]
    said, switch = given.inventory.ports.get(ref), given.inventory.switches[ref.switch]
    return (
        port.kind is PortKind.ACCESS
        and not [each for each in observed.neighbours if each.port == ref.port and each.kind in INFRASTRUCTURE]
        and len({entry.mac for entry in observed.table if entry.port == ref.port}) <= 3
        and ref not in given.own_path
        and switch.mode is Mode.ENFORCE
        and not (said and (said.protected or said.mode in (Mode.OBSERVE, Mode.REGISTER)))
    )


def test_a_plan_carried_out_leaves_nothing_to_plan_and_undo_restores(chunk: int) -> None:
    for seed in seeds(chunk):
        given = network(seed, enforced=True)
        found = planned(given, brakes=FREE)
        after, back = dict(given.observed), dict[SwitchName, Observed]()
        for name in given.observed:
            changes = [each.change for each in found.changes if each.device == name]
            after[name] = applied(given.observed[name], changes, NINE)
            back[name] = applied(after[name], [undo(change) for change in reversed(changes)], NINE)
        again = planned(replace(given, observed=after), brakes=FREE)
        assert again.changes == (), seed
        assert back == given.observed, seed


def test_every_change_is_made_within_the_budget_or_held_back_with_a_reason(chunk: int) -> None:
    for seed in seeds(chunk):
        given = network(seed)
        strict, free = planned(given, in_lesson=True), planned(given, brakes=FREE, forced=True)
        held = {each.planned for each in strict.held_back}
        assert {*strict.changes, *held} == {*free.changes, *(each.planned for each in free.held_back)}
        assert all(len(each.text) > 20 for each in strict.held_back)
        assert not held.intersection(strict.changes)
        ports = [each for each in strict.changes if isinstance(each.change, SetAccessVlan)]
        assert len(ports) <= Brakes().ports_per_minute
