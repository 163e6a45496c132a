"""What every part of the store stands on: a reading and a writing transaction, and errors in plain words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, Insert, Table, bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from controller.store import schema
from controller.store.engine import PATIENCE, STANDSTILL, WRITES
from controller.store.errors import StoreBusy, StoreDamaged, plainly

Row = Mapping[Any, Any]
"""Column -> value. SQLAlchemy's own rows name their keys more widely than by str."""


class Database:
    """An engine, and one writer at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = Lock()
        self._damage: StoreDamaged | None = None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One snapshot for everything that is read in it."""
        with self._in_plain_words(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """All of it, on the disk when this ends, or nothing. Raises StoreError."""
        if self._damage:
            raise self._damage
        until = time.monotonic() + PATIENCE
        # Threads of one process queue here, where each gets its turn; SQLite's own waiting is a lottery.
        if not self._turn.acquire(timeout=PATIENCE):
            raise StoreBusy("Other changes have been in the way for too long; nothing was written. Please try again.")
        try:
            with self._in_plain_words(), self._engine.connect() as connection:
                connection.execution_options(**{WRITES: until - time.monotonic()})
                with connection.begin():
                    self._lock_out_others(connection)
                    yield connection
        finally:
            self._turn.release()

    def _lock_out_others(self, connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = '{int(PATIENCE * 1000)}ms'"))
            connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{int(STANDSTILL * 1000)}ms'"))
            # SQLite has one writer by nature; the chain of the audit needs one here as well. Readers go on.
            connection.execute(text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeoutError, sqlite3.Error) as error:
            plain = plainly(error)
            if plain is None:
                raise
            if isinstance(plain, StoreDamaged):
                self._damage = plain
            raise plain from error


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or overwrite those with the same key."""
    connection.execute(_upserting(table, connection.dialect.name), list(rows))


@cache
def _upserting(table: Table, dialect: str) -> Insert:
    """Once for each table: to put the words together takes longer than to carry them out."""
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others)


_COUNTER = select(schema.counters.c.value).where(schema.counters.c.name == bindparam("of"))
_SET_COUNTER = update(schema.counters).where(schema.counters.c.name == bindparam("of")).values(value=bindparam("to"))


def counter(connection: Connection, name: str) -> int:
    return int(connection.execute(_COUNTER, {"of": name}).scalar_one())


def set_counter(connection: Connection, name: str, value: int) -> None:
    connection.execute(_SET_COUNTER, {"of": name, "to": value})
