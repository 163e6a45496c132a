"""Two controllers on one database (fault 10): one leads, the other takes over, and what they push never interleaves."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from controller.clock import FixedClock
from controller.home import Home
from controller.model import PointState
from controller.store import Store
from device_drivers.simulator.simulator import Simulator
from tests.controller.school import NINE
from tests.faults.network import (
    Controller,
    controller,
    moves,
    quarantined,
    rows,
    school_folder,
    stranger,
    switched_on,
    vlan,
)
from tests.waiting import until

pytestmark = pytest.mark.fault


@contextmanager
def two(folder: Path, strangers: int = 1) -> Iterator[tuple[Simulator, Controller, Controller, FixedClock]]:
    with ExitStack() as all_of_it:
        simulator = all_of_it.enter_context(switched_on(folder / "network", 1, strangers))
        clock, url = FixedClock(NINE), f"sqlite:///{folder}/shared.db"
        homes = [school_folder(folder / name, simulator) for name in ("one", "two")]
        first, second = (all_of_it.enter_context(controller(home, rows(simulator), clock, url=url)) for home in homes)
        yield simulator, first, second, clock


def pass_by(clock: FixedClock, seconds: float) -> None:
    """Half a second at a time, so that threads that wait on the clock take their turns."""
    for _ in range(int(seconds * 2)):
        clock.advance(timedelta(seconds=0.5))
        threading.Event().wait(0.01)


def test_one_drives_the_switches_and_the_other_says_that_it_waits(tmp_path: Path) -> None:
    with two(tmp_path) as (simulator, first, second, _):
        first.start()
        second.start()
        until(lambda: quarantined(simulator))
        until(lambda: "Another controller leads" in second.point("sw-0").detail)
        assert first.network.leader.leads
        assert not second.network.leader.leads
        assert second.point("sw-0").last_verified is None


def test_a_leader_stopped_between_two_lines_sends_none_of_the_others_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by SIGSTOP in the middle of a push: the other one takes over, finishes it, and is not talked into."""
    stopped, go_on = threading.Event(), threading.Event()
    with two(tmp_path, strangers=3) as (simulator, first, second, clock):
        fence, asked = first.network.leader.fence, [0]

        def held_up() -> int:
            asked[0] += 1
            if asked[0] == 6:  # once for the turn, then before each line: in the middle of the second port
                stopped.set()
                go_on.wait(300)
            return fence()

        def silent(*_: object) -> None:
            go_on.wait(300)

        monkeypatch.setattr(first.network.leader, "fence", held_up)
        monkeypatch.setattr(first.network.leader, "_step", _once_then(first.network.leader._step, silent))
        first.start()
        try:
            until(stopped.is_set)
            sent = len(moves(simulator, "sw-0"))
            second.start()
            until(lambda: _taken_over(second, clock))
            until(lambda: quarantined(simulator) and second.point("sw-0").state is PointState.IN_FORCE)
            by_second = moves(simulator, "sw-0")[sent:]
        finally:
            go_on.set()
        until(lambda: "Another controller leads" in first.point("sw-0").detail)
        assert moves(simulator, "sw-0")[sent:] == by_second, "the first one sent no line any more"
        assert second.store.audit(action="push.cut-off")


def _once_then(first: object, rest: object) -> object:
    calls = iter((first,))

    def step() -> None:
        next(calls, rest)()  # type: ignore[operator]

    return step


def _taken_over(second: Controller, clock: FixedClock) -> bool:
    pass_by(clock, 1)
    return second.network.leader.leads


@contextmanager
def serving(home: Home) -> Iterator[subprocess.Popen[str]]:
    words = (sys.executable, "-m", "controller", "serve", "--home", str(home.root), "--stay")
    with (home.root / "serve.log").open("w") as log:
        child = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield child
        finally:
            os.kill(child.pid, signal.SIGCONT)
            child.kill()
            child.communicate()


def ready(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    assert json.loads(child.stdout.readline())["ready"]


def stands_still(pid: int) -> bool:
    """Every thread of it: one that waits for the disk goes on until it has it."""
    stats = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


def stop_between_two_writes(child: subprocess.Popen[str], database: Path) -> None:
    """SIGSTOP, and not while it holds SQLite's one lock: of a file nobody takes that from whoever stands still
    (PostgreSQL does: `test_a_controller_that_was_frozen_in_a_write`). One stop in a hundred falls into a write."""

    def stopped() -> bool:
        child.send_signal(signal.SIGSTOP)
        until(lambda: stands_still(child.pid))
        with closing(sqlite3.connect(database, timeout=0.5, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                child.send_signal(signal.SIGCONT)
                return False
            connection.execute("ROLLBACK")
            return True

    until(stopped)


@pytest.mark.slow
def test_a_leader_that_was_stopped_past_its_lease_has_its_next_push_refused(tmp_path: Path) -> None:
    """With real processes and signals; a lease of eight seconds."""
    url = f"sqlite:///{tmp_path}/shared.db"
    settings = (
        f'[api]\nlisten = "127.0.0.1:0"\n[dns]\nlisten = ["127.0.0.1:5353"]\n[database]\nurl = "{url}"\n'
        "[enforcement]\npoll = 0.5\nlease = 8\n"
    )
    with switched_on(tmp_path / "network", 1, 2) as simulator:
        homes = [school_folder(tmp_path / name, simulator) for name in ("one", "two")]
        for home in homes:
            home.settings.write_text(settings)
        with serving(homes[0]) as first:
            ready(first)
            until(lambda: quarantined(simulator))
            with serving(homes[1]) as second:
                ready(second)
                stop_between_two_writes(first, tmp_path / "shared.db")
                with Store.open(url) as store:
                    until(lambda: (lease := store.lease()) is not None and lease.holder.endswith("two"))
                    plug = {"do": "plug", "mac": stranger(0, 1), "switch": "sw-0", "port": "Gi1/0/2"}
                    simulator.answer(plug)
                    machine = simulator.devices["sw-0"].machine.login()
                    first.send_signal(signal.SIGCONT)
                    for line in ("enable", "conf t", "interface Gi1/0/2", "switchport access vlan 20", "end"):
                        machine.obey(line)
                    until(lambda: vlan(simulator, "sw-0", "Gi1/0/2") == 999)
                    told = homes[0].root / "serve.log"
                    until(lambda: "Another controller leads" in told.read_text())
                    until(lambda: not store.unfinished_pushes())
                    taken = store.audit(action="lead.take")
                    assert taken[-1].subject.endswith("two")
                    assert [row.detail["number"] for row in taken] == list(range(1, len(taken) + 1))
