"""The controller as a process on a disk that fills, without its database, short of descriptors, before slow readers."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from controller.accounts import SYSTEM
from controller.home import Home
from controller.new_school import write_new_school
from controller.store import Store, StoreError
from inventory.model import Person, PersonId
from tests.controller.store_world import NINE
from tests.postgres_server import private_server
from tests.waiting import until

pytestmark = [pytest.mark.fault, pytest.mark.slow]
SETTINGS = '[api]\nlisten = "127.0.0.1:0"\n[dns]\nlisten = ["127.0.0.1:5353"]\n'
DEVICE = {"devices": [{"mac": "3c:22:fb:05:00:11", "name": "ipad-11", "kind": "school-ipad", "year_group": "year-5"}]}


def school(folder: Path) -> Home:
    write_new_school(folder / "school")
    home = Home(folder / "school")
    home.switches.write_text("name,host,platform,purpose\n")
    home.settings.write_text(SETTINGS)
    return home


@contextmanager
def serving(home: Home, *before: str) -> Iterator[httpx2.Client]:
    """The API of a controller of its own; `before` stands in front of its command line."""
    words = (*before, sys.executable, "-m", "controller", "serve", "--home", str(home.root), "--stay")
    with subprocess.Popen(
        words, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        try:
            assert child.stdout is not None
            url = json.loads(child.stdout.readline())["api"]
            token = (home.run / "cli-token").read_text().strip()
            head = {"Authorization": f"Bearer {token}"}
            with httpx2.Client(base_url=f"{url}/api/v1", headers=head, trust_env=False, timeout=60) as api:
                yield api
            assert child.poll() is None, "it ended"
        finally:
            child.kill()
            child.communicate()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        until(lambda: subprocess.run(["umount", str(folder)], check=False, capture_output=True).returncode == 0)


@pytest.mark.needs(root=True, namespaces=True)
def test_on_a_full_disk_the_api_says_so_and_writes_again_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "24m") as disk, serving(school(disk)) as api:
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(b"\0" * (64 << 20))
        said: list[int] = []

        def refused() -> bool:
            # What was allocated before may still take a few rows.
            said.append(api.post("/devices", json={**DEVICE, "reason": "x" * 150}).status_code)
            return said[-1] not in (200, 201)

        until(refused)
        assert said[-1] in (503, 507)
        assert api.get("/devices").status_code == 200
        filler.unlink()
        until(lambda: api.post("/devices", json=DEVICE).status_code == 201)


@pytest.mark.needs("postgres")
def test_without_its_database_nothing_is_acknowledged_and_it_comes_back_by_itself() -> None:
    with private_server() as server, ExitStack() as stack:
        url = server.url.replace("postgresql:", "postgresql+psycopg:", 1)
        store = stack.enter_context(Store.open(url))
        one, two = (Person(PersonId(name), name, "teacher") for name in ("one", "two"))
        store.put_people([one], SYSTEM, NINE)
        server.stop("fast")
        with pytest.raises(StoreError):
            store.put_people([two], SYSTEM, NINE)
        server.start()

        def back() -> bool:
            try:
                return store.put_people([two], SYSTEM, NINE) == 1
            except StoreError:
                return False

        until(back)
        assert {one.id, two.id} <= store.inventory().people.keys()


def test_with_its_descriptors_used_up_it_goes_on_and_answers_afterwards(tmp_path: Path) -> None:
    home = school(tmp_path)
    limit = ("prlimit", "--nofile=96:96")
    with serving(home, *limit) as api, ExitStack() as idle:
        place = urlsplit(str(api.base_url))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft > 200 or hard > 200
        for _ in range(150):
            idle.enter_context(socket.create_connection((place.hostname or "", place.port or 0), timeout=60))
        idle.close()
        until(lambda: _answers(api))


def test_whoever_asks_and_never_reads_holds_up_nobody(tmp_path: Path) -> None:
    with serving(school(tmp_path)) as api, ExitStack() as idle:
        place = urlsplit(str(api.base_url))
        token = api.headers["Authorization"]
        line = f"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode()
        for _ in range(4):
            slow = idle.enter_context(socket.create_connection((place.hostname or "", place.port or 0), timeout=60))
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.sendall(line * 20)
        assert [api.get("/devices").status_code for _ in range(5)] == [200] * 5


def _answers(api: httpx2.Client) -> bool:
    try:
        return api.get("/devices").status_code == 200
    except httpx2.HTTPError:
        return False
