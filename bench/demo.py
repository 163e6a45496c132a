"""The demo school, run as a person runs it, in a folder of its own on ports that are free."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import paramiko

from bench.children import PYTHON, command_line, descendants, free_port, running, until
from controller.home import Home
from device_drivers.simulator import control

WORKERS = 2
_START = 120.0
DEVICE_ANSWERS = 10.0
"""Seconds within which a network device must."""
_ROLES = {
    "controller up": "supervisor",
    "controller serve": "controller",
    "controller dns": "filter parent",
    "dns_filter.worker": "filter worker",
    "device_drivers.simulator": "simulated network",
    "controller.demo.upstream": "upstream",
}


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo school. `seconds` is from its start until it said that everything answers."""

    home: Home
    dns: tuple[str, int]
    api: httpx2.Client
    pid: int
    seconds: float
    ssh_port: int

    def post(self, path: str, **body: object) -> Any:
        return _body(self.api.post(path, json=body))

    def get(self, path: str, **query: object) -> Any:
        return _body(self.api.get(path, params={name: str(value) for name, value in query.items()}))

    def order(self, **message: object) -> Mapping[str, Any]:
        """Plug in, pull out, or ask for the state of the simulated network."""
        return control.ask(self.home.run / "network.sock", message)

    @contextmanager
    def device(self, number: int) -> Iterator[paramiko.SSHClient]:
        """A login of a technician's on the network device of this number, as their ports count."""
        login = json.loads((self.home.root / "sign-in.json").read_text())["network"]
        with paramiko.SSHClient() as client:
            client.load_host_keys(str(self.home.known_hosts))
            client.connect(
                "127.0.0.1",
                self.ssh_port + number,
                login["username"],
                login["password"],
                look_for_keys=False,
                allow_agent=False,
                timeout=DEVICE_ANSWERS,
            )
            yield client

    def workers(self) -> tuple[int, ...]:
        """The processes that answer queries, as they say themselves."""
        return tuple(json.loads(note.read_text())["pid"] for note in sorted(self.home.acks.glob("*.json")))

    def processes(self) -> Iterator[tuple[str, int]]:
        """What each process of the tree is for, and its number."""
        for pid in (self.pid, *descendants(self.pid)):
            words = " ".join(command_line(pid))
            yield next((role for part, role in _ROLES.items() if part in words), words[:40]), pid


@contextmanager
def demo_school(folder: Path, upstream: int, workers: int = WORKERS) -> Iterator[Demo]:
    """`upstream` is a port of 127.0.0.1: the bench asks nobody beyond loopback."""
    home = Home(folder / "demo")
    dns, api, ssh = free_port(), free_port(), free_port(beside=5)
    log = folder / "demo.log"
    log.write_text("")
    words = (
        *PYTHON, "controller", "up", "--demo", "--home", str(home.root), "--dns", f"127.0.0.1:{dns}",
        "--api", f"127.0.0.1:{api}", "--ssh-port", str(ssh), "--workers", str(workers),
        "--upstream", f"127.0.0.1:{upstream}",
    )  # fmt: skip
    began = time.monotonic()
    with running(words, log) as child:
        until(lambda: "Caretaker is up" in log.read_text(), _START, child, log)
        seconds = time.monotonic() - began
        with _client(home) as client:
            yield Demo(home, ("127.0.0.1", dns), client, child.pid, seconds, ssh)


def wait_for(true: Callable[[], bool], what: str, within: float = 30.0) -> None:
    """Raises TimeoutError, naming what did not happen."""
    last = time.monotonic() + within
    while not true():
        if time.monotonic() > last:
            raise TimeoutError(f"{what} did not happen within {within:.0f} s")
        time.sleep(0.005)


def _client(home: Home) -> httpx2.Client:
    told = json.loads((home.run / "connection.json").read_text())
    token = Path(told["token_file"]).read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.Client(base_url=f"{told['url']}/api/v1", headers=headers, timeout=30, trust_env=False)


def _body(reply: httpx2.Response) -> Any:
    if reply.status_code >= 400:
        raise RuntimeError(f"{reply.request.method} {reply.request.url} gave {reply.status_code}: {reply.text[:300]}")
    return reply.json()
