"""The whole network against devices that obey over SSH: quarantine, sign-in, host keys, rows that change."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.model import PointState
from device_drivers.session import enrol, remember
from inventory.model import Mode
from tests.controller.school import DESK, IPAD, NINE
from tests.controller.simulated import PASSWORD, Simulated, open_network
from tests.waiting import until


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Simulated]:
    with open_network(tmp_path) as running:
        yield running


def in_force(school: Simulated, name: str = "sw-1") -> bool:
    return school.point(name).state is PointState.IN_FORCE


def test_at_the_first_look_the_stranger_is_quarantined_and_the_ipad_stays(school: Simulated) -> None:
    school.start()
    until(lambda: in_force(school) and in_force(school, "gw"))
    assert (school.vlan("Gi1/0/7"), school.vlan("Gi1/0/5")) == (999, 20)
    assert [point.name for point in school.network.points()] == ["dns-filter", "gw", "sw-1"]
    assert school.point("gw").can_lease
    assert school.network.plan().empty
    assert school.store.unfinished_pushes() == ()


def test_a_switch_whose_platform_nobody_drives_is_shown_with_the_reason(school: Simulated) -> None:
    school.store.put_switches((school.switch("sw-1", platform="some_os"),), SYSTEM, NINE)
    school.start()
    shown = school.point("sw-1")
    assert shown.state is PointState.SET_ASIDE
    assert "no driver for the platform 'some_os'" in shown.detail
    assert "cisco_ios" in shown.detail
    assert any(note.startswith("sw-1: nothing is planned") for note in school.network.plan().notes)


def test_a_platform_that_is_corrected_is_driven_from_then_on(school: Simulated) -> None:
    school.store.put_switches((school.switch("sw-1", platform="some_os"),), SYSTEM, NINE)
    school.start()
    school.store.put_switches((school.switch("sw-1"),), SYSTEM, NINE)
    school.loop.wake("inventory")
    until(lambda: in_force(school))
    assert school.vlan("Gi1/0/7") == 999


def test_a_wrong_password_is_tried_twice_and_a_corrected_one_needs_no_restart(school: Simulated) -> None:
    school.password("wrong")
    school.start()
    school.pass_until(lambda: "not tried again" in school.point("sw-1").detail)
    assert school.point("sw-1").state is PointState.SET_ASIDE
    school.password(PASSWORD)
    school.pass_until(lambda: in_force(school))


def test_after_a_changed_host_key_nothing_is_sent_until_a_person_enrols_the_new_one(school: Simulated) -> None:
    school.fault("sw-1", "new-host-key")
    school.start()
    shown = school.point("sw-1")
    assert shown.state is PointState.SET_ASIDE
    assert "HostKeyChanged" in shown.detail
    assert school.vlan("Gi1/0/7") == 20
    remember(school.home.known_hosts, enrol("127.0.0.1", school.simulator.devices["sw-1"].port))
    school.pass_until(lambda: in_force(school))


def test_without_credentials_or_with_shared_ones_a_device_is_not_signed_in_to(school: Simulated) -> None:
    school.home.secrets.unlink()
    school.start()
    assert "no credentials 'school'" in school.point("sw-1").detail
    school.password(PASSWORD)
    school.home.secrets.chmod(0o644)
    school.pass_until(lambda: "chmod 600" in school.point("sw-1").detail)
    school.home.secrets.chmod(0o600)
    school.pass_until(lambda: in_force(school))


def test_a_dead_switch_does_not_hold_up_the_others_and_is_found_again(school: Simulated) -> None:
    school.fault("sw-1", "down")
    school.start()
    until(lambda: in_force(school, "gw"))
    assert school.point("sw-1").state is PointState.UNREACHABLE
    assert [note for note in school.network.plan().notes if note.startswith("sw-1: nothing is planned")]
    school.fault("sw-1", "none")
    school.pass_until(lambda: in_force(school))


def test_a_switch_that_says_no_is_set_aside(school: Simulated) -> None:
    school.fault("sw-1", "refuse", match="switchport access vlan")
    school.start()
    assert school.point("sw-1").state is PointState.SET_ASIDE
    assert school.network.plan().changes
    school.fault("sw-1", "none")
    school.pass_until(lambda: in_force(school))


def test_a_row_that_changes_at_run_time_holds_from_the_next_look(school: Simulated) -> None:
    school.store.put_switches((school.switch("sw-1", mode=Mode.OBSERVE),), SYSTEM, NINE)
    school.start()
    assert school.point("sw-1").state is PointState.OBSERVED_ONLY
    assert school.vlan("Gi1/0/7") == 20
    school.store.put_switches((school.switch("sw-1"),), SYSTEM, NINE)
    school.loop.wake("inventory")
    until(lambda: in_force(school))
    assert school.vlan("Gi1/0/7") == 999


def test_a_row_that_vanishes_at_run_time_is_let_go(school: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    school.start()
    inventory = school.store.inventory()
    rest = {name: each for name, each in inventory.switches.items() if name != "sw-1"}
    monkeypatch.setattr(school.store, "inventory", lambda: replace(inventory, switches=rest))
    school.loop.turn()
    assert [point.name for point in school.network.points()] == ["dns-filter", "gw"]
    until(lambda: not [each for each in threading.enumerate() if each.name == "point sw-1"])


def test_what_waits_for_a_persons_word_is_let_through_by_it(school: Simulated) -> None:
    """In lesson time a port with a pupil's device moves only when somebody applies the plan."""
    school.clock.set(NINE + timedelta(minutes=30))
    school.simulator.answer({"do": "plug", "mac": DESK, "switch": "sw-1", "port": "Gi1/0/5"})
    school.simulator.answer({"do": "unplug", "mac": IPAD})
    school.start()
    plan = school.network.plan()
    assert [(held.planned.device, held.brake) for held in plan.held_back if held.brake != "uplink"] == [
        ("sw-1", "lesson")
    ]
    assert school.vlan("Gi1/0/5") == 20
    school.network.apply(plan, {"sw-1"})
    until(lambda: school.vlan("Gi1/0/5") == 30)


def test_points_can_be_read_while_rows_come_and_go(school: Simulated) -> None:
    school.start()
    stop = threading.Event()
    wrong: list[BaseException] = []

    def read() -> None:
        while not stop.is_set():
            try:
                school.network.points()
                school.network.plan()
            except BaseException as error:
                wrong.append(error)
                return

    reading = threading.Thread(target=read)
    reading.start()
    for number in range(6):
        platform = "some_os" if number % 2 else "cisco_ios"
        school.store.put_switches((school.switch("sw-1", platform=platform),), SYSTEM, NINE)
        school.loop.turn()
    stop.set()
    reading.join()
    assert wrong == []


def test_nobody_is_started_any_more_once_it_was_told_to_stop(school: Simulated) -> None:
    school.start()
    school.network.stop()
    school.store.put_switches((school.switch("sw-1", room="hall"),), SYSTEM, NINE)
    school.loop.turn()
    assert not [each for each in threading.enumerate() if each.name.startswith("point ")]


def test_a_stranger_whose_port_nobody_told_is_looked_for_at_once(school: Simulated) -> None:
    school.start()
    until(lambda: in_force(school))
    school.simulator.answer({"do": "plug", "mac": "02:00:5e:10:00:77", "switch": "sw-1", "port": "Gi1/0/5"})
    school.network.look_for_strangers()
    until(lambda: school.vlan("Gi1/0/5") == 999)


def test_who_makes_addresses_up_does_not_keep_all_switches_busy(
    school: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.start()
    until(lambda: in_force(school))
    woken = list[str]()
    monkeypatch.setattr("controller.network_point.NetworkPoint.wake", lambda point: woken.append(point.switch.name))
    for _ in range(100):
        school.network.look_for_strangers()
    assert woken == ["sw-1"]  # and not the gateway, which knows no ports
    monkeypatch.undo()
