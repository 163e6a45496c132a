"""How the two databases are opened: files for the owner alone, WAL, every commit on the disk, one writer."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from controller.store.errors import StoreGone

PATIENCE = 5.0
"""Seconds a writer waits for others."""
STANDSTILL = 10.0
"""Seconds that PostgreSQL lets a writer hold its locks without a word; then it is cut off and nothing of it counts.
Shorter than the lease of who leads: one that was stopped in the middle of a write must not keep the next one out."""
WRITES = "caretaker_writes"
"""The execution option of a connection that is going to write; its value is how many seconds it may wait."""

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # NORMAL makes no fsync at commit in WAL: what was acknowledged could go with the power.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    f"PRAGMA busy_timeout={int(PATIENCE * 1000)}",
)


def make_engine(address: str) -> Engine:
    """Raises StoreGone where the address cannot be read or the file cannot be made."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise StoreGone(f"expected a database address such as sqlite:////var/lib/caretaker.db: {error}") from error
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    # A server that went away is noticed before the next use, so that it is found again alone.
    return create_engine(
        url, pool_pre_ping=True, pool_timeout=PATIENCE, connect_args={"connect_timeout": int(PATIENCE)}
    )


def database_file(engine: Engine) -> Path:
    """The file of an SQLite database."""
    return Path(str(engine.url.database))


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:" or url.query:
        raise StoreGone("expected a plain file: a database in memory would forget everything")
    _keep_private(Path(url.database))
    # As many connections as a server has threads: a reader never waits for another one.
    engine = create_engine(url, pool_size=16, max_overflow=48, pool_timeout=PATIENCE)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _keep_private(path: Path) -> None:
    """Names of children are in it: 0600, in a directory of 0700. SQLite gives its -wal and -shm the same mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_mode & 0o077:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreGone(f"The database file {path} cannot be opened: {error.strerror}.") from error


def _on_connect(connection: sqlite3.Connection, _record: Any) -> None:
    # The sqlite3 module would begin by itself, and only at the first write: too late for BEGIN IMMEDIATE.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _on_begin(connection: Connection) -> None:
    patience = connection.get_execution_options().get(WRITES)
    if patience is None:
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout={max(0, int(patience * 1000))}")
    # Taken at the beginning: a reader that turns writer would fail at once if another had written meanwhile.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
