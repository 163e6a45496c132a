"""From a decided quarantine to its proof by read-back: on a warm session, on a cold one, and with a fifth of the
packets lost on the way. `python -m bench.quarantine_push COUNT FOLDER` prints seconds; it is run in a namespace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bench.big_school import big_school
from bench.children import PROJECT, PYTHON, found
from bench.measure import Goal, Measurement
from bench.simulated_switches import Switches, mac, switches
from controller.clock import SystemClock
from controller.compile import compile_intent
from controller.model import IntendedState
from controller.push.moments import Moments, spread
from controller.push.outcome import Line, Move
from controller.reconcile import reconcile
from controller.situation import Situation
from device_drivers.model import DeviceError, Session
from device_drivers.platforms import drivers
from device_drivers.platforms.cisco_ios import DRIVER
from inventory.fold import fold
from inventory.model import Inventory, Mode, Purpose, Sighting, Switch, SwitchName

SWITCH = Switch(SwitchName("sw-0"), "127.0.0.1", 22, "cisco_ios", Purpose.ACCESS, Mode.ENFORCE)
LOSS = 20
"""Percent."""
GIVEN_UP = timedelta(seconds=60)


class NoJournal:
    def begin(self, lines: Sequence[str], moves: Sequence[Move]) -> int:
        return len(lines) + len(moves)

    def end(self, number: int, outcome: str, moments: Moments) -> None: ...


class School:
    """One switch with a stranger on its first port: each turn sees it, decides, moves it and reads it back."""

    def __init__(self, made: Switches) -> None:
        self._made, self._clock = made, SystemClock()
        school = big_school()
        self._policy, self._inventory = school.policy, Inventory(switches={SWITCH.name: SWITCH})

    def push(self, session: Session, begun: datetime) -> float | None:
        """Seconds from `begun` to the proof; None where it was not proven."""
        line = Line(DRIVER, session, self._clock.now, NoJournal())
        brakes = self._policy.brakes.model_copy(update={"in_lesson_time": "allow"})
        found = Situation(self._inventory, {}, drivers(), brakes, 999)
        outcome = reconcile(SWITCH, line, self._intend, found)
        proven = outcome.moments.verified
        # The link that goes down and up afterwards, so that the device asks for an address, proves nothing more.
        return (proven - begun).total_seconds() if proven and outcome.verified and outcome.applied else None

    def back(self, session: Session) -> None:
        session.send(("interface Gi1/0/1", "switchport access vlan 20"), config=True)

    def _intend(self, seen: tuple[Sighting, ...]) -> IntendedState:
        now = self._clock.now()
        self._inventory = fold(self._inventory, seen, now).inventory
        return compile_intent(self._policy, self._inventory, (), now, 1)


def warm(made: Switches, times: int) -> Iterator[Measurement]:
    made.answer_within(0)
    school, session = School(made), made.connect("sw-0")
    taken = [_timed(school, lambda: session) for _ in range(times)]
    session.close()
    yield _told("quarantine, decided to read back, warm session: p95", taken, 2.0)


def cold(made: Switches, times: int) -> Iterator[Measurement]:
    school = School(made)
    taken = [_timed(school, lambda: made.connect("sw-0")) for _ in range(times)]
    yield _told("quarantine, decided to read back, cold: p95", taken, 5.0)


def lossy(folder: Path, times: int) -> Iterator[Measurement]:
    """In a network of its own, where a fifth of all packets of the loopback vanish."""
    name = f"quarantine with {LOSS} % of the packets lost"
    if os.geteuid() != 0 or found("nft") is None:
        yield Measurement(f"{name}: p95", 0.0, "", note="not measured: needs root and nft")
        return
    rule = f"nft add rule ip t i iifname lo numgen random mod 100 \\< {LOSS} drop"
    chain = "nft add chain ip t i '{ type filter hook input priority 0; }'"
    words = " ".join((*PYTHON, "bench.quarantine_push", str(times), str(folder / "lossy")))
    script = f"ip link set lo up && nft add table ip t && {chain} && {rule} && exec {words}"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script], capture_output=True, text=True, env=environment, check=True
    )
    taken: list[float | None] = json.loads(done.stdout)
    yield _told(f"{name}: p95", taken)
    lost = sum(each is None for each in taken)
    yield Measurement(f"{name}: never read back", float(lost), "of them", goal=Goal(0.0, "value"))


def main(count: int, folder: Path) -> None:
    with switches(folder, 1, plugged=1) as made:
        school = School(made)
        taken = [_stubborn(school, made) for _ in range(count)]
    sys.stdout.write(json.dumps(taken))


def _stubborn(school: School, made: Switches) -> float | None:
    """As the loop does it: a line that breaks is opened again, and what was not proven is tried on."""
    clock = SystemClock()
    begun = clock.now()
    while clock.now() - begun < GIVEN_UP:
        try:
            session = made.connect("sw-0")
            try:
                took = school.push(session, begun)
                if took is not None:
                    school.back(session)
                    return took
            finally:
                session.close()
        except DeviceError:
            continue
    return None


def _timed(school: School, connect: Callable[[], Session]) -> float | None:
    begun = SystemClock().now()
    session = connect()
    took = school.push(session, begun)
    school.back(session)
    return took


def _told(name: str, taken: Sequence[float | None], most: float | None = None) -> Measurement:
    found = spread(taken)
    if found is None:
        raise RuntimeError(f"{name}: none was ever read back ({mac(0, 1)})")
    told = f"p50 {found.p50:.2f}, longest {found.longest:.2f}; {found.count} rounds"
    return Measurement(name, found.p95, "s", note=told, goal=Goal(most, "value") if most else None)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
