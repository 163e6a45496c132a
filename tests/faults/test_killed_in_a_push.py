"""kill -9 in the middle of a push to twenty switches (fault 1): after the next start each is read back and converged.

One seed by default; CARETAKER_KILLS=100 for the whole series (some twenty minutes).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.home import Home
from controller.store import Store
from device_drivers.simulator.simulator import Simulator
from tests.faults.network import dark, moves, quarantined, school_folder, switched_on
from tests.waiting import until, until_it_stands_still

pytestmark = [pytest.mark.fault, pytest.mark.slow]

KILLS = int(os.environ.get("CARETAKER_KILLS", "1"))
SWITCHES, STRANGERS = 20, 3
LINES = 5
"""For each stranger: its port and its VLAN; then its port, its link down, and up again."""
SETTINGS = '[api]\nlisten = "127.0.0.1:0"\n[dns]\nlisten = ["127.0.0.1:5353"]\n[enforcement]\npoll = 1\n'


@contextmanager
def serving(home: Home) -> Iterator[subprocess.Popen[str]]:
    words = (sys.executable, "-m", "controller", "serve", "--home", str(home.root), "--stay")
    with (home.root / "serve.log").open("a") as log:
        child = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield child
        finally:
            child.kill()
            child.communicate()


def sent(simulator: Simulator) -> int:
    return sum(len(moves(simulator, name)) for name in simulator.devices)


def heard(simulator: Simulator) -> int:
    """Commands of any kind, on all of them."""
    return sum(len(device.journal.lines()) for device in simulator.devices.values())


def converged(simulator: Simulator, which: str = "running") -> bool:
    return quarantined(simulator, which) and not dark(simulator, which)


@pytest.mark.parametrize("seed", range(KILLS))
@pytest.mark.timeout(400)
def test_killed_in_the_middle_of_a_push_every_switch_is_converged_after_the_next_start(
    tmp_path: Path, seed: int
) -> None:
    at = random.Random(seed).randint(1, SWITCHES * STRANGERS * LINES - 10)
    with switched_on(tmp_path / "network", SWITCHES, STRANGERS) as simulator:
        home = school_folder(tmp_path / "school", simulator)
        home.settings.write_text(SETTINGS)
        with serving(home) as first:
            until_it_stands_still(lambda: sent(simulator) >= at, lambda: heard(simulator))
            first.send_signal(signal.SIGKILL)
            first.wait(60)
        _intent_was_stored_before_the_first_byte(home, simulator)
        with serving(home) as second:
            assert second.stdout is not None
            begun = time.monotonic()
            assert json.loads(second.stdout.readline())["ready"]
            until_it_stands_still(
                lambda: converged(simulator) and converged(simulator, "startup"), lambda: heard(simulator)
            )
            took = time.monotonic() - begun
            # The last switch has saved before it says so.
            with Store.open(home.database_url) as store:
                until(lambda: not store.unfinished_pushes())
        with Store.open(home.database_url) as store:
            assert store.unfinished_pushes() == ()
            assert store.verify_audit() is None
    sys.stdout.write(f"seed {seed}: killed at line {at}, converged {took:.1f} s after the next start\n")


def _intent_was_stored_before_the_first_byte(home: Home, simulator: Simulator) -> None:
    with Store.open(home.database_url) as store:
        written: dict[str, list[str]] = {}
        for push in reversed(store.pushes(limit=1000)):
            written.setdefault(push.device, []).extend(push.lines)
    for name in simulator.devices:
        got = moves(simulator, name)
        # Each line a switch got stands in the push that was written down for it, in the same order.
        assert [line for line in written.get(name, []) if line in got][: len(got)] == got, name
