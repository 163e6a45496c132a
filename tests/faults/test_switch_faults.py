"""Switches that reboot, hang, refuse the password, show another key, or are changed by hand (faults 2 to 6)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli import app
from controller.model import PointState
from device_drivers.simulator.simulator import Simulator
from tests.controller.school import NINE
from tests.faults.network import (
    FOREIGN,
    PASSWORD,
    Controller,
    controller,
    moves,
    quarantined,
    rows,
    school_folder,
    switched_on,
    vlan,
    write_password,
)
from tests.waiting import until

pytestmark = pytest.mark.fault


@contextmanager
def running(
    folder: Path, switches: int = 1, strangers: int = 1, **rest: float | str
) -> Iterator[tuple[Simulator, Controller]]:
    deadline = float(rest.pop("deadline", 30.0))
    password = str(rest.pop("password", PASSWORD))
    with switched_on(folder / "network", switches, strangers) as simulator:
        home = school_folder(folder / "school", simulator, password=password)
        with controller(home, rows(simulator), deadline=deadline) as made:
            yield simulator, made


def pass_until(made: Controller, happened: Callable[[], object], step: float = 10.0) -> None:
    """Let the school's clock run, so many seconds at each look, until it happened."""

    def looked() -> object:
        made.clock.advance(timedelta(seconds=step))
        return happened()

    until(looked)


def in_force(made: Controller, name: str = "sw-0") -> bool:
    return made.point(name).state is PointState.IN_FORCE


def _wait_a_little(happened: Callable[[], bool]) -> None:
    for _ in range(300):
        if happened():
            return
        threading.Event().wait(0.02)


# Fault 2


@pytest.mark.parametrize("after", [3, 5, 7])
def test_a_switch_that_reboots_in_the_middle_of_a_push_is_converged_when_it_is_back(tmp_path: Path, after: int) -> None:
    with running(tmp_path, strangers=3) as (simulator, made):
        reads = 9  # what is read first, and the terminal's own settings
        simulator.answer({"do": "fault", "device": "sw-0", "kind": "reboot", "after": reads + after, "seconds": 0.3})
        made.start()
        pass_until(made, lambda: quarantined(simulator) and in_force(made))
        pass_until(made, lambda: quarantined(simulator, "startup"))
        until(lambda: made.store.pushes("sw-0")[0].outcome == "verified and saved")
        assert made.store.unfinished_pushes() == ()


def test_nothing_is_saved_before_it_was_read_back(tmp_path: Path) -> None:
    with running(tmp_path, strangers=2) as (simulator, made):
        made.start()
        pass_until(made, lambda: quarantined(simulator, "startup"))
        lines = simulator.devices["sw-0"].journal.lines()
        last_move = max(at for at, line in enumerate(lines) if line.startswith("switchport access vlan"))
        read_back = next(
            at for at, line in enumerate(lines) if at > last_move and line.startswith("show interfaces switchport")
        )
        assert lines.index("write memory") > read_back


def test_configuration_lost_by_a_reboot_is_noticed_and_set_again(tmp_path: Path) -> None:
    with running(tmp_path) as (simulator, made):
        simulator.answer({"do": "fault", "device": "sw-0", "kind": "refuse", "match": "write memory"})
        made.start()
        pass_until(made, lambda: "not saved" in made.point("sw-0").detail)
        assert quarantined(simulator)
        simulator.answer({"do": "fault", "device": "sw-0", "kind": "reboot", "seconds": 0.1})
        assert not quarantined(simulator), "it forgot"
        pass_until(made, lambda: quarantined(simulator, "startup"))
        assert made.store.audit(action="drift.found")


# Fault 3


def test_a_switch_that_hangs_is_cut_off_and_delays_no_other(tmp_path: Path) -> None:
    with running(tmp_path, switches=4, deadline=10.0) as (simulator, made):
        simulator.answer({"do": "fault", "device": "sw-1", "kind": "hang"})
        made.start()
        others = ("sw-0", "sw-2", "sw-3")
        until(lambda: all(vlan(simulator, name, "Gi1/0/1") == 999 for name in others))
        until(lambda: made.point("sw-1").state is PointState.UNREACHABLE)
        shown = made.point("sw-1")
        assert "no answer within 10 s" in shown.detail
        assert shown.since == NINE, "since when it has been so is shown"
        assert vlan(simulator, "sw-1", "Gi1/0/1") == 20
        simulator.answer({"do": "fault", "device": "sw-1", "kind": "none"})
        pass_until(made, lambda: quarantined(simulator))


# Fault 4


def test_a_wrong_password_is_tried_twice_and_then_there_is_an_alarm(tmp_path: Path) -> None:
    with running(tmp_path, password="yesterday's") as (simulator, made):
        made.start()
        pass_until(made, lambda: "not tried again" in made.point("sw-0").detail, 60)
        for _ in range(50):
            made.clock.advance(timedelta(minutes=30))
        until(lambda: "not tried again" in made.point("sw-0").detail)
        assert simulator.devices["sw-0"].wrong_passwords == 2
        assert made.point("sw-0").state is PointState.SET_ASIDE
        write_password(made.home, PASSWORD)
        pass_until(made, lambda: quarantined(simulator), 60)
        assert simulator.devices["sw-0"].wrong_passwords == 2


# Fault 5


def test_a_changed_host_key_is_refused_before_any_password_and_enrolled_by_a_person_only(tmp_path: Path) -> None:
    with running(tmp_path) as (simulator, made):
        simulator.answer({"do": "fault", "device": "sw-0", "kind": "new-host-key"})
        made.start()
        until(lambda: made.point("sw-0").state is PointState.SET_ASIDE)
        assert "HostKeyChanged" in made.point("sw-0").detail
        assert simulator.devices["sw-0"].journal.lines() == (), "nobody signed in"
        assert simulator.devices["sw-0"].wrong_passwords == 0
        home = str(made.home.root)
        said = CliRunner().invoke(app, ["switches", "enrol", "sw-0", "--home", home], input="n\n")
        enrolled, offered = (line.split()[-1] for line in said.stdout.splitlines()[:2])
        assert enrolled != offered
        assert {enrolled, offered} <= set(made.point("sw-0").detail.replace(",", " ").split())
        made.clock.advance(timedelta(minutes=10))
        assert simulator.devices["sw-0"].journal.lines() == (), "a no is a no"
        CliRunner().invoke(app, ["switches", "enrol", "sw-0", "--home", home], input="y\n")
        pass_until(made, lambda: quarantined(simulator), 60)


# Fault 6


def test_what_was_changed_by_hand_is_found_within_five_minutes_and_foreign_lines_are_left_alone(
    tmp_path: Path,
) -> None:
    with running(tmp_path, strangers=2) as (simulator, made):
        made.start()
        pass_until(made, lambda: quarantined(simulator, "startup"))
        machine = simulator.devices["sw-0"].machine
        conversation = machine.login()
        by_hand = [
            *("enable", "configure terminal", "interface GigabitEthernet1/0/1", "switchport access vlan 20", "exit"),
            *("interface GigabitEthernet1/0/2", "description Mixing desk", "exit"),
            *("ip access-list extended technicians-own", "permit ip any any", "end"),
        ]
        for line in by_hand:
            conversation.obey(line)
        assert vlan(simulator, "sw-0", "Gi1/0/1") == 20
        before, begun = machine.configuration(), made.clock.now()
        while vlan(simulator, "sw-0", "Gi1/0/1") != 999:
            made.clock.advance(timedelta(seconds=20))
            assert made.clock.now() - begun <= timedelta(minutes=5)
            # Real seconds for what the school's clock has already made due: they count for nothing.
            _wait_a_little(lambda: vlan(simulator, "sw-0", "Gi1/0/1") == 999)
        until(lambda: made.store.audit(action="drift.found"))
        after = machine.configuration()
        changed = set(before.splitlines()) ^ set(after.splitlines())
        assert {line.strip() for line in changed} <= {"switchport access vlan 20", "switchport access vlan 999"}
        assert "description Mixing desk" in after
        assert "technicians-own" in after
        assert not [line for line in moves(simulator, "sw-0") if line.removeprefix("interface ") in FOREIGN]
