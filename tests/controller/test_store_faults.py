"""What the store promises when things break: acknowledged is kept, refused is said, nothing is half done."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.store import (
    Store,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreGone,
    StoreReadOnly,
    StoreTooNew,
    database,
)
from controller.store.audit import append
from controller.store.backup import restore
from tests.controller.store_world import IPAD, NINE, TEACHER, TECHNICIAN, fresh_database, lesson

pytestmark = pytest.mark.fault
WRITER = ("-m", "tests.controller.store_writer")


def open_store(path: Path) -> Store:
    return Store.open(f"sqlite:///{path}")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=100)


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_acknowledged_is_lost_when_the_writer_is_killed_at_any_moment(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "caretaker.db"
    said = run(sys.executable, *WRITER, "kill", str(path), "15", str(seed)).stdout
    acknowledged = re.findall(r"^(w\d+) (\S+)$", said, re.MULTILINE)
    assert len(acknowledged) >= 15
    with open_store(path) as store:
        devices = store.inventory().devices
        assert [one for one, _ in acknowledged if store.window(one) is None] == []
        assert [mac for _, mac in acknowledged if mac not in devices] == []
        assert store.verify_audit() is None
        # Every record has its row and every row its record: none was torn apart.
        rows = store.audit(limit=1_000_000)
        assert {row.subject for row in rows if row.action == "device.register"} == set(devices)
        assert all(store.window(row.subject) for row in rows if row.action == "window.open")


@pytest.mark.needs("strace")
def test_every_acknowledgement_waited_for_the_disk(tmp_path: Path) -> None:
    open_store(tmp_path / "caretaker.db").close()
    trace = tmp_path / "trace"
    words = ("strace", "-f", "-qq", "-o", str(trace), "-e", "trace=fsync,fdatasync,write")
    # The real interpreter: a shim of a virtual environment would be traced in its place.
    run(*words, sys.executable, *WRITER, "write", str(tmp_path / "caretaker.db"), "10")
    calls = trace.read_text()
    between = re.split(r'write\(1, "w\d+ [^\n]*\n', calls)[:-1]
    assert len(between) == 10
    # Two transactions stand between two acknowledgements.
    assert [len(re.findall(r"f(?:data)?sync\(\d+\) += 0", part)) >= 2 for part in between] == [True] * 10


@contextmanager
def locked(path: Path) -> Iterator[None]:
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        stranger.execute("ROLLBACK")
        stranger.close()


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.2)


@pytest.mark.usefixtures("short_patience")
def test_a_locked_database_is_said_to_be_busy_and_is_free_again_afterwards(tmp_path: Path) -> None:
    with open_store(tmp_path / "caretaker.db") as store:
        with locked(tmp_path / "caretaker.db"):
            with pytest.raises(StoreBusy, match="Please try again"):
                store.put_devices([IPAD], TECHNICIAN, NINE)
            assert store.inventory().devices == {}
        assert store.put_devices([IPAD], TECHNICIAN, NINE) == 1


def test_a_lock_that_is_given_up_in_time_is_waited_for(tmp_path: Path) -> None:
    with open_store(tmp_path / "caretaker.db") as store:
        thread = threading.Thread(target=store.put_devices, args=([IPAD], TECHNICIAN, NINE))
        with locked(tmp_path / "caretaker.db"):
            thread.start()
            thread.join(0.2)
            assert thread.is_alive()
        thread.join()
        assert IPAD.mac in store.inventory().devices


@pytest.mark.usefixtures("short_patience")
def test_a_thread_that_waits_too_long_behind_another_is_told_so(tmp_path: Path) -> None:
    with open_store(tmp_path / "caretaker.db") as store, store._writing(), pytest.raises(StoreBusy):
        store.record(TEACHER, "a.b", "c", {}, NINE)


@pytest.mark.needs("postgres")
def test_a_controller_that_was_frozen_in_a_write_is_cut_off_and_nothing_of_it_counts(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever is to take over would wait for its lock as long as it stands still."""
    monkeypatch.setattr(database, "STANDSTILL", 2.0)
    server = postgres.replace("postgresql:", "postgresql+psycopg:", 1)
    with fresh_database(server, tmp_path) as url, Store.open(url) as frozen, Store.open(url) as other:

        def written_with_a_standstill() -> None:
            with frozen._writing() as connection:
                append(connection, "frozen", NINE, [("a.b", "frozen", {})])
                other.record(TEACHER, "a.b", "other", {}, NINE)
                append(connection, "frozen", NINE, [("a.b", "woken", {})])

        with pytest.raises(StoreGone):
            written_with_a_standstill()
        assert [row.subject for row in other.audit(action="a.b")] == ["other"]
        frozen.record(TEACHER, "a.b", "again", {}, NINE)
        assert other.verify_audit() is None


def overwrite(path: Path, first: int, length: int) -> None:
    with path.open("r+b") as file:
        file.seek(first)
        file.write(b"\xa5" * length)


def filled(path: Path) -> None:
    with open_store(path) as store:
        for number in range(300):
            store.record(TEACHER, "a.b", f"c{number}", {"x": "y" * 100}, NINE)


def test_a_damaged_file_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "caretaker.db"
    filled(path)
    overwrite(path, 4096 * 12, 4096)
    with pytest.raises(StoreDamaged, match="Restore the last backup"):
        open_store(path)


@pytest.mark.parametrize("content", [b"", b"this is no database at all, and never was one" * 100])
def test_an_empty_file_is_a_new_school_and_any_other_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "caretaker.db"
    path.write_bytes(content)
    if content:
        with pytest.raises(StoreDamaged):
            open_store(path)
        assert path.read_bytes() == content
    else:
        open_store(path).close()


def test_damage_found_at_work_ends_all_writing_and_leaves_reading(tmp_path: Path) -> None:
    path = tmp_path / "caretaker.db"
    filled(path)
    with open_store(path) as store:
        store.put_devices([IPAD], TECHNICIAN, NINE)
        page = _root_page(path, "receipts")
        overwrite(path, 4096 * (page - 1), 4096)
        store._engine.dispose()
        store._known = (-1, store._known[1])
        with pytest.raises(StoreDamaged):
            store.inventory()
        with pytest.raises(StoreDamaged, match="Restore"):
            store.record(TEACHER, "a.b", "c", {}, NINE)
        assert len(store.audit(limit=1000)) == 301


def _root_page(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0])
    finally:
        connection.close()


def test_a_backup_is_whole_private_and_can_be_put_back(tmp_path: Path) -> None:
    path, backup = tmp_path / "state" / "caretaker.db", tmp_path / "backup.db"
    with open_store(path) as store:
        store.put_devices([IPAD], TECHNICIAN, NINE)
        store.back_up(backup)
        store.record(TEACHER, "a.b", "after the backup", {}, NINE)
    assert backup.stat().st_mode & 0o777 == 0o600
    overwrite(path, 0, 4096)
    kept = restore(backup, path, NINE)
    assert kept is not None
    assert kept.is_file()
    with open_store(path) as store:
        assert IPAD.mac in store.inventory().devices
        assert store.verify_audit() is None
        assert len(store.audit()) == 1


def test_a_damaged_backup_is_never_put_back(tmp_path: Path) -> None:
    path, backup = tmp_path / "caretaker.db", tmp_path / "backup.db"
    filled(path)
    shutil.copy(path, backup)
    overwrite(backup, 4096 * 12, 4096)
    before = path.read_bytes()
    with pytest.raises(StoreDamaged):
        restore(backup, path, NINE)
    assert path.read_bytes() == before


def backed_up(folder: Path) -> tuple[Path, Path]:
    """A database with something in it, and a sound copy."""
    path, backup = folder / "caretaker.db", folder / "backup.db"
    filled(path)
    with open_store(path) as store:
        store.back_up(backup)
    return path, backup


def test_a_way_back_that_fails_leaves_a_database_where_the_damaged_one_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that found none would make an empty school."""
    path, backup = backed_up(tmp_path)
    overwrite(path, 0, 4096)

    def refuse(part: Path, _: Path) -> None:
        assert path.exists()
        raise OSError(5, "Input/output error", str(part))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="Input/output"):
            restore(backup, path, NINE)
    with pytest.raises(StoreDamaged):
        open_store(path)
    assert not list(tmp_path.glob("*.part*"))
    assert restore(backup, path, NINE) is not None
    open_store(path).close()


def test_a_disk_that_is_full_when_a_backup_is_put_back_is_said_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, backup = backed_up(tmp_path)
    with largest_file(backup.stat().st_size // 2), pytest.raises(StoreFull, match="full or refuses"):
        restore(backup, path, NINE)
    open_store(path).close()
    assert not list(tmp_path.glob("*.part*"))


def test_a_read_only_database_says_so_and_can_be_read(tmp_path: Path) -> None:
    with open_store(tmp_path / "caretaker.db") as store:
        store.put_devices([IPAD], TECHNICIAN, NINE)
        with store._reading() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StoreReadOnly):
            store.record(TEACHER, "a.b", "c", {}, NINE)
        assert IPAD.mac in store.inventory().devices


def test_a_place_where_no_database_can_be_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for url in (f"sqlite:///{tmp_path}/file/caretaker.db", "sqlite://", "sqlite:///:memory:", "no address"):
        with pytest.raises(StoreGone):
            Store.open(url)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_disk_that_refuses_is_said_plainly_and_writing_goes_on_when_it_has_room_again(tmp_path: Path) -> None:
    with open_store(tmp_path / "caretaker.db") as store:
        first = store.open_window(lesson(), TEACHER, NINE)
        wal = (tmp_path / "caretaker.db-wal").stat().st_size
        with largest_file(wal), pytest.raises(StoreFull, match="nothing was written"):
            store.open_window(lesson(group="year-6"), TEACHER, NINE)
        assert store.windows(NINE, lesson().closes_at) == (first,)
        assert store.open_window(lesson(group="year-6"), TEACHER, NINE).id == "w2"
        assert store.verify_audit() is None


@pytest.mark.needs("unshare", root=True)
def test_a_full_disk_is_a_full_disk_until_there_is_room(tmp_path: Path) -> None:
    script = Path(__file__).with_name("store_full_disk.py")
    done = run("unshare", "--mount", sys.executable, str(script), str(tmp_path), str(Path.cwd()))
    assert done.stdout.split() == ["StoreFull", "StoreFull", "kept", "read", "written", "whole"]


def test_a_database_of_a_newer_caretaker_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "caretaker.db"
    open_store(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreTooNew, match="9999"):
        open_store(path)


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "caretaker.db"
    before = os.umask(0)
    try:
        with open_store(path) as store:
            store.record(TEACHER, "a.b", "c", {}, NINE)
            modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(["caretaker.db", "caretaker.db-wal", "caretaker.db-shm"], 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "caretaker.db"
    path.touch(mode=0o644)
    open_store(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
