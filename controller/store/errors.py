"""What the store can say instead of an answer, drawn as one tree.

StoreError
├── StoreUnavailable        nothing was written; the same call may work in a moment (503)
│   ├── StoreBusy           somebody else has held the database for longer than five seconds
│   ├── StoreReadOnly       the file or its disk is mounted read-only
│   └── StoreGone           the database cannot be reached or opened
├── StoreFull               the disk takes no more; nothing was written (507)
├── StoreDamaged            the file is no longer a sound database: no writes until it is restored (503)
├── StoreTooNew             a newer Caretaker has written it
├── NotFound                no record with this id (404)
├── WindowOver              this window has ended already (409)
└── Conflict                what is asked contradicts what is there (409)
    └── LeadLost            another controller leads: this one pushes nothing
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class StoreError(Exception):
    """The message is a sentence for the person who asked."""


class StoreUnavailable(StoreError): ...


class StoreBusy(StoreUnavailable): ...


class StoreReadOnly(StoreUnavailable): ...


class StoreGone(StoreUnavailable): ...


class StoreFull(StoreError): ...


class StoreDamaged(StoreError): ...


class StoreTooNew(StoreError): ...


class NotFound(StoreError): ...


class WindowOver(StoreError): ...


class Conflict(StoreError): ...


class LeadLost(Conflict): ...


_BUSY = "The database is in use by somebody else; nothing was written. Please try again."
_FULL = "The disk is full or refuses to write; nothing was written."
_READ_ONLY = "The database is read-only; nothing was written."
_GONE = "The database cannot be reached; nothing was written."
_DAMAGED = "The database is damaged; nothing was written. Restore the last backup: caretaker backups restore."

# By the beginning of SQLite's name for it: SQLITE_IOERR_FSYNC and its like are one story for the reader.
_SQLITE: tuple[tuple[str, type[StoreError], str], ...] = (
    ("SQLITE_BUSY", StoreBusy, _BUSY),
    ("SQLITE_LOCKED", StoreBusy, _BUSY),
    ("SQLITE_FULL", StoreFull, _FULL),
    ("SQLITE_IOERR", StoreFull, _FULL),
    ("SQLITE_READONLY", StoreReadOnly, _READ_ONLY),
    ("SQLITE_CANTOPEN", StoreGone, _GONE),
    ("SQLITE_CORRUPT", StoreDamaged, _DAMAGED),
    ("SQLITE_NOTADB", StoreDamaged, _DAMAGED),
)

# SQLSTATE by its beginning (PostgreSQL, appendix A): 55P03 lock_not_available, 57014 query_canceled,
# 40 rolled back, 53100 disk_full, 25006 read_only_sql_transaction, 25P03 idle_in_transaction_session_timeout,
# 08 connection, 57P shut down, XX00 corrupted.
_POSTGRES: tuple[tuple[str, type[StoreError], str], ...] = (
    ("55P03", StoreBusy, _BUSY),
    ("57014", StoreBusy, _BUSY),
    ("40", StoreBusy, _BUSY),
    ("53100", StoreFull, _FULL),
    ("25006", StoreReadOnly, _READ_ONLY),
    ("25P03", StoreGone, _GONE),
    ("08", StoreGone, _GONE),
    ("57P", StoreGone, _GONE),
    ("53300", StoreGone, _GONE),
    ("XX00", StoreDamaged, _DAMAGED),
)


def plainly(error: DBAPIError | PoolTimeoutError | sqlite3.Error) -> StoreError | None:
    """What the database meant, or None where it points at a mistake of ours, which is then raised as it is."""
    if isinstance(error, PoolTimeoutError):
        return StoreBusy(_BUSY)
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _match(getattr(cause, "sqlite_errorname", "") or _unnamed(cause), _SQLITE, str(cause))
    code = getattr(cause, "sqlstate", None) or ("08" if getattr(error, "connection_invalidated", False) else "")
    if not code and type(cause).__name__ == "OperationalError":
        code = "08"  # psycopg gives no code where it never got as far as a server
    return _match(code, _POSTGRES, str(cause))


def _unnamed(cause: sqlite3.Error) -> str:
    """The sqlite3 module raises a few errors without a code of SQLite's."""
    return "SQLITE_CANTOPEN" if "unable to open" in str(cause) else ""


def _match(code: str, table: tuple[tuple[str, type[StoreError], str], ...], cause: str) -> StoreError | None:
    for beginning, kind, text in table:
        if code.startswith(beginning):
            return kind(f"{text} ({' '.join(cause.split())[:200]})")
    return None
