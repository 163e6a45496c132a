"""How soon a stranger is decided about, and a device that is put in quarantine is there, in DNS and on its port.

A stranger's address is closed before anybody knows of it, and its port rests in quarantine already: what takes time
is that the controller reads of it in the switch's table (`poll`, a second in the demo). A known device is put in
quarantine through the API; the clock starts when 202 has come, and runs until both workers say EDE 18, and until the
controller has read the new VLAN back from the switch. Each time the port is read by our own SSH client as well.
The brakes of the demo's policy are set wide: else ten ports a minute would be all. QUARANTINES of the environment
says how many rounds.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from socket import socket

from bench import ask
from bench.children import PYTHON, free_port, running
from bench.demo import Demo, demo_school, wait_for
from bench.measure import Measurement, rounds, spread
from bench.switch_reader import SwitchReader, on_switch
from bench.verdicts import Watch, is_quarantined, sockets_of_workers

PCS, RESTING, PUPILS = 23, "999", "20"
SITE = "bbc.co.uk"
_CLASSES, _SUITE = 1, 2
_FREE_PORT = "Gi1/0/20"
_IN_DNS, _ON_PORT = 0.25, 2.0
"""Seconds: the goals for 99 and 95 of a hundred; here for all of the few."""
_SLOWLY = 0.005
"""One device asks: it must not reach its limit of queries a second."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds, one for each round."""

    decided: list[float] = field(default_factory=list)
    dns: list[float] = field(default_factory=list)
    port: list[float] = field(default_factory=list)
    released: list[float] = field(default_factory=list)


def measure() -> Iterator[Measurement]:
    count, taken = rounds("QUARANTINES", 20), Taken()
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-") as folder, ExitStack() as stack:
        place, upstream = Path(folder), free_port()
        stack.enter_context(running((*PYTHON, "bench.upstream", str(upstream)), place / "upstream.log"))
        demo = stack.enter_context(demo_school(place, upstream))
        _ease_the_brakes(demo)
        with on_switch(demo, _CLASSES) as switch:
            for number in range(count):
                taken.decided.append(_stranger(demo, switch, number))
        sockets = _by_source(sockets_of_workers(_addresses(), demo.dns, demo.workers()))
        with on_switch(demo, _SUITE) as switch:
            for number in range(count):
                _known_device(demo, switch, number % PCS, sockets[_addresses()[number % PCS]], taken)
    yield from spread("stranger plugged in, decided", taken.decided, "its DNS and port are closed before")
    yield from spread("put in quarantine, DNS says so", taken.dns, worst=_IN_DNS)
    yield from spread("put in quarantine, port read back", taken.port, worst=_ON_PORT)
    yield from spread("released, port read back", taken.released, worst=_ON_PORT)


def _stranger(demo: Demo, switch: SwitchReader, number: int) -> float:
    """Seconds from plugging in until the decision is there."""
    mac, address = f"f0:9f:c2:99:00:{number:02x}", f"127.5.1.{number + 1}"
    demo.order(do="plug", mac=mac, switch="sw-classes", port=_FREE_PORT, address=address, hostname="laptop")
    plugged = time.perf_counter()
    with ask.connected(address, demo.dns) as sock:
        if not is_quarantined(ask.heard(ask.ask(sock, ask.query(SITE)))):
            raise RuntimeError(f"the stranger at {address} is answered before anybody knows of it")
    wait_for(lambda: demo.api.get(f"/devices/{mac}").status_code == 200 and _rests(demo, mac), f"deciding about {mac}")
    decided = time.perf_counter() - plugged
    _expect(switch, _FREE_PORT, RESTING)
    demo.order(do="unplug", mac=mac)
    return decided


def _rests(demo: Demo, mac: str) -> bool:
    time.sleep(0.02)
    decision = demo.get(f"/devices/{mac}")["decision"]
    return decision is not None and decision["segment"] == "quarantine"


def _known_device(demo: Demo, switch: SwitchReader, number: int, sockets: Sequence[socket], taken: Taken) -> None:
    mac, port = f"8c:ec:4b:04:00:{number + 1:02x}", f"Gi1/0/{number + 1}"
    _expect(switch, port, PUPILS)
    with ExitStack() as stack:
        watches = [stack.enter_context(Watch([sock], SITE, is_quarantined, _SLOWLY)) for sock in sockets]
        wait_for(lambda: all(watch.since(False) is not None for watch in watches), f"DNS for {mac}")
        after = _last_row(demo)
        demo.post(f"/devices/{mac}/quarantine", reason="bench")
        accepted, at = time.perf_counter(), time.time()
        wait_for(lambda: all(watch.since(True) is not None for watch in watches), f"quarantine of {mac} in DNS")
        taken.dns.append(max(0.0, *((watch.since(True) or accepted) - accepted for watch in watches)))
    taken.port.append(_verified(demo, after) - at)
    _expect(switch, port, RESTING)
    after = _last_row(demo)
    demo.post(f"/devices/{mac}/release", reason="bench")
    at = time.time()
    taken.released.append(_verified(demo, after) - at)
    _expect(switch, port, PUPILS)


def _verified(demo: Demo, after: int) -> float:
    """When the first push after that row of the audit was read back and found right."""
    found = list[float]()

    def look() -> bool:
        time.sleep(0.02)
        for row in demo.get("/audit", after=after, action="push.end")["items"]:
            if row["subject"] != "sw-ict":
                continue  # the gateway's part: its leases end with the same decision
            if row["detail"]["outcome"] != "verified":
                raise RuntimeError(f"a push ended otherwise: {row}")
            found.append(datetime.fromisoformat(row["at"]).timestamp())
        return bool(found)

    wait_for(look, "a push that was read back")
    return found[0]


def _last_row(demo: Demo) -> int:
    return int(demo.get("/audit", newest=True, limit=1)["items"][0]["number"])


def _expect(switch: SwitchReader, port: str, vlan: str) -> None:
    if (found := switch.vlan(port)) != vlan:
        raise RuntimeError(f"{port} stands in VLAN {found}, expected {vlan}")


def _ease_the_brakes(demo: Demo) -> None:
    """No limit of ports a minute, and none of the share of a room: the switch of the suite stands in no room."""
    _rewrite(demo, demo.home.policy, "ports_per_minute: 10,", "ports_per_minute: 1000,", "policy.load")
    _rewrite(demo, demo.home.switches, "enforce,demo,ict-suite", "enforce,demo,", "switch.put")
    eased = datetime.now(UTC)

    def verified() -> bool:
        time.sleep(0.1)
        points = {point["name"]: point for point in demo.get("/enforcement-points")["items"]}
        told = points["sw-ict"]
        return told["state"] == "in-force" and datetime.fromisoformat(told["last_verified"]) > eased

    wait_for(verified, "a look at the switch without a room")


def _rewrite(demo: Demo, path: Path, was: str, becomes: str, action: str) -> None:
    text, after = path.read_text(), _last_row(demo)
    if was not in text:
        raise RuntimeError(f"the demo's {path.name} does not say {was!r}")
    path.write_text(text.replace(was, becomes))
    wait_for(lambda: bool(demo.get("/audit", after=after, action=action)["items"]), f"taking {path.name} in")


def _addresses() -> Sequence[str]:
    return [f"127.4.0.{11 + number}" for number in range(PCS)]


def _by_source(of_workers: Sequence[Sequence[socket]]) -> Mapping[str, list[socket]]:
    found = defaultdict[str, list[socket]](list)
    for sockets in of_workers:
        for sock in sockets:
            found[sock.getsockname()[0]].append(sock)
    return found
