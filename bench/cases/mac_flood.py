"""10,000 new MACs in a minute, as discovery tells them: the school goes on, the API answers, one alarm is raised.

The flood comes through the API in batches of 200 beside the demo's own work (switches read every second, lessons,
DNS). Meanwhile another client asks for devices, decisions and a lesson list, and each answer is timed. Before and
after, every known device's verdict and segment, and the VLAN of every port of the switch of the suite, are compared.
MACS of the environment says how many; SECONDS over how long.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from bench.children import PYTHON, free_port, megabytes, running
from bench.demo import Demo, demo_school, wait_for
from bench.measure import Goal, Measurement, number, rounds
from bench.switch_reader import on_switch

_BATCH = 200
_SUITE = 2
_PORTS = tuple(f"Gi1/0/{number}" for number in range(1, 24))
_PATHS = ("/devices?limit=100", "/decisions", "/windows", "/alarms")
_P99 = 500
"""Milliseconds."""
_GROWTH = 50.0


@dataclass(slots=True)
class _Asked:
    """Seconds of every answer, by another client than the one that floods."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0


def measure() -> Iterator[Measurement]:
    macs, minute = rounds("MACS", 10_000), rounds("SECONDS", 60)
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        place, upstream = Path(folder), free_port()
        stack.enter_context(running((*PYTHON, "bench.upstream", str(upstream)), place / "upstream.log"))
        demo = stack.enter_context(demo_school(place, upstream))
        wait_for(lambda: len(_standing(demo)) > 20, "knowing the school", 60.0)
        with on_switch(demo, _SUITE) as switch:
            vlans = {port: switch.vlan(port) for port in _PORTS}
            before, memory = _standing(demo), _memory(demo)
            asked, flooded = _during(demo, lambda: _flood(demo, macs, minute))
            after, grown = _standing(demo), _memory(demo) - memory
            moved = sum(switch.vlan(port) != vlan for port, vlan in vlans.items())
        changed = sum(after.get(mac) != standing for mac, standing in before.items())
        alarms = [alarm for alarm in demo.get("/alarms")["items"] if alarm["kind"] == "flood"]
        known = demo.get("/devices", limit=1)["total"]
    ordered = sorted(asked.seconds)
    note = f"{macs} MACs in {flooded:.0f} s; {len(ordered)} answers beside it, {asked.refused} refused"
    yield Measurement(
        "API beside a flood of MACs, p99", ordered[int(len(ordered) * 0.99)] * 1e3, "ms", note=note, goal=_at_most(_P99)
    )
    yield Measurement("API beside a flood of MACs, worst", ordered[-1] * 1e3, "ms")
    told = f"of {len(before)} that are registered"
    yield Measurement("flood: verdicts or segments changed", changed, "devices", note=told, goal=_at_most(0))
    yield Measurement("flood: VLANs changed", moved, "ports", note=f"of {len(vlans)}", goal=_at_most(0))
    yield Measurement("flood: alarms", len(alarms), "alarms", goal=_at_most(1))
    yield Measurement("flood: devices known after it", known, "devices", note="the others wait outside")
    yield Measurement("flood: controller grown by", grown, "MB", note="resident", goal=_at_most(_GROWTH))


def _at_most(bound: float) -> Goal:
    return Goal(bound, "value")


def _flood(demo: Demo, macs: int, seconds: int) -> None:
    """Evenly over the time, each batch when it is due."""
    began = time.monotonic()
    with _another(demo) as client:
        for first in range(0, macs, _BATCH):
            due = began + seconds * first / macs
            time.sleep(max(0.0, due - time.monotonic()))
            batch = [_sighting(number) for number in range(first, min(first + _BATCH, macs))]
            client.post("/sightings", json={"sightings": batch}).raise_for_status()


def _sighting(number: int) -> Mapping[str, object]:
    """Random MACs as a tool that makes them up sends them, from one classroom socket, asking for an address."""
    mac = f"02:13:37:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    place = {"switch": "sw-classes", "port": "Gi1/0/20", "vlan": 999} if number % 2 else {}
    return {"mac": mac, "source": "dhcp", "hostname": f"pc-{number}", "fingerprint": "1,3,6,15", **place}


def _during(demo: Demo, work: Callable[[], object]) -> tuple[_Asked, float]:
    """Ask the API all the time while the work is done; how long it took."""
    asked, over = _Asked(), threading.Event()

    def ask() -> None:
        with _another(demo) as client:
            while not over.is_set():
                for path in _PATHS:
                    began = time.perf_counter()
                    asked.refused += client.get(path).status_code != 200
                    asked.seconds.append(time.perf_counter() - began)
                over.wait(0.02)

    asking = threading.Thread(target=ask)
    asking.start()
    began = time.monotonic()
    try:
        work()
    finally:
        over.set()
        asking.join()
    return asked, time.monotonic() - began


def _another(demo: Demo) -> httpx2.Client:
    api = demo.api
    return httpx2.Client(base_url=api.base_url, headers=api.headers, timeout=30, trust_env=False)


def _standing(demo: Demo) -> Mapping[str, tuple[str, str, bool]]:
    """Profile, segment and internet of every device that somebody registered."""
    found: dict[str, tuple[str, str, bool]] = {}
    after: str | None = ""
    while after is not None:
        page = demo.get("/devices", limit=500, after=after, admission="registered")
        for device in page["items"]:
            decision = device["decision"]
            if decision is not None:
                found[device["mac"]] = (decision["profile"], decision["segment"], decision["internet"])
        after = page["next"]
    return found


def _memory(demo: Demo) -> float:
    """Megabytes of the controller that are resident."""
    return megabytes(next(pid for role, pid in demo.processes() if role == "controller"))


def main() -> int:
    """As a part of `make torture`: says every figure; 1 where a goal is missed or nobody was told of the flood."""
    taken = list(measure())
    told = sum(one.value for one in taken if one.name == "flood: alarms")
    print("; ".join(f"{one.name} {number(one.value)} {one.unit}" for one in taken))
    return int(told != 1 or any(one.met is False for one in taken))


if __name__ == "__main__":
    sys.exit(main())
