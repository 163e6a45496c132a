"""A Wi-Fi network for pupils is on the air while there is school, and changes by the same plan as everything else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from controller.compile import compile_intent
from controller.diff import Reading, diff, in_force
from controller.model import Brake
from controller.plan import plan
from controller.policy import Policy
from controller.policy.file import PolicyError, parse
from controller.ssid_hours import next_change, ssids_on
from device_drivers.model import Observed, SetSsid, undo
from device_drivers.platforms import drivers
from inventory.model import Inventory, Mode, Purpose, Switch, SwitchName
from tests.controller.school import NINE, TEXT

WIFI = "wifi: {ssids: {Pupils: {from: 08:30, to: 15:30}, Club: {on: [tue], from: 15:15, to: 16:30}}}\n"
POLICY = parse(TEXT + WIFI, "school.yaml").policy
WLC = Switch(SwitchName("wlc"), "127.0.0.1", 22, "cisco_c9800", Purpose.WIRELESS, Mode.ENFORCE)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(("now", "pupils", "club"), [
    (_at(24, 8, 29), False, False),
    (_at(24, 8, 30), True, False),
    (_at(24, 15, 20), True, True),
    (_at(24, 15, 30), False, True),
    (_at(25, 15, 20), True, False),
    (_at(28, 10), False, False),
])  # fmt: skip
def test_a_network_is_on_the_air_in_its_hours_on_school_days(now: datetime, pupils: bool, club: bool) -> None:
    assert ssids_on(POLICY, now) == {"Pupils": pupils, "Club": club}


def test_a_closed_school_has_no_hours_and_an_intent_lasts_no_longer_than_they() -> None:
    closed = parse(TEXT + WIFI + "closures: [{on: 2026-11-24, why: INSET day}]\n", "school.yaml").policy
    assert ssids_on(closed, _at(24, 10)) == {"Pupils": False, "Club": False}
    assert next_change(POLICY, _at(24, 15, 20)) == _at(24, 15, 30)
    intent = compile_intent(POLICY, Inventory(), (), _at(24, 15, 20), 1)
    assert intent.valid_until <= _at(24, 15, 30)
    assert intent.ssids == {"Pupils": True, "Club": True}


def test_a_policy_that_names_no_network_touches_none() -> None:
    plain: Policy = parse(TEXT, "school.yaml").policy
    assert next_change(plain, NINE) is None
    assert compile_intent(plain, Inventory(), (), NINE, 1).ssids == {}


@pytest.mark.parametrize("wrong", [
    "wifi: {ssids: {Pupils: {from: 15:30, to: 08:30}}}\n",
    'wifi: {ssids: {"two words": {from: 08:30, to: 15:30}}}\n',
    'wifi: {ssids: {"Pupils\\n no shutdown": {from: 08:30, to: 15:30}}}\n',
    "wifi: {ssids: {Pupils: {on: [], from: 08:30, to: 15:30}}}\n",
])  # fmt: skip
def test_hours_that_end_before_they_begin_and_names_no_command_can_hold_are_refused(wrong: str) -> None:
    with pytest.raises(PolicyError):
        parse(TEXT + wrong, "school.yaml")


def _reading(now: datetime, **ssids: bool) -> Reading:
    return Reading(Observed(ssids=MappingProxyType(ssids)), now)


def test_only_networks_that_the_policy_names_and_the_controller_has_are_switched() -> None:
    now = _at(24, 16, 31)
    intent = compile_intent(POLICY, Inventory(), (), now, 1)
    found = diff(intent, WLC, drivers()["cisco_c9800"], _reading(now, Pupils=True, Staff=True))
    assert [each.change for each in found] == [SetSsid("Pupils", was=True, becomes=False)]
    (change,) = (each.change for each in found)
    assert not in_force(change, _reading(now, Pupils=True))
    assert in_force(change, _reading(now, Pupils=False))
    assert undo(undo(change)) == change


@pytest.mark.parametrize(("platform", "mode", "brake"), [
    ("cisco_c9800", Mode.ENFORCE, None),
    ("cisco_c9800", Mode.OBSERVE, Brake.MODE),
    ("aruba_os", Mode.ENFORCE, Brake.NOT_SUPPORTED),
])  # fmt: skip
def test_hours_go_by_the_plan_in_a_lesson_too_and_a_platform_that_cannot_says_so(
    platform: str, mode: Mode, brake: Brake | None
) -> None:
    now = _at(24, 16, 31)
    switch = Switch(WLC.name, WLC.host, 22, platform, Purpose.WIRELESS, mode)
    inventory = Inventory(switches={switch.name: switch})
    intent = compile_intent(POLICY, inventory, (), now, 1)
    read = {switch.name: _reading(now, Pupils=True)}
    found = plan(intent, inventory, read, drivers(), POLICY.brakes, now + timedelta(seconds=1), in_lesson=True)
    assert [each.brake for each in found.held_back] == ([brake] if brake else [])
    assert len(found.changes) == (0 if brake else 1)
