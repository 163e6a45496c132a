"""Laws over random switches and what happens to them: nothing that must not be touched ever is, whatever fails.

24 by default; the long run, on every core: CARETAKER_TOPOLOGIES=10000 make test
ARGS="tests/controller/push/test_laws_of_pushes.py tests/controller/test_laws_of_planning.py"
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from controller.compile import compile_intent
from controller.model import IntendedState
from controller.policy import Brakes
from controller.policy.file import parse
from controller.push.drift import Known, known_after
from controller.push.ladder import NOBODY, Rungs, climb
from controller.push.outcome import Line, Move, Outcome
from controller.reconcile import Before, reconcile
from controller.situation import Situation, port_of
from device_drivers.model import (
    Bounce,
    Change,
    Neighbour,
    NeighbourKind,
    Observed,
    ObservedPort,
    PortKind,
    SetShutdown,
    TableEntry,
)
from inventory.fold import fold
from inventory.model import Inventory, Mode, Port, PortRef, Sighting
from tests.controller.networks import VLANS
from tests.controller.obedient import Device
from tests.controller.school import NINE, SWITCH, TEXT, mac, school

TOPOLOGIES = int(os.environ.get("CARETAKER_TOPOLOGIES", "24"))
CHUNKS = max(4, TOPOLOGIES // 100)
EVENTS = 6
CROWD = [mac(300 + number) for number in range(30)]
OURSELVES = mac(999)
PLAIN = parse(re.sub(r"timetable:\n(?:  - .*\n)+", "", TEXT), "school.yaml").policy
"""Lessons move no port: without them a turn takes half as long."""


class NoJournal:
    def begin(self, lines: Sequence[str], moves: Sequence[Move]) -> int:
        return len(lines) + len(moves)

    def end(self, number: int, outcome: str, moments: object) -> None: ...


@dataclass
class World:
    """One switch and what is known of it. `taboo` says, in other words than the planner's, what is never touched."""

    dice: Random
    device: Device
    inventory: Inventory
    own_path: frozenset[PortRef]
    known: Known = field(default_factory=Known)
    rungs: Rungs = field(default_factory=lambda: NOBODY)
    compiled: tuple[Inventory, IntendedState] | None = None

    def taboo(self) -> frozenset[str]:
        observed = self.device.observed
        behind = {n.port for n in observed.neighbours if n.kind not in (NeighbourKind.PHONE, NeighbourKind.OTHER)}
        ours = {entry.port for entry in observed.table if entry.mac == OURSELVES}
        said = {ref.port for ref, port in self.inventory.ports.items() if port.protected or port.mode is Mode.OBSERVE}
        crowded = {p.name for p in observed.ports if len({e.mac for e in observed.table if e.port == p.name}) > 3}
        odd = {port.name for port in observed.ports if port.kind is not PortKind.ACCESS}
        return odd | behind | ours | said | crowded | observed.root_ports | {ref.port for ref in self.own_path}

    def turn(self) -> Outcome:
        line = Line(self.device.driver(), self.device, lambda: NINE, NoJournal())
        brakes = Brakes(ports_per_minute=1000, share_of_room=1.0, macs_per_port=3)
        situation = Situation(
            self.inventory,
            {},
            {"cisco_ios": line.driver},
            brakes,
            999,
            in_lesson=self.dice.random() < 0.3,
            forced=self.dice.random() < 0.7,
            own_path=self.own_path,
            own_macs=frozenset({OURSELVES}),
        )

        outcome = reconcile(SWITCH, line, self.intend, situation, before=Before(self.known, self.rungs))
        self.rungs = climb(self.rungs, outcome, 999)
        if outcome.reading is not None:
            self.known = known_after(outcome.reading, outcome.drift, outcome.applied)
        return outcome

    def intend(self, seen: tuple[Sighting, ...]) -> IntendedState:
        """Compiled anew only where something was learnt: the same facts give the same intent. It is most of a turn."""
        self.inventory = fold(self.inventory, seen, NINE).inventory
        if self.compiled is None or self.compiled[0] != self.inventory:
            self.compiled = self.inventory, compile_intent(PLAIN, self.inventory, (), NINE, 1)
        return self.compiled[1]


def world(seed: int) -> World:
    dice = Random(seed)
    kinds = [PortKind.ACCESS] * 6 + [*PortKind]
    ports = tuple(
        ObservedPort(f"Gi1/0/{n}", dice.choice(kinds), dice.random() < 0.8, dice.choice((1, 20, 30, 999)))
        for n in range(1, dice.randint(3, 16))
    )
    behind = tuple(Neighbour(p.name, "", dice.choice(list(NeighbourKind))) for p in ports if dice.random() < 0.2)
    roots = frozenset(port.name for port in ports if dice.random() < 0.1)
    refs = [PortRef(SWITCH.name, port.name) for port in ports]
    said = {
        ref: Port(ref, None, dice.choice((None, Mode.OBSERVE)), dice.random() < 0.5)
        for ref in refs
        if dice.random() < 0.2
    }
    device = Device(Observed(ports, neighbours=behind, vlans=VLANS, root_ports=roots), NINE)
    made = World(dice, device, replace(school(), ports=said), frozenset(dice.sample(refs, 1)))
    happen(made)
    return made


def happen(given: World) -> None:
    """Devices come and go, the machine we run on too, ports fall deaf or refuse, somebody changes a VLAN by hand."""
    dice, device = given.dice, given.device
    names = [port.name for port in device.observed.ports]
    crowd = [*CROWD, OURSELVES]
    entries = tuple(
        TableEntry(who, 20, name) for name in names for who in dice.sample(crowd, dice.choice((0, 0, 1, 1, 2, 5)))
    )
    ports = tuple(
        replace(port, access_vlan=dice.choice((1, 20, 30, 999))) if dice.random() < 0.2 else port
        for port in device.observed.ports
    )
    device.observed = replace(device.observed, table=entries, ports=ports)
    device.deaf = frozenset(name for name in names if dice.random() < 0.4)
    device.refuses = frozenset(name for name in names if dice.random() < 0.1)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_uplink_trunk_or_way_of_our_own_is_touched_and_no_phone_loses_its_link(chunk: int) -> None:
    harder = 0
    for seed in range(chunk, TOPOLOGIES, CHUNKS):
        given = world(seed)
        phones = {each.port for each in given.device.observed.neighbours if each.kind is NeighbourKind.PHONE}
        for _ in range(EVENTS):
            for _ in range(given.dice.choice((1, 1, 6))):
                taboo, told = given.taboo(), len(given.device.made)
                given.turn()
                for change in given.device.made[told:]:
                    assert port_of(change) not in taboo, (seed, change)
                    assert not (_cuts(change) and port_of(change) in phones), (seed, change)
                    harder += _cuts(change)
            happen(given)
    assert harder, "no link was ever cut: this law would say nothing of that"


def _cuts(change: Change) -> bool:
    return isinstance(change, Bounce | SetShutdown)
