"""The real product in the lab: `caretaker up` in the server's namespace with a clock of the lab's, and its API. ●"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from controller.home import Home
from controller.lab import spaces
from controller.lab.home import token_of
from controller.lab.plan import SERVER
from controller.lab.spaces import LabFailed

BEGINS = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
"""A Tuesday in term, between two lessons: what the timetable says is the same on whatever day the lab is run."""
START = 90.0
"""Seconds until everything is up."""


class Refused(Exception):
    """The API said no; the message is its own."""


class Product:
    def __init__(self, home: Home, log: Path) -> None:
        self.home = home
        self.shift, self.took = 0.0, 10.0
        """Seconds from the machine's clock to the lab's; and those that the last start took."""
        self._log, self._clock = log, log.with_name("clock")
        self._tree: subprocess.Popen[bytes] | None = None
        self.set_clock(BEGINS)

    def now(self) -> float:
        return time.time() + self.shift  # noqa: TID251 (the lab makes the clock)

    def set_clock(self, moment: datetime) -> None:
        """At once, also for what runs; a process that waits goes on waiting."""
        self.shift = moment.timestamp() - time.time()  # noqa: TID251
        trial = self._clock.with_suffix(".new")
        trial.write_text(f"{self.shift:.3f}")
        trial.replace(self._clock)

    def environment(self) -> Mapping[str, str]:
        clock = {"PYTHONPATH": str(Path(__file__).with_name("clock")), "CARETAKER_LAB_CLOCK": str(self._clock)}
        return {**os.environ, **clock, "CARETAKER_HOME": str(self.home.root)}

    @property
    def runs(self) -> bool:
        return self._tree is not None and self._tree.poll() is None

    def start(self) -> None:
        """Everything up and answering. Raises LabFailed."""
        with self._log.open("ab") as log:
            words = spaces.words_in(SERVER, sys.executable, "-P", "-m", "controller", "up")
            self._tree = subprocess.Popen(
                words, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        began = time.monotonic()
        self._until_up()
        self.took = time.monotonic() - began

    def stop(self) -> None:
        if self._tree is not None:
            self._tree.terminate()
            self._tree.wait()
            self._tree = None

    def kill(self, *, filter_too: bool = False) -> None:
        """kill -9 of supervisor and controller; the filter goes on by itself unless it is killed too."""
        if self._tree is not None:
            self._tree.kill()
            self._tree.wait()
            self._tree = None
        for name in ("controller", "dns-filter") if filter_too else ("controller",):
            self.kill_part(name)

    def kill_part(self, name: str) -> None:
        """kill -9 of one process of the tree, with its group: `controller` or `dns-filter`."""
        for pid in self.pids(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def signal_part(self, name: str, number: signal.Signals) -> None:
        for pid in self.pids(name):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def pids(self, name: str) -> tuple[int, ...]:
        """Processes of that name in the server's namespace, by their command lines."""
        wanted = {"controller": b"controller\0serve", "dns-filter": b"dns"}[name]
        found = []
        for pid in spaces.pids(SERVER):
            with suppress(OSError):
                line = Path(f"/proc/{pid}/cmdline").read_bytes()
                if (name == "controller" and wanted in line) or (name == "dns-filter" and _is_filter(line)):
                    found.append(pid)
        return tuple(found)

    def megabytes(self) -> float:
        """Resident memory of controller and filter together."""
        sizes = (_resident(pid) for name in ("controller", "dns-filter") for pid in self.pids(name))
        return sum(sizes)

    def command(self, *words: str) -> str:
        """One `caretaker` command on the server. Raises LabFailed."""
        done = self.try_command(*words)
        if done.returncode:
            raise LabFailed(f"caretaker {' '.join(words)}: {(done.stderr or done.stdout).strip()[-800:]}")
        return done.stdout

    def try_command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same, where its exit status is an answer."""
        return subprocess.run(
            spaces.words_in(SERVER, sys.executable, "-P", "-m", "controller", *words),
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(self, method: str, path: str, body: Any = None, *, account: str = "", timeout: float = 20.0) -> Any:
        """One request to the API, as a command on the server would make it, or as one of the accounts.

        Raises Refused, or OSError where nobody answers.
        """
        try:
            note = json.loads((self.home.run / "connection.json").read_text())
            token = (token_of(self.home, account) if account else Path(note["token_file"])).read_text().strip()
        except (OSError, ValueError, KeyError) as error:
            raise ConnectionError("no controller runs") from error
        place = urlsplit(note["url"])
        line = http.client.HTTPConnection(place.hostname or "", place.port or 80, timeout=timeout)
        with spaces.inside(SERVER):
            line.sock = socket.create_connection((place.hostname or "", place.port or 80), timeout=timeout)
        try:
            head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            line.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, head)
            reply = line.getresponse()
            raw = reply.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            line.close()
        told = json.loads(raw) if raw else None
        if reply.status >= 300:
            raise Refused(f"{method} {path}: {reply.status} {told}")
        return told

    def points(self) -> list[dict[str, Any]]:
        return list(self.ask("GET", "/enforcement-points")["items"])

    def _until_up(self) -> None:
        def up() -> bool:
            if not self.runs:
                raise LabFailed(f"caretaker up ended: {self._log.read_text()[-1500:]}")
            try:
                return bool(self.points())
            except (OSError, Refused):
                return False

        until(up, START, lambda: f"caretaker up does not answer: {self._log.read_text()[-1500:]}")


def _resident(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _is_filter(line: bytes) -> bool:
    return b"controller\0dns" in line or b"dns_filter" in line


def until(happened: Callable[[], object], seconds: float, failed: Callable[[], str]) -> None:
    """Raises LabFailed with what `failed` says where it does not happen in time."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise LabFailed(failed())
        time.sleep(0.05)  # noqa: TID251 (nobody could wake us)
