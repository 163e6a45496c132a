"""A school of 30 switches, 1,500 ports and 2,000 devices: compile and plan, and what a controller for it weighs."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench.big_school import NOW, BigSchool, big_school
from bench.children import PROJECT, PYTHON
from bench.measure import Goal, Measurement, rounds, seconds
from bench.simulated_switches import PASSWORD, USERNAME, Switches, mac, switches
from controller.accounts import SYSTEM
from controller.compile import compile_intent
from controller.home import Home
from controller.new_school import TEMPLATES
from controller.plan import plan
from controller.store import Store
from device_drivers.model import Observed, ObservedPort, PortKind, TableEntry
from device_drivers.platforms import drivers
from inventory.model import Admission, Device, Mode, PortRef, Purpose, Switch, SwitchName, Whereabouts, parse_mac
from inventory.roster import write_switches

SWITCHES, PORTS = 30, 50
SETTINGS = '[api]\nlisten = "127.0.0.1:0"\n[dns]\nlisten = ["127.0.0.1:5353"]\n'
_LOOKED = 90.0
_CALM = 10.0
"""Seconds after everything was seen, in which a leak or a late table would show."""


def measure() -> Iterator[Measurement]:
    school = _on_thirty_switches(big_school())
    observed = _observed(school)
    known, times = drivers(), rounds("ROUNDS", 3) * 3

    def decide_and_plan() -> int:
        intent = compile_intent(school.policy, school.inventory, school.windows, NOW, 1)
        return len(plan(intent, school.inventory, observed, known, school.policy.brakes, NOW).changes)

    took = seconds(decide_and_plan, times) * 1e3
    size = f"{SWITCHES} switches, {SWITCHES * PORTS} ports, {len(school.inventory.devices)} devices; median of {times}"
    yield Measurement("compile and plan", took, "ms", note=size, goal=Goal(200.0, "value"))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="caretaker-bench-")))
        made = stack.enter_context(switches(folder / "network", SWITCHES, ports=PORTS, plugged=PORTS))
        yield _weight(folder / "school", made)


def _on_thirty_switches(school: BigSchool) -> BigSchool:
    names = [SwitchName(f"sw-{number}") for number in range(SWITCHES)]
    rows = {n: Switch(n, "10.10.1.1", 22, "cisco_ios", Purpose.ACCESS, Mode.ENFORCE) for n in names}
    seen: dict[object, Whereabouts] = {}
    for number, (who, place) in enumerate(school.inventory.whereabouts.items()):
        at = number % (SWITCHES * PORTS)
        seen[who] = replace(place, port=PortRef(names[at // PORTS], f"Gi1/0/{at % PORTS + 1}"))
    inventory = replace(school.inventory, switches=rows, whereabouts=seen)  # type: ignore[arg-type]
    return replace(school, inventory=inventory)


def _observed(school: BigSchool) -> dict[SwitchName, Observed]:
    found = {}
    for name in school.inventory.switches:
        here = [each for each in school.inventory.whereabouts.values() if each.port and each.port.switch == name]
        table = tuple(TableEntry(each.mac, 20, each.port.port) for each in here if each.port)
        ports = tuple(ObservedPort(f"Gi1/0/{n + 1}", PortKind.ACCESS, True, 20) for n in range(PORTS))
        found[name] = Observed(ports=ports, table=table)
    return found


def _weight(folder: Path, made: Switches) -> Measurement:
    """`caretaker serve` for that school, over SSH, until it has seen every device and a while longer."""
    home = _school(folder, made)
    words = (*PYTHON, "controller", "serve", "--home", str(folder), "--stay")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        try:
            assert child.stdout is not None
            json.loads(child.stdout.readline())
            _wait_until_all_are_seen(home)
            time.sleep(_CALM)
            megabytes = _kilobytes(child.pid, "VmRSS") / 1024
            highest = _kilobytes(child.pid, "VmHWM") / 1024
        finally:
            child.terminate()
            child.communicate()
    note = f"after it has read all switches and seen {SWITCHES * PORTS} devices; highest {highest:.0f} MB"
    return Measurement("memory of the controller", megabytes, "MB", note=note, goal=Goal(250.0, "value"))


def _school(folder: Path, made: Switches) -> Home:
    home = Home(folder)
    home.make()
    home.policy.write_text((TEMPLATES / "school.yaml").read_text())
    home.settings.write_text(SETTINGS)
    home.secrets.write_text(f'[credentials.school]\nusername = "{USERNAME}"\npassword = "{PASSWORD}"\n')
    home.secrets.chmod(0o600)
    home.known_hosts.write_bytes(made.known_hosts.read_bytes())
    rows = [
        Switch(SwitchName(n), "127.0.0.1", p, "cisco_ios", Purpose.ACCESS, Mode.ENFORCE, credentials="school")
        for n, p in made.ports.items()
    ]
    home.switches.write_text(write_switches(rows))
    devices = [
        Device(parse_mac(mac(at // PORTS, at % PORTS + 1)), f"PC {at}", "school-desktop", Admission.REGISTERED)
        for at in range(SWITCHES * PORTS)
    ]
    spare = [
        Device(parse_mac(f"f0:9f:c3:00:{n >> 8:02x}:{n & 255:02x}"), f"PC {n}", "school-desktop") for n in range(500)
    ]
    with Store.open(home.database_url) as store:
        store.put_devices([*devices, *spare], SYSTEM, NOW)
    return home


def _wait_until_all_are_seen(home: Home) -> None:
    end = time.monotonic() + _LOOKED
    with Store.open(home.database_url) as store:
        while len(store.inventory().whereabouts) < SWITCHES * PORTS:
            if time.monotonic() > end:
                raise RuntimeError(f"saw {len(store.inventory().whereabouts)} devices within {_LOOKED:.0f} s")
            time.sleep(0.5)


def _kilobytes(pid: int, row: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(row)).split()[1])
