"""Many simulated switches in a process of their own, as slow to answer as real ones, and ways to reach them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.children import PROJECT, PYTHON
from device_drivers.model import Session
from device_drivers.platforms.cisco_ios import DRIVER
from device_drivers.session import Target, connect, enrol, remember
from device_drivers.simulator.control import ask
from device_drivers.simulator.site import DeviceSite, PlugSite, PortSite, Site

USERNAME, PASSWORD = "caretaker", "gate-key-7"
VLANS = {"20": "pupils", "30": "staff", "999": "quarantine"}


@dataclass(frozen=True)
class Switches:
    """`ports` are TCP ports by name of the switch."""

    folder: Path
    ports: Mapping[str, int]
    process: int

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def target(self, name: str, deadline: float = 30.0) -> Target:
        where = (name, "127.0.0.1", self.ports[name], "cisco_ios", USERNAME, PASSWORD, self.known_hosts)
        return Target(*where, refusals=DRIVER.refusals, deadline=deadline)

    def connect(self, name: str, deadline: float = 30.0) -> Session:
        return connect(self.target(name, deadline))

    def order(self, **words: object) -> None:
        ask(self.folder / "control", words)

    def answer_within(self, seconds: float) -> None:
        """Every command takes so long, as on real hardware. 0: as fast as can be."""
        for name in self.ports:
            self.order(do="fault", device=name, kind="slow" if seconds else "none", seconds=seconds)


def mac(switch: int, port: int) -> str:
    return f"f0:9f:c2:{switch:02x}:00:{port:02x}"


@contextmanager
def switches(folder: Path, count: int, ports: int = 24, plugged: int = 0) -> Iterator[Switches]:
    """`plugged` devices sit on the first ports of each, all of them in VLAN 20."""
    folder.mkdir(parents=True, exist_ok=True)
    sockets = tuple(PortSite(name=f"Gi1/0/{number}", vlan=20) for number in range(1, ports + 1))
    names = [f"sw-{number}" for number in range(count)]
    same = {"dialect": "cisco_ios", "password": PASSWORD, "vlans": VLANS, "ports": sockets}
    devices = tuple(DeviceSite.model_validate({"name": name, **same}) for name in names)
    world = tuple(
        PlugSite(mac=mac(at, port), switch=name, port=f"Gi1/0/{port}")
        for at, name in enumerate(names)
        for port in range(1, plugged + 1)
    )
    site = folder / "site.json"
    site.write_text(Site(devices=devices, world=world, directory=str(folder), control="control").model_dump_json())
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    words = (*PYTHON, "device_drivers.simulator", str(site))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (folder / "log").open("wb") as log, subprocess.Popen(words, stderr=log, env=environment, **pipes) as child:  # type: ignore[call-overload]
        told = json.loads(child.stdout.readline())
        made = Switches(folder, {name: row["port"] for name, row in told.items()}, child.pid)
        for name in made.ports:
            remember(made.known_hosts, enrol("127.0.0.1", made.ports[name]))
        try:
            yield made
        finally:
            child.stdin.close()
            child.wait(20)
