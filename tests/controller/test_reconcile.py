"""One device, level by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from controller.model import Brake, IntendedState
from controller.plan import Reading
from controller.policy import Brakes
from controller.push.moments import Moments
from controller.push.outcome import Move
from controller.reconcile import Line, Outcome, reconcile, save
from controller.situation import Situation
from device_drivers.model import (
    Bounce,
    GrantInternet,
    Lease,
    NeighbourKind,
    Observed,
    PortKind,
    Refused,
    SetAccessVlan,
    Unreachable,
)
from inventory.fold import fold
from inventory.model import Inventory, Mode, PortRef, Sighting, Switch, SwitchName
from tests.controller.networks import intent, port, switch
from tests.controller.obedient import Device
from tests.controller.school import DESK, GATEWAY, IPAD, NINE, STRANGER, SWITCH, at, school, window


@dataclass
class Diary:
    """A journal that says what was known when."""

    device: Device
    rows: list[object] = field(default_factory=list)
    sent: int = 0
    """Lines sent by the pushes that are written down."""

    def begin(self, lines: Sequence[str], moves: Sequence[Move]) -> int:
        del moves
        assert len(self.device.sent) == self.sent, "written down only after the first byte was sent"
        self.rows.append(len(lines))
        return 17

    def end(self, number: int, outcome: str, moments: Moments) -> None:
        del moments
        assert number == 17
        self.sent = len(self.device.sent)
        self.rows.append(outcome)


def turn(
    device: Device, inventory: Inventory, which: Switch = SWITCH, meant: IntendedState | None = None, **rest: object
) -> tuple[Outcome, Diary]:
    diary = Diary(device, sent=len(device.sent))
    driver = device.driver(which.platform)
    given = {"brakes": Brakes(), "quarantine_vlan": 999, **rest}
    situation = Situation(inventory, {}, drivers={which.platform: driver}, **given)  # type: ignore[arg-type]

    def intend(seen: tuple[Sighting, ...]) -> IntendedState:
        return meant or intent(fold(inventory, seen, NINE).inventory)

    return reconcile(which, Line(driver, device, lambda: NINE, diary), intend, situation), diary


def test_a_stranger_that_plugs_in_is_seen_and_quarantined_in_one_turn() -> None:
    device = Device(switch(port("Gi1/0/7", 20), seen=[(STRANGER, "Gi1/0/7")]), NINE)
    found, diary = turn(device, school())
    assert [each.change for each in found.applied] == [SetAccessVlan("Gi1/0/7", 20, 999), Bounce("Gi1/0/7")]
    assert [(each.mac, each.port) for each in found.sightings] == [(STRANGER, PortRef(SWITCH.name, "Gi1/0/7"))]
    assert found.verified
    assert device.observed.ports[0].access_vlan == 999
    assert diary.rows == [1, "verified", 1, "verified"]


def test_a_second_turn_has_nothing_to_do_and_writes_nothing_down() -> None:
    device = Device(switch(port("Gi1/0/7", 20), seen=[(STRANGER, "Gi1/0/7")]), NINE)
    turn(device, school())
    device.sent.clear()
    found, diary = turn(device, school())
    assert (found.verified, found.applied, device.sent, diary.rows) == (True, (), [], [])


def test_devices_behind_an_uplink_are_not_taken_to_sit_there() -> None:
    observed = switch(
        port("Gi1/0/1", None, PortKind.TRUNK),
        port("Gi1/0/2", 999),
        port("Gi1/0/3", 20),
        seen=[(STRANGER, "Gi1/0/1"), (IPAD, "Gi1/0/2"), (DESK, "Gi1/0/3")],
        behind=[("Gi1/0/3", NeighbourKind.ACCESS_POINT)],
    )
    found, _ = turn(Device(observed, NINE), school())
    assert [each.mac for each in found.sightings] == [IPAD]


def test_the_gateways_leases_say_who_has_which_address() -> None:
    observed = Observed(leases=(Lease(IPAD, "10.20.0.11", "ipad-11", 20),))
    found, _ = turn(Device(observed, NINE), school(), GATEWAY)
    assert [(each.mac, each.address, each.source) for each in found.sightings] == [(IPAD, "10.20.0.11", "lease")]


def test_an_opened_lesson_is_granted_at_the_gateway_and_read_back() -> None:
    inventory = school(seen=[at(IPAD, "10.20.0.11")])
    lesson = window(1, start=-5, minutes=15)
    found, diary = turn(Device(Observed(), NINE), inventory, GATEWAY, intent(inventory, lesson))
    grants = [each.change for each in found.applied if isinstance(each.change, GrantInternet)]
    assert grants == [GrantInternet("10.20.0.11", None, lesson.closes_at)]
    assert found.verified
    assert diary.rows[-1] == "verified"


def test_a_switch_that_does_not_answer_is_an_outcome_and_no_accident() -> None:
    found, diary = turn(Device(switch(), NINE, silent_after=0), school())
    assert isinstance(found.error, Unreachable)
    assert (found.reading, found.verified, diary.rows) == (None, False, [])


def test_a_line_cut_after_the_push_is_not_taken_for_success() -> None:
    device = Device(switch(port("Gi1/0/7", 20)), NINE, silent_after=2)
    found, diary = turn(device, school())
    assert isinstance(found.error, Unreachable)
    assert not found.verified
    assert len(found.failed) == 1
    assert diary.rows == [1, "failed: no answer"]


def test_what_was_made_before_a_refusal_stays_and_the_rest_is_named() -> None:
    ports = [port("Gi1/0/1", 20), port("Gi1/0/2", 20), port("Gi1/0/3", 20)]
    device = Device(switch(*ports), NINE, refuses=frozenset({"Gi1/0/2"}))
    found, diary = turn(device, school())
    assert isinstance(found.error, Refused)
    assert [each.change.port for each in found.applied] == ["Gi1/0/1"]  # type: ignore[union-attr]
    assert [each.change.port for each in found.failed] == ["Gi1/0/2", "Gi1/0/3"]  # type: ignore[union-attr]
    assert [each.access_vlan for each in device.observed.ports] == [999, 20, 20]
    assert diary.rows == [3, "failed: % Invalid input"]


def test_a_port_that_came_out_otherwise_is_put_back_to_what_it_was() -> None:
    device = Device(switch(port("Gi1/0/1", 20), port("Gi1/0/2", 20)), NINE, disobeys={"Gi1/0/2": 1})
    found, diary = turn(device, school())
    assert not found.verified
    assert [each.change.port for each in found.undone] == ["Gi1/0/2"]  # type: ignore[union-attr]
    assert [each.access_vlan for each in device.observed.ports] == [999, 20]
    assert diary.rows == [2, "undone: read back otherwise than meant"]


def test_a_switch_in_observe_is_looked_at_and_told_nothing() -> None:
    watched = replace(SWITCH, mode=Mode.OBSERVE)
    device = Device(switch(port("Gi1/0/7", 20), seen=[(STRANGER, "Gi1/0/7")]), NINE)
    found, diary = turn(device, school(switches=[watched]), watched)
    assert [held.brake for held in found.held_back] == [Brake.MODE]
    assert (device.sent, diary.rows, len(found.sightings)) == ([], [], 1)


def test_other_devices_do_not_use_up_this_ones_minute() -> None:
    device = Device(switch(*(port(f"Gi1/0/{n}", 20) for n in range(1, 4))), NINE)
    other = replace(SWITCH, name=SwitchName("sw-2"))
    inventory = school(switches=[SWITCH, other])
    crowd = Reading(switch(*(port(f"Gi1/0/{n}", 20) for n in range(1, 40))), NINE)
    diary, driver = Diary(device), device.driver()
    situation = Situation(inventory, {other.name: crowd}, {"cisco_ios": driver}, Brakes(), 999)
    line = Line(driver, device, lambda: NINE, diary)
    found = reconcile(SWITCH, line, lambda _: intent(inventory), situation)
    assert len(found.applied) == 3
    assert {each.device for each in found.applied} == {"sw-1"}


def test_saving_is_a_step_of_its_own() -> None:
    device = Device(switch(port("Gi1/0/7", 20)), NINE)
    turn(device, school())
    assert device.saved == 0
    save(device.driver(), device)
    assert device.saved == 1
    save(replace(device.driver(), save=()), device)
    assert device.saved == 1
