"""A checked copy of the database while it is in use, and putting one back."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from datetime import datetime
from pathlib import Path

from controller.store.database import Database
from controller.store.engine import database_file
from controller.store.errors import StoreBusy, StoreDamaged, StoreError, plainly

_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510
"""Octets of the file that SQLite locks (os_unix.c): whoever has a database in WAL mode open holds some of them."""


class Backups(Database):
    def back_up(self, target: Path) -> None:
        """Write a whole, checked copy to `target`, for the owner alone. What is there stays until the copy is sound.

        Raises StoreDamaged where the copy is not sound, StoreError on PostgreSQL, which has pg_dump.
        """
        if self._engine.dialect.name != "sqlite":
            raise StoreError("This school's database is PostgreSQL: back it up with pg_dump.")
        part = target.with_name(f"{target.name}.part")
        try:
            with self._in_plain_words():
                _copy(database_file(self._engine), part)
            check(part)
            part.replace(target)
        finally:
            for ending in ("", "-wal", "-shm"):
                # Reading a copy in WAL mode makes both, and both are empty: nobody has written into it.
                part.with_name(part.name + ending).unlink(missing_ok=True)
        _sync(target.parent)


def check(path: Path) -> None:
    """Raises StoreDamaged where the file is no sound database of ours."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StoreDamaged(f"{path} is not a sound database: {error}") from error
    if said != "ok":
        raise StoreDamaged(f"{path} is not a sound database: {said}")


def restore(backup: Path, database: Path, now: datetime) -> Path | None:
    """Put a backup in the place of a damaged database, which nobody may have open. Where the old one is kept.

    Raises StoreBusy where somebody has it open after all, StoreDamaged where the backup is not sound, StoreError or
    OSError where the disk does not take it; then the old one is still there.
    """
    check(backup)
    if database.exists() and _in_use(database):
        raise StoreBusy(f"{database} is in use: stop the controller first. Nothing was touched.")
    part = database.with_name(f"{database.name}.part")
    kept = database.with_name(f"{database.name}.damaged-{now:%Y%m%dT%H%M%SZ}") if database.exists() else None
    try:
        _copy(backup, part)
        if kept is not None:
            _set_aside(database, kept)
        part.replace(database)
    except sqlite3.Error as error:
        raise plainly(error) or StoreError(f"{backup} cannot be copied: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    _sync(database.parent)
    return kept


def _in_use(database: Path) -> bool:
    with database.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        except (BlockingIOError, PermissionError):  # either, says POSIX
            return True
    return False


def _set_aside(database: Path, kept: Path) -> None:
    """Under another name too, so that there is no moment without a database: a start would make an empty school."""
    for ending in ("-wal", "-shm"):
        # A log of the old file beside the new one would be played into it.
        beside = database.with_name(database.name + ending)
        if beside.exists():
            beside.replace(kept.with_name(kept.name + ending))
    kept.unlink(missing_ok=True)
    kept.hardlink_to(database)


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new, pages=1024)
    _sync(target)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
