"""Pushes to switches: a hundred at once beside one after the other and beside Ansible; quarantines, warm, cold, lossy.

Every simulated switch takes 50 ms for a command, like real ones. All of them are told all three ways, which takes
minutes; PUSH_SWITCHES and PUSH_ROUNDS make it shorter, PUSH_SINGLY and PUSH_ANSIBLE tell fewer of them the slow ways
and say so.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from netmiko import ConnectHandler

from bench import ansible_peer
from bench.measure import Goal, Measurement, Unmeasurable, once, rounds, seconds
from bench.quarantine_push import cold, lossy, warm
from bench.simulated_switches import PASSWORD, USERNAME, Switches, switches
from controller.clock import SystemClock
from controller.network import AT_ONCE
from device_drivers.model import SetAccessVlan
from device_drivers.platforms.cisco_ios import DRIVER, SWITCHPORT

ANSWER = 0.05
"""Seconds a switch takes for a command."""
PORTS = 3
"""Ten lines and a few: interface, VLAN and exit of each, and the way into the configuration."""


def measure() -> Iterator[Measurement]:
    count, times = rounds("PUSH_SWITCHES", 100), rounds("PUSH_ROUNDS", 30)
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder:
        with switches(Path(folder) / "many", count) as made:
            yield from _many(made, list(made.ports))
        with switches(Path(folder) / "one", 1, plugged=1) as made:
            yield _overhead(made, times)
            yield from warm(made, times)
            yield from cold(made, max(10, times // 2))
            yield from lossy(Path(folder), max(6, times // 5))


def _many(made: Switches, names: Sequence[str]) -> Iterator[Measurement]:
    made.answer_within(ANSWER)
    few = names[: rounds("PUSH_SINGLY", len(names))]
    singly = once(lambda: _singly(made, few)) / len(few) * len(names)
    at_once = once(lambda: _all(made, names, 999))
    note = f"sign in, ten lines, read back, save; {ANSWER * 1e3:.0f} ms a command"
    alone = f"one after the other{_all_of(few, names)}"
    name = f"push to {len(names)} switches, {AT_ONCE} at once"
    yield Measurement(name, at_once, "s", False, alone, singly, note, Goal(10.0))
    some = names[: rounds("PUSH_ANSIBLE", len(names))]
    try:
        taken = ansible_peer.seconds(made, some, _lines(20)) / len(some) * len(names)
    except Unmeasurable as reason:
        yield Measurement(f"{name}: Ansible", 0.0, "", note=f"not measured: {reason}")
        return
    peer = f"ansible-core network_cli, {ansible_peer.FORKS} forks{_all_of(some, names)}"
    yield Measurement(name, at_once, "s", False, peer, taken, note, Goal(10.0))


def _all_of(told: Sequence[str], names: Sequence[str]) -> str:
    return "" if len(told) == len(names) else f" ({len(told)} of them, times {len(names) / len(told):g})"


def _lines(vlan: int) -> tuple[str, ...]:
    changes = [SetAccessVlan(f"Gi1/0/{port}", 0, vlan) for port in range(1, PORTS + 1)]
    return (*DRIVER.render(changes, SystemClock().now()), "end")


def _job(made: Switches, name: str, vlan: int) -> None:
    session = made.connect(name)
    try:
        session.send(_lines(vlan)[:-1], config=True)
        told = session.read((SWITCHPORT,))[SWITCHPORT]
        if f"Access Mode VLAN: {vlan}" not in told:
            raise RuntimeError(f"{name} was not read back as meant")
        session.save(DRIVER.save)
    finally:
        session.close()


def _singly(made: Switches, names: Sequence[str]) -> None:
    for name in names:
        _job(made, name, 30)


def _all(made: Switches, names: Sequence[str], vlan: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda name: _job(made, name, vlan), names))


def _overhead(made: Switches, times: int) -> Measurement:
    """Our own two lines on a warm session beside netmiko's on a warm connection of its own, just as it is."""
    made.answer_within(0)
    two = ("interface Gi1/0/9", "switchport access vlan 30")
    session = made.connect("sw-0")
    ours = seconds(lambda: session.send(two, config=True), times)
    session.close()
    where = {"host": "127.0.0.1", "port": made.ports["sw-0"], "username": USERNAME, "password": PASSWORD}
    line = ConnectHandler(device_type="cisco_ios", **where)
    theirs = seconds(lambda: line.send_config_set(two), times)
    line.disconnect()
    note = "refusals looked for after each line, the deadline, the lease asked"
    name, peer = "two lines on a warm session", "netmiko send_config_set"
    return Measurement(name, ours * 1e3, "ms", False, peer, theirs * 1e3, note, Goal(1 / 1.5))
