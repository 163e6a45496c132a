"""What the demo needs once its processes run: host keys written down, and an upstream where no resolver answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from controller import resolvers
from controller.home import Home
from controller.supervisor import Child, Supervisor
from device_drivers.session import enrol, recorded, remember


def enrol_all(home: Home, told: Mapping[str, Any]) -> None:
    """Take the simulated devices' own word for their keys. In a school a person compares the fingerprints."""
    for each in _devices(told):
        known = recorded(home.known_hosts, each["host"], each["port"])
        if known is None or known.fingerprint != each["fingerprint"]:
            remember(home.known_hosts, enrol(each["host"], each["port"]))


def _devices(told: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return [each for each in told.get("devices", told).values() if isinstance(each, Mapping) and "port" in each]


def a_resolver_answers() -> bool:
    """Does any of the machine's own resolvers know the internet?"""
    places = resolvers.of_machine()
    with ThreadPoolExecutor(max_workers=max(1, len(places))) as pool:
        return any(pool.map(resolvers.answers, places))


def start_upstream(home: Home, supervisor: Supervisor, python: Sequence[str]) -> Child:
    """Start the demo's own small upstream; it tells its address when it is ready."""
    child = Child("upstream", (*python, "controller.demo.upstream"), home.log / "upstream.log")
    supervisor.start(child)
    return child
