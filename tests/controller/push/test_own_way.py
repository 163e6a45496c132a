"""Our own way to the network is known by our MACs, in the table of now and where they were last seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from controller.model import Brake
from controller.plan import Reading, braked
from controller.policy import Brakes
from controller.push.own_macs import own_macs, ports_of
from controller.push.sessions import Sessions
from controller.situation import Situation
from device_drivers.model import Session
from inventory.model import Inventory, PortRef, parse_mac
from tests.controller.networks import intent, port, switch
from tests.controller.obedient import Device
from tests.controller.school import IPAD, NINE, STRANGER, SWITCH, at, school

SEVEN = PortRef(SWITCH.name, "Gi1/0/7")


def test_every_interface_of_this_machine_that_has_a_mac_counts(tmp_path: Path) -> None:
    for name, text in {"eth0": "02:00:5e:10:00:66\n", "lo": "00:00:00:00:00:00\n", "tun0": "\n"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "address").write_text(text)
    (tmp_path / "wg0").mkdir()
    assert own_macs(tmp_path) == {parse_mac("02:00:5e:10:00:66")}
    assert own_macs(tmp_path / "no such folder") == frozenset()


def test_a_switch_that_forgot_us_is_remembered_for_us() -> None:
    inventory = school(seen=[at(STRANGER, "10.20.0.99", "Gi1/0/7")])
    assert ports_of({STRANGER, IPAD}, inventory) == {SEVEN}
    assert ports_of({STRANGER}, Inventory()) == frozenset()


def test_the_port_behind_which_we_sit_is_never_moved_not_even_into_quarantine() -> None:
    inventory = school(seen=[at(STRANGER, "10.20.0.99", "Gi1/0/7")])
    driver = Device(switch(), NINE).driver()
    observed = switch(port("Gi1/0/7", 20), seen=[(STRANGER, "Gi1/0/7")])
    given = Situation(inventory, {SWITCH.name: Reading(observed, NINE)}, {"cisco_ios": driver}, Brakes(), 999)
    assert [each.device for each in braked(intent(inventory), given, NINE).changes] == ["sw-1"]
    for ours in (replace(given, own_macs=frozenset({STRANGER})), replace(given, own_path=frozenset({SEVEN}))):
        found = braked(intent(inventory), replace(ours, forced=True), NINE)
        assert [held.brake for held in found.held_back] == [Brake.OWN_PATH]
        assert found.changes == ()


def test_two_sessions_take_turns_so_that_neither_grows_old() -> None:
    made: list[Device] = []

    def connect() -> Session:
        made.append(Device(switch(), NINE))
        return made[-1]

    sessions = Sessions(connect)
    first = sessions.take()
    sessions.warm_spare()
    second = sessions.take()
    sessions.warm_spare()
    assert first is not second
    assert (sessions.take(), len(made)) == (first, 2)
    sessions.drop()
    assert sessions.take() is second, "the spare is there at once"
    sessions.drop_all()
    assert [device.closed for device in made] == [True, True]
    assert not sessions.any
