"""The demo school as a person starts it: `caretaker up --demo` on free ports, in a HOME of its own, ended for sure."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from controller.home import Home
from tests.ports import free_ports, is_free
from tests.shared_data import PROJECT
from tests.waiting import until
from tests.walks.speaking import Heard, access_vlan, look_up

LAST_LINE = "Ctrl-C stops everything."
START_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Ports:
    """`ssh` is the first of six; the last of them is the door's."""

    dns: int
    api: int
    ssh: int

    @property
    def door(self) -> int:
        return self.ssh + 5

    @property
    def words(self) -> tuple[str, ...]:
        return ("--dns", f"127.0.0.1:{self.dns}", "--api", f"127.0.0.1:{self.api}", "--ssh-port", str(self.ssh))

    @property
    def every(self) -> tuple[int, ...]:
        return (self.dns, self.api, *range(self.ssh, self.ssh + 6))

    def held(self) -> list[int]:
        """Those that somebody listens on."""
        return [port for port in self.every if not is_free(port)]


def demo_ports() -> Ports:
    first = free_ports(8)
    return Ports(first, first + 1, first + 2)


@dataclass
class Demo:
    """A HOME with its ports; `up` starts the school there, as often as a test likes."""

    user: Path
    """The HOME of whoever starts it: every process of this school has it in its environment."""
    ports: Ports
    more: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def home(self) -> Home:
        return Home(self.user / ".local" / "state" / "caretaker" / "demo")

    @property
    def printed(self) -> str:
        """What the running start has said on standard output."""
        return (self.user / f"out-{self.starts}").read_text()

    @property
    def complained(self) -> str:
        """Standard error: progress, and what went wrong."""
        return (self.user / f"err-{self.starts}").read_text()

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("CARETAKER_", "XDG_", "COV_"))}
        scripts = str(Path(sys.executable).parent)
        return {**kept, "HOME": str(self.user), "PATH": f"{scripts}:{kept['PATH']}", "COLUMNS": "200"}

    def begin(self, *more: str) -> subprocess.Popen[bytes]:
        """Start, and return at once."""
        self.starts += 1
        words = (*CARETAKER, "up", "--demo", *self.ports.words, *self.more, *more)
        with (self.user / f"out-{self.starts}").open("wb") as out, (self.user / f"err-{self.starts}").open("wb") as err:
            self.process = subprocess.Popen(
                words, cwd=PROJECT, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        return self.process

    def up(self, *more: str) -> None:
        """Start, and return when it has said that it is up."""
        process = self.begin(*more)
        until(lambda: process.poll() is not None or LAST_LINE in self.printed, START_WITHIN)
        assert process.poll() is None, self.complained

    def stop(self) -> int:
        """As Ctrl-C does it; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.shell(words)

    def shell(self, words: Sequence[str] | str) -> subprocess.CompletedProcess[str]:
        """A command of `caretaker` as words, or a line as a person pastes it into a terminal."""
        line = isinstance(words, str)
        return subprocess.run(
            words if line else (*CARETAKER, *words),
            shell=line,
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def ask(self, client: str, name: str, *, tcp: bool = False) -> Heard:
        return look_up(client, name, self.ports.dns, tcp=tcp)

    def everywhere(self, client: str, name: str, says: Callable[[Heard], bool]) -> None:
        """Wait until every worker of the filter answers so: the kernel deals the twenty questions out among them."""
        until(lambda: all(says(self.ask(client, name)) for _ in range(20)))

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx2.Response:
        """The API, with the token of the commands on this machine. Raises httpx2.TransportError where it is down."""
        note = json.loads((self.home.run / "connection.json").read_text())
        headers = {"Authorization": f"Bearer {Path(note['token_file']).read_text().strip()}"}
        return httpx2.request(
            method, f"{note['url']}/api/v1{path}", headers=headers, json=body, timeout=60, trust_env=False
        )

    def get(self, path: str) -> Any:
        reply = self.call("GET", path)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def vlan_of(self, switch: int, interface: str) -> int:
        """Read back at the n-th simulated switch with an SSH client that is not the product's."""
        told = json.loads((self.home.root / "sign-in.json").read_text())["network"]
        return access_vlan(self.ports.ssh + switch, told["username"], told["password"], interface)

    def processes(self) -> dict[int, str]:
        """Every process of this school that runs, by its environment: pid -> command line."""
        mark = f"\0HOME={self.user}\0".encode()
        found = ((pid, b"\0" + _read(pid, "environ")) for pid in _pids())
        return {pid: _command(pid) for pid, environment in found if mark in environment}

    def pid_of(self, words: str) -> int:
        return next(pid for pid, command in self.processes().items() if words in command)

    def kill_everything(self) -> None:
        """SIGKILL for every process of this school, until there is none."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        while running := self.processes():
            for pid in running:
                kill(pid)
        if self.process is not None:
            self.process.wait(60)


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


CARETAKER = (sys.executable, str(Path(sys.executable).parent / "caretaker"))


@contextmanager
def small_upstream() -> Iterator[str]:
    """The demo's own upstream as a process: so that no test asks anybody outside this machine. Its address."""
    words = (sys.executable, "-P", "-m", "controller.demo.upstream")
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield str(json.loads(process.stdout.readline())["address"])
        finally:
            process.stdin.close()  # it ends with whoever started it
            process.wait(60)


@contextmanager
def demo_school(user: Path, *more: str) -> Iterator[Demo]:
    """Nothing is started yet. Whatever a test leaves running, or fails at, is gone afterwards."""
    user.mkdir(parents=True, exist_ok=True)
    demo = Demo(user, demo_ports(), more)
    try:
        yield demo
    finally:
        demo.kill_everything()
        until(lambda: not demo.ports.held())


def _pids() -> list[int]:
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and int(entry.name) != os.getpid()
    ]


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""  # it ended meanwhile, or is another user's


def _command(pid: int) -> str:
    return _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
