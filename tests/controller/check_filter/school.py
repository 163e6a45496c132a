"""A school with real block lists and a filter of its own, for a check to find out what is wrong with it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.addresses import Endpoint
from controller.check_filter.of_school import Told, check_school
from controller.home import Home
from controller.site import Site, open_site
from dns_filter import table_file
from dns_filter.model import FilterTable
from tests.fakes.upstream import FakeUpstream
from tests.shared_data import shared_data
from tests.waiting import until
from tests.walks.policy import OUTSIDE, POLICY
from tests.walks.running_filter import running_filter
from tests.walks.speaking import look_up

LISTS = (("games", "ut1/games"), ("gambling", "ut1/gambling"), ("terrorism", "ut1/agressif"))
HERE = "127.83.0.1"
PYTHON = (sys.executable, "-P", "-m")


@dataclass
class CheckedSchool:
    """`site` runs the loop by hand; the filter is `caretaker dns`, a process tree of its own."""

    home: Home
    site: Site
    server: Endpoint

    def check(self) -> Told:
        return check_school(self.home, self.server, self.site.clock.now())

    def change_table(self, change: Callable[[FilterTable], FilterTable]) -> None:
        """As somebody with a text editor and a checksum would, behind the controller's back."""
        table = change(table_file.read(self.home.table))
        later = table.model_copy(update={"epoch": table.epoch + 1})
        table_file.write(self.home.table, later)
        self.wait_for(later.epoch)

    def change_policy(self, old: str, new: str) -> None:
        text = self.home.policy.read_text()
        assert old in text
        self.home.policy.write_text(text.replace(old, new))
        until(
            lambda: self.site.loop.turns.turn().table.epoch > 0 and new in (self.site.store.last_policy() or ("",))[0]
        )
        self.wait_for(table_file.read(self.home.table).epoch)

    def turn(self) -> None:
        """What the controller's loop does when it is woken, and the filter has taken it up."""
        self.site.loop.turns.turn()
        self.wait_for(table_file.read(self.home.table).epoch)

    def wait_for(self, epoch: int) -> None:
        until(lambda: f"epoch={epoch}" in {self._said() for _ in range(20)})

    def _said(self) -> str:
        return "".join(look_up(HERE, "health.filter.invalid", self.server.port, "TXT").texts)


@contextmanager
def open_school(folder: Path) -> Iterator[CheckedSchool]:
    home = Home(folder / "school")
    home.make()
    with ExitStack() as stack:
        upstream = stack.enter_context(FakeUpstream({**OUTSIDE, "www.bbc.co.uk": ["300 A 192.0.2.10"]}))
        home.policy.write_text(_with_real_lists(POLICY))
        home.settings.write_text(
            f'[api]\nlisten = "127.0.0.1:0"\n[dns]\nlisten = ["127.0.0.1:0"]\nworkers = 1\n'
            f'upstreams = ["{upstream.address}"]\n'
        )
        site = open_site(home.root)
        stack.callback(site.store.close)
        site.loop.turns.turn()
        port = stack.enter_context(running_filter(home, ("--home", str(home.root))))
        yield CheckedSchool(home, site, Endpoint("127.0.0.1", port))


@contextmanager
def straying_worker(school: CheckedSchool, folder: Path) -> Iterator[None]:
    """One worker more on the same port, which goes by a table of its own from now on."""
    told = json.loads((school.home.run / "filter-worker-0.json").read_text())
    shutil.copy(school.home.table, folder / "table.json")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((school.server.host, school.server.port))
        sock.setblocking(False)
        own = {"table": folder / "table.json", "acks": folder, "counters": folder, "log": None, "life": None}
        changed = {**told, **own, "udp": [sock.fileno()], "tcp": [], "counts": None, "events": None}
        (folder / "worker.json").write_text(json.dumps(changed, default=str))
        hears, ready = os.pipe()
        process = subprocess.Popen(
            (*PYTHON, "dns_filter.worker", "--config", str(folder / "worker.json"), "--ready", str(ready)),
            pass_fds=(sock.fileno(), ready),
        )
        os.close(ready)
    try:
        assert os.read(hears, 1) == b"1", "the worker did not start"
        yield
    finally:
        os.close(hears)
        process.terminate()
        process.wait(10)


def _with_real_lists(policy: str) -> str:
    head, _, _ = policy.partition("\nlists:\n")
    base = shared_data("blocklists")
    rows = (f"  - {{name: {name}, category: {name}, path: {_file(base / path)}}}\n" for name, path in LISTS)
    return head + "\nlists:\n" + "".join(rows)


def _file(folder: Path) -> Path:
    return next(iter(sorted(folder.glob("domains*"))))
