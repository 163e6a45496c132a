"""A quarantine that does not come out: what is tried next, and on which ports nothing harder is ever tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.diff import Reading
from controller.model import Because, Plan, PlannedChange
from controller.policy import Brakes
from controller.push.ladder import Rung, Rungs, climb, escalated, goes_on
from controller.push.outcome import Outcome
from controller.situation import Situation
from device_drivers.model import Bounce, Capability, Change, NeighbourKind, Observed, SetAccessVlan, SetShutdown
from inventory.model import Port, PortRef
from tests.controller.networks import port, switch
from tests.controller.obedient import Device
from tests.controller.school import NINE, STRANGER, SWITCH, school

WHY = Because("unknown", "Nobody registered this device.")
SEVEN = PlannedChange(SWITCH.name, SetAccessVlan("Gi1/0/7", 20, 999), WHY)
EIGHT = PlannedChange(SWITCH.name, SetAccessVlan("Gi1/0/8", 20, 30), WHY)
THERE = switch(port("Gi1/0/7", 20), port("Gi1/0/8", 20), seen=[(STRANGER, "Gi1/0/7")])


def situation(observed: Observed = THERE, can: frozenset[Capability] = frozenset(Capability)) -> Situation:
    driver = replace(Device(observed, NINE).driver(), can=can)
    readings = {SWITCH.name: Reading(observed, NINE)}
    return Situation(school(), readings, {"cisco_ios": driver}, Brakes(), 999)


def failed(*changes: PlannedChange, observed: Observed = THERE) -> Outcome:
    plan = Plan(NINE, NINE, changes)
    return Outcome(SWITCH.name, Reading(observed, NINE), plan=plan, failed=changes)


def steps(rung: Rung, given: Situation) -> list[Change]:
    return [each.change for each in escalated((EIGHT, SEVEN), {"Gi1/0/7": rung}, given)]


def test_it_climbs_one_step_at_a_time_and_stops_at_the_alarm() -> None:
    rungs: Rungs = {}
    seen = []
    for _ in range(8):
        rungs = climb(rungs, failed(SEVEN), 999)
        seen.append(rungs["Gi1/0/7"])
    assert seen == [*list(Rung)[1:], Rung.ALARM, Rung.ALARM]
    assert not goes_on(rungs)


def test_what_came_out_is_on_no_step_any_more() -> None:
    assert climb({"Gi1/0/7": Rung.BOUNCE}, failed(), 999) == {}


def test_a_turn_in_which_nothing_could_be_tried_climbs_nothing() -> None:
    assert climb({"Gi1/0/7": Rung.ALONE}, Outcome(SWITCH.name), 999) == {"Gi1/0/7": Rung.ALONE}


def test_admission_and_empty_ports_do_not_climb() -> None:
    assert climb({}, failed(EIGHT), 999) == {}
    assert climb({}, failed(SEVEN, observed=switch(port("Gi1/0/7", 20))), 999) == {}


@pytest.mark.parametrize("rung", [Rung.FIRST, Rung.AGAIN, Rung.OTHER_SESSION])
def test_first_everything_is_sent_as_it_was_planned(rung: Rung) -> None:
    assert steps(rung, situation()) == [EIGHT.change, SEVEN.change]


@pytest.mark.parametrize(
    ("rung", "expected"),
    [
        (Rung.ALONE, []),
        (Rung.BOUNCE, [Bounce("Gi1/0/7")]),
        (Rung.SHUT, [SetShutdown("Gi1/0/7", was=False, becomes=True)]),
        (Rung.ALARM, []),
    ],
)
def test_then_it_alone_and_what_is_harder(rung: Rung, expected: list[Change]) -> None:
    assert steps(rung, situation()) == [SEVEN.change, *expected]


@pytest.mark.parametrize("rung", [Rung.BOUNCE, Rung.SHUT])
@pytest.mark.parametrize("kind", [NeighbourKind.PHONE, NeighbourKind.ACCESS_POINT, NeighbourKind.BRIDGE])
def test_no_link_is_cut_that_a_phone_an_access_point_or_a_switch_needs(rung: Rung, kind: NeighbourKind) -> None:
    assert steps(rung, situation(replace(THERE, neighbours=switch(behind=[("Gi1/0/7", kind)]).neighbours))) == [
        SEVEN.change
    ]


def test_a_protected_port_our_own_way_and_a_root_port_are_never_shut() -> None:
    said = Port(PortRef(SWITCH.name, "Gi1/0/7"), protected=True)
    inventory = replace(school(), ports={said.ref: said})
    for given in (
        replace(situation(), inventory=inventory),
        replace(situation(), own_macs=frozenset({STRANGER})),
        replace(situation(), own_path=frozenset({said.ref})),
        situation(replace(THERE, root_ports=frozenset({"Gi1/0/7"}))),
    ):
        assert steps(Rung.SHUT, given) == [SEVEN.change]


def test_what_a_platform_cannot_do_is_left_out() -> None:
    assert steps(Rung.BOUNCE, situation(can=frozenset({Capability.ACCESS_VLAN}))) == [SEVEN.change]
