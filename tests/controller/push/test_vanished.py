"""A room that goes dark after a push: nothing more is changed there, it is said, and a person has the last word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from controller.blast_radius import within_budget
from controller.diff import Reading
from controller.model import Because, Brake, PlannedChange
from controller.policy import Brakes
from controller.push.outcome import Line, Outcome
from controller.push.vanished import dark_rooms
from controller.reconcile import Before, reconcile
from controller.situation import Situation
from device_drivers.model import Observed, SetAccessVlan
from inventory.model import Port, PortRef
from tests.controller.networks import intent, port, switch
from tests.controller.obedient import Device
from tests.controller.push.test_carry_out import NoJournal
from tests.controller.school import NINE, SWITCH, mac, school

OAK = replace(SWITCH, room="Oak")
TEN = tuple(f"Gi1/0/{number}" for number in range(1, 11))


def oak(*dark: str) -> Observed:
    return switch(*(port(name, 20, up=name not in dark) for name in TEN))


def situation(**rest: object) -> Situation:
    given = {"brakes": Brakes(ports_per_minute=100, share_of_room=1.0), "quarantine_vlan": 999, "readings": {}, **rest}
    return Situation(school(switches=[OAK]), drivers={"cisco_ios": Device(oak(), NINE).driver()}, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gone", "dark"),
    [(0, False), (2, False), (5, False), (6, True), (10, True)],
)
def test_a_room_is_dark_when_more_than_its_share_of_links_is_gone(gone: int, dark: bool) -> None:
    found = dark_rooms(SWITCH.name, Reading(oak(), NINE), Reading(oak(*TEN[:gone]), NINE), situation())
    assert found == (frozenset({"Oak"}) if dark else frozenset())


def test_links_that_we_cut_ourselves_count_for_nothing() -> None:
    before, after = Reading(oak(), NINE), Reading(oak(*TEN[:6]), NINE)
    assert dark_rooms(SWITCH.name, before, after, situation(), cut=TEN[:4]) == frozenset()


def test_ports_of_no_room_say_nothing() -> None:
    nowhere = replace(situation(), inventory=school(switches=[SWITCH]))
    assert dark_rooms(SWITCH.name, Reading(oak(), NINE), Reading(oak(*TEN), NINE), nowhere) == frozenset()


def turn(device: Device, before: Before, **rest: object) -> Outcome:
    line = Line(device.driver(), device, lambda: NINE, NoJournal())
    found = replace(situation(), **rest)  # type: ignore[arg-type]
    return reconcile(OAK, line, lambda _: intent(found.inventory), found, before=before)


def test_nothing_more_is_changed_in_a_dark_room_until_a_person_says_so() -> None:
    device = Device(oak(*TEN[:6]), NINE)
    found = turn(device, Before(pushed=Reading(oak(), NINE)))
    assert found.dark == {"Oak"}
    assert {held.brake for held in found.held_back} == {Brake.VANISHED}
    assert device.sent == []
    assert turn(device, Before(pushed=Reading(oak(), NINE)), forced=True).applied


def test_it_stays_dark_until_its_links_are_back_and_a_late_loss_has_another_reason() -> None:
    long_ago = Reading(oak(), NINE - timedelta(minutes=10))
    assert turn(Device(oak(*TEN[:6]), NINE), Before(pushed=long_ago, dark=frozenset({"Oak"}))).dark == {"Oak"}
    assert turn(Device(oak(), NINE), Before(pushed=long_ago, dark=frozenset({"Oak"}))).dark == frozenset()
    assert turn(Device(oak(*TEN[:6]), NINE), Before(pushed=long_ago)).dark == frozenset()


def test_no_more_pupils_are_moved_in_a_minute_than_the_policy_says() -> None:
    pupils = [mac(400 + number) for number in range(len(TEN))]
    observed = replace(oak(), table=switch(*oak().ports, seen=list(zip(pupils, TEN, strict=True))).table)
    changes = [PlannedChange(SWITCH.name, SetAccessVlan(name, 20, 30), Because("x", "y")) for name in TEN]
    brakes = Brakes(ports_per_minute=100, share_of_room=1.0, pupils_per_minute=4)
    given = situation(brakes=brakes, pupils=frozenset(pupils), readings={SWITCH.name: Reading(observed, NINE)})
    passed, held = within_budget(changes, given)
    assert (len(passed), {each.brake for each in held}) == (4, {Brake.PUPILS})
    passed, _ = within_budget(changes, replace(given, recent_pupils=3))
    assert len(passed) == 1
    said = {PortRef(SWITCH.name, TEN[0]): Port(PortRef(SWITCH.name, TEN[0]))}
    crowd = replace(given, pupils=frozenset(), inventory=replace(given.inventory, ports=said))
    assert len(within_budget(changes, crowd)[0]) == 10
