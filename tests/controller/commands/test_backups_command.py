"""`caretaker backups`: what there is, and the way back from a damaged database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.home import Home
from controller.store import Store
from tests.controller.commands.conftest import Run
from tests.controller.store_world import IPAD, TECHNICIAN

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOLDS_IT_OPEN = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("SELECT count(*) FROM audit").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(school: Path) -> Home:
    """A school with an iPad on record, and two copies of the database, the newer one damaged."""
    found = Home(school)
    with Store.open(found.database_url) as store:
        store.put_devices([IPAD], TECHNICIAN, NOON)
        found.backups.mkdir(exist_ok=True)
        store.back_up(found.backups / "caretaker-2026-11-23.db")
    (found.backups / "caretaker-2026-11-24.db").write_bytes(b"no database" * 1000)
    return found


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xa5" * 4096)


def devices(home: Home) -> set[str]:
    with Store.open(home.database_url) as store:
        return set(store.inventory().devices)


def test_every_copy_is_listed_and_whether_it_is_sound(run: Run, home: Home) -> None:
    said = run("backups", "list", "--home", home.root, "--json").json
    assert [(each["name"], each["sound"]) for each in said] == [
        ("caretaker-2026-11-24.db", False),
        ("caretaker-2026-11-23.db", True),
    ]


def test_the_newest_sound_copy_takes_the_place_of_a_damaged_database(run: Run, home: Home) -> None:
    damage(home.database)
    said = run("backups", "restore", "--yes", "--home", home.root)
    assert (said.status, said.err) == (0, "")
    assert "caretaker-2026-11-23.db is the database now. The one before is kept as caretaker.db.damaged-" in said.out
    assert devices(home) == {IPAD.mac}


def test_whoever_says_no_or_names_a_damaged_copy_has_changed_nothing(run: Run, home: Home) -> None:
    before = home.database.read_bytes()
    assert run("backups", "restore", "--home", home.root, answer="n\n").status == 0
    said = run("backups", "restore", home.backups / "caretaker-2026-11-24.db", "--yes", "--home", home.root)
    assert (said.status, "not a sound database" in said.err) == (1, True)
    assert home.database.read_bytes() == before


def test_without_a_sound_copy_it_says_so(run: Run, home: Home) -> None:
    (home.backups / "caretaker-2026-11-23.db").unlink()
    said = run("backups", "restore", "--yes", "--home", home.root)
    assert (said.status, "there is no sound copy" in said.err) == (1, True)


def test_a_database_that_is_in_use_is_not_taken_away_from_under_it(run: Run, home: Home) -> None:
    with in_use(home.database):
        said = run("backups", "restore", "--yes", "--home", home.root)
        assert (said.status, "stop the controller first" in said.err) == (1, True)
    assert not list(home.state.glob("*.damaged-*"))
    assert run("backups", "restore", "--yes", "--home", home.root).status == 0


@contextmanager
def in_use(path: Path) -> Iterator[None]:
    words = (sys.executable, "-c", HOLDS_IT_OPEN, str(path))
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        yield
