"""A school with a hundred switches in a network of its own, and strangers that come in by a real wire.

`python -m bench.stranger_school ROUNDS FOLDER` prints seconds as JSON; it is run in a namespace that has a pair of
interfaces `wire` and `far`. A stranger borrows the address of a pupil's device that is being answered: so DNS has to
change its mind, and not only to go on saying no. Its port is told by whoever knows it (RADIUS, a DHCP relay, a trap):
there sits a pupil's device too, so the port has to be moved, and be read back.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from bench.children import PYTHON, running, until
from bench.demo import wait_for
from bench.simulated_switches import PASSWORD, USERNAME, Switches, mac, switches
from bench.verdicts import Watch, is_quarantined, sockets_of_workers
from controller.home import Home
from controller.new_school import TEMPLATES
from inventory.model import Admission, Device, Mode, Purpose, Switch, SwitchName, YearGroupId, parse_mac
from inventory.roster import write_devices, write_switches

SWITCHES, PLUGGED = 100, 8
DNS = ("10.20.0.1", 5300)
API = "127.0.0.1:8099"
SITE = "bbc.co.uk"
GROUP = YearGroupId("year-5")
_SLOWLY = 0.004
_BORROWED = 20
"""Addresses that strangers take, one after the other."""
_UP = "Caretaker is up"


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of each round."""

    decided: list[float] = field(default_factory=list)
    dns: list[float] = field(default_factory=list)
    port: list[float] = field(default_factory=list)


def main(rounds: int, folder: Path) -> None:
    taken = Taken()
    with ExitStack() as stack:
        _addresses_here()
        made = stack.enter_context(switches(folder / "switches", SWITCHES, plugged=PLUGGED))
        stack.enter_context(running((*PYTHON, "bench.upstream", "5399"), folder / "upstream.log"))
        api = stack.enter_context(_school(folder, made))
        _everybody_is_seen(api)
        wait_for(lambda: _all_in_force(api), "looking at all switches", 240.0)
        _settled(api)
        stack.enter_context(_discovery(folder))
        stack.enter_context(_background(api))
        _by_wire(api, folder, rounds, taken)
        _by_port(api, made, rounds, taken)
    sys.stdout.write(json.dumps({"decided": taken.decided, "dns": taken.dns, "port": taken.port}))


def _by_wire(api: httpx2.Client, folder: Path, rounds: int, taken: Taken) -> None:
    """From the first frame on the wire to the decision, and to both workers saying no."""
    sources = [_address(number) for number in range(_BORROWED)]
    by_source = _by_source(sockets_of_workers(sources, DNS, _workers(folder)))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as far:
        far.bind(("far", 0))
        for number in range(rounds):
            source = sources[number % len(sources)]
            _one_by_wire(Home(folder / "school").table, far, by_source[source], _stranger(number), taken)
            _give_back(api, _stranger(number), number)


def _one_by_wire(table: Path, far: socket.socket, asking: Sequence[socket.socket], stranger: str, taken: Taken) -> None:
    source = asking[0].getsockname()[0]
    with ExitStack() as stack:
        watches = [stack.enter_context(_Kept(sock)) for sock in asking]
        wait_for(lambda: all(w.since(False) is not None for w in watches), f"an answer for {source}")
        began = time.perf_counter()
        far.send(_frame(stranger, source))
        wait_for(lambda: _is_decided(table, stranger), f"deciding about {stranger}")
        taken.decided.append(time.perf_counter() - began)
        wait_for(lambda: all(w.since(True) is not None for w in watches), f"quarantine of {source}")
        taken.dns.append(max((w.since(True) or began) - began for w in watches))


def _stranger(number: int) -> str:
    return f"f0:9f:c3:00:{number >> 8:02x}:{number & 255:02x}"


def _by_port(api: httpx2.Client, made: Switches, rounds: int, taken: Taken) -> None:
    """From the first word of a stranger at a port to the read-back of its quarantine."""
    for number in range(rounds):
        at = number % SWITCHES
        stranger, name, port = f"f0:9f:c4:00:{number >> 8:02x}:{number & 255:02x}", f"sw-{at}", "Gi1/0/1"
        made.order(do="plug", mac=stranger, switch=name, port=port)
        after = _last_row(api)
        began, at_wall = time.perf_counter(), time.time()
        word = {"mac": stranger, "source": "radius", "switch": name, "port": port}
        api.post("/sightings", json={"sightings": [word]}).raise_for_status()
        taken.port.append(_verified(api, name, after) - at_wall)
        made.order(do="unplug", mac=stranger)
        if time.perf_counter() - began < 1.0:
            time.sleep(0.2)


class _Kept(Watch):
    """A watch whose socket is used again."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__([sock], SITE, is_quarantined, _SLOWLY)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def _give_back(api: httpx2.Client, stranger: str, number: int) -> None:
    """The stranger is sent away, and the pupil's device says that it has its address again."""
    mine = {"mac": mac(number % _BORROWED // PLUGGED, number % _BORROWED % PLUGGED + 1), "source": "dhcp"}
    elsewhere = {"mac": stranger, "source": "dhcp", "address": f"10.20.3.{number % 200 + 1}"}
    word = [elsewhere, {**mine, "address": _address(number % _BORROWED)}]
    api.post("/sightings", json={"sightings": word}).raise_for_status()


def _is_decided(table: Path, stranger: str) -> bool:
    """In the published table the address is the stranger's. Looked at on the disk: to ask the API would slow it."""
    return f'"device":"{stranger}"' in table.read_text()


def _verified(api: httpx2.Client, device: str, after: int) -> float:
    found = list[float]()

    def look() -> bool:
        time.sleep(0.01)
        for row in _get(api, "/audit", after=after, action="push.end")["items"]:
            if row["subject"] == device and row["detail"]["outcome"] == "verified":
                found.append(datetime.fromisoformat(row["at"]).timestamp())
        return bool(found)

    wait_for(look, f"a push to {device} that was read back", 60.0)
    return found[0]


def _last_row(api: httpx2.Client) -> int:
    return int(_get(api, "/audit", newest=True, limit=1)["items"][0]["number"])


@contextmanager
def _school(folder: Path, made: Switches) -> Iterator[httpx2.Client]:
    home = Home(folder / "school")
    home.make()
    policy = (TEMPLATES / "school.yaml").read_text()
    home.policy.write_text(f"{policy}\n{_BRAKES}" if "\nbrakes:" not in policy else _eased(policy))
    home.devices.write_text(write_devices(_devices()))
    home.switches.write_text(write_switches(_listed(made)))
    home.people.write_text((TEMPLATES / "people.csv").read_text())
    home.secrets.write_text(f'[credentials.default]\nusername = "{USERNAME}"\npassword = "{PASSWORD}"\n')
    home.secrets.chmod(0o600)
    home.known_hosts.write_bytes(made.known_hosts.read_bytes())
    log = folder / "caretaker.log"
    log.write_text("")
    words = (*PYTHON, "controller", "up", "--home", str(home.root), "--api", API, "--workers", "2")
    places = ("--dns", f"{DNS[0]}:{DNS[1]}", "--upstream", "127.0.0.1:5399")
    with running((*words, *places), log) as child:
        until(lambda: _UP in log.read_text(), 240.0, child, log)
        told = json.loads((home.run / "connection.json").read_text())
        token = Path(told["token_file"]).read_text().strip()
        (folder / "token").write_text(token)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=f"{told['url']}/api/v1", headers=headers, timeout=60, trust_env=False) as api:
            yield api


_BRAKES = "brakes: {ports_per_minute: 10000, share_of_room: 1.0, in_lesson_time: allow, pupils_per_minute: 10000}\n"


def _eased(policy: str) -> str:
    """With brakes so wide that a bench of a hundred quarantines is not held back."""
    lines, kept, inside = policy.splitlines(keepends=True), list[str](), False
    for line in lines:
        inside = line.startswith("brakes:") or (inside and line.startswith((" ", "#")))
        if not inside:
            kept.append(line)
    return "".join(kept) + _BRAKES


def _devices() -> Sequence[Device]:
    return [
        Device(parse_mac(mac(at, port)), f"ipad-{at}-{port}", "school-ipad", Admission.REGISTERED, year_group=GROUP)
        for at in range(SWITCHES)
        for port in range(1, PLUGGED + 1)
    ]


def _listed(made: Switches) -> Sequence[Switch]:
    return [
        Switch(SwitchName(name), "127.0.0.1", port, "cisco_ios", Purpose.ACCESS, Mode.ENFORCE)
        for name, port in made.ports.items()
    ]


def _address(number: int) -> str:
    return f"10.20.1.{number + 11}"


def _addresses_here() -> None:
    for each in ("10.20.0.1", *map(_address, range(_BORROWED))):
        subprocess.run(["ip", "address", "add", f"{each}/32", "dev", "lo"], check=True)


def _everybody_is_seen(api: httpx2.Client) -> None:
    words = [
        {"mac": mac(number // PLUGGED, number % PLUGGED + 1), "source": "dhcp", "address": _address(number)}
        for number in range(_BORROWED)
    ]
    api.post("/sightings", json={"sightings": words}).raise_for_status()
    api.post("/windows", json={"group": GROUP, "minutes": 55, "why": "bench"}).raise_for_status()


def _all_in_force(api: httpx2.Client) -> bool:
    time.sleep(1.0)
    points = _get(api, "/enforcement-points")["items"]
    return sum(1 for point in points if point["purpose"] == "access" and point["state"] == "in-force") == SWITCHES


def _settled(api: httpx2.Client) -> None:
    """Until the free ports rest in quarantine and nothing is pushed any more."""
    last = [-1, 0.0]

    def quiet() -> bool:
        time.sleep(1.0)
        rows = _get(api, "/audit", newest=True, limit=1, action="push.end")["items"]
        number = int(rows[0]["number"]) if rows else 0
        if number != last[0]:
            last[:] = [number, time.monotonic()]
        return time.monotonic() - last[1] > 8.0

    wait_for(quiet, "an end of the first pushes", 300.0)


@contextmanager
def _discovery(folder: Path) -> Iterator[None]:
    log = folder / "discovery.log"
    words = (*PYTHON, "inventory.discovery", "--interface", "wire", "--api", f"http://{API}")
    with running((*words, "--token-file", str(folder / "token")), log) as child:
        until(lambda: log.exists() and "listening" in log.read_text(), 30.0, child, log)
        yield


@contextmanager
def _background(api: httpx2.Client) -> Iterator[None]:
    """Somebody looks at the console's lists all the time, and leases are renewed."""
    over = threading.Event()

    def work() -> None:
        with httpx2.Client(base_url=api.base_url, headers=api.headers, timeout=60, trust_env=False) as other:
            number = 0
            while not over.wait(0.2):
                number += 1
                other.get("/devices?limit=100")
                device = {"mac": mac(number % SWITCHES, PLUGGED), "source": "lease", "hostname": f"ipad-{number}"}
                other.post("/sightings", json={"sightings": [device]})

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _workers(folder: Path) -> Sequence[int]:
    acks = Home(folder / "school").acks
    return tuple(json.loads(note.read_text())["pid"] for note in sorted(acks.glob("*.json")))


def _by_source(of_workers: Sequence[Sequence[socket.socket]]) -> Mapping[str, list[socket.socket]]:
    found: dict[str, list[socket.socket]] = {}
    for sockets in of_workers:
        for sock in sockets:
            found.setdefault(sock.getsockname()[0], []).append(sock)
    return found


def _frame(stranger: str, address: str) -> bytes:
    """An ARP announcement (RFC 5227): what a device says first with an address."""
    source = bytes.fromhex(stranger.replace(":", ""))
    own = bytes(map(int, address.split(".")))
    arp = bytes.fromhex("0001 0800 06 04 0001") + source + own + bytes(6) + own
    return b"\xff" * 6 + source + bytes.fromhex("0806") + arp + bytes(18)


def _get(api: httpx2.Client, path: str, **query: object) -> Any:
    reply = api.get(path, params={name: str(value) for name, value in query.items()})
    reply.raise_for_status()
    return reply.json()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
