"""Evidence holds: rows copied out of the query log before retention or erasure could take them (M5). ●

A hold is one SQLite file. While it is open, what comes in is added; when it is released the file goes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from controller.query_log import Entry, Event, Hold, Span
from controller.query_log.files import COLUMNS, QueryLogFiles, opened, read_entry, term_of_file
from dns_filter.durable import write_durably
from dns_filter.querylog.alone import alone

_ID = re.compile("hold-[0-9]{1,9}")
_LAST = "last-number"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS queries (
    day TEXT NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, at REAL NOT NULL, device TEXT NOT NULL,
    profile TEXT NOT NULL, qname TEXT NOT NULL, qtype INTEGER NOT NULL, code TEXT NOT NULL, rule TEXT NOT NULL,
    epoch INTEGER NOT NULL, latency REAL NOT NULL, times INTEGER NOT NULL, why TEXT NOT NULL, category TEXT NOT NULL,
    PRIMARY KEY (day, number)
);
CREATE TABLE IF NOT EXISTS events (
    key TEXT NOT NULL, at INTEGER NOT NULL, device TEXT NOT NULL, term TEXT NOT NULL, profile TEXT NOT NULL,
    qname TEXT NOT NULL, code TEXT NOT NULL, category TEXT NOT NULL, rule TEXT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (key, at, qname, profile, code, category)
);
"""


class NoSuchHold(LookupError):
    """There is no hold of this id, or it was released."""


def begin(files: QueryLogFiles, wanted: Hold) -> Hold:
    """Make the file and copy what is there. The id is chosen here, and never again. Raises OSError, sqlite3.Error."""
    with alone(files.evidence):
        number = _last(files) + 1
        write_durably(files.evidence / _LAST, (str(number).encode(),), mode=0o600)
    path, trial = files.evidence / f"hold-{number}.sqlite", files.evidence / f".hold-{number}.tmp"
    os.close(os.open(trial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    with closing(sqlite3.connect(trial, timeout=5)) as store, store:
        store.executescript(_SCHEMA)
        _say(store, replace(wanted, id=path.stem))
    # Whole from its first moment: half a hold would stand in the way of all others.
    trial.replace(path)
    return extend(files, path.stem)


def extend(files: QueryLogFiles, hold_id: str) -> Hold:
    """Copy what has come in since, and seal it all. Raises NoSuchHold, OSError, sqlite3.Error."""
    path = _path(files, hold_id)
    with opened(path, writing=True) as store:
        hold = _said(store)
        span = Span(hold.since, hold.until or datetime(2199, 1, 1, tzinfo=UTC))
        with store:
            # A day that was over at the last look has been copied whole.
            for day in (each for each in files.days(span) if each.stem >= _newest(store)):
                _copy_day(files, store, hold, day, span)
                store.execute("INSERT OR REPLACE INTO meta VALUES ('newest', ?)", (day.stem,))
            for event in files.events(span, 1_000_000, hold.clients):
                _copy_event(files, store, event, hold)
            sealed = replace(hold, rows=_rows(store), sha256=_seal(store))
            _say(store, sealed)
    return sealed


def holds(files: QueryLogFiles) -> tuple[Hold, ...]:
    """Those in force, in the order they were made."""
    found = []
    for path in sorted(files.evidence.glob("hold-*.sqlite"), key=lambda each: int(each.stem.removeprefix("hold-"))):
        with opened(path) as store:
            found.append(_said(store))
    return tuple(found)


def rows_of(files: QueryLogFiles, hold_id: str) -> tuple[tuple[Entry, ...], tuple[Event, ...]]:
    """What is held. Raises NoSuchHold."""
    with opened(_path(files, hold_id)) as store:
        entries = store.execute(f"SELECT {COLUMNS} FROM queries ORDER BY at, day, number").fetchall()  # noqa: S608
        events = store.execute("SELECT * FROM events ORDER BY at").fetchall()
    found = (Event(datetime.fromtimestamp(at, UTC), *rest) for _, at, *rest in events)
    return tuple(map(read_entry, entries)), tuple(found)


def release(files: QueryLogFiles, hold_id: str) -> Hold:
    """The hold ends and what it held is gone; the audit keeps its seal. Raises NoSuchHold."""
    path = _path(files, hold_id)
    with opened(path) as store:
        hold = _said(store)
    path.unlink()
    return hold


def _copy_day(files: QueryLogFiles, store: sqlite3.Connection, hold: Hold, path: Path, span: Span) -> None:
    with opened(path) as day:
        for name, key in files.pseudonyms(tuple(hold.clients), term_of_file(day)).items():
            last = store.execute("SELECT max(number) FROM queries WHERE day = ? AND key = ?", (path.stem, key))
            values = (name, last.fetchone()[0] or 0, span.since.timestamp(), span.until.timestamp())
            query = f"SELECT number, {COLUMNS} FROM queries WHERE device = ? AND number > ? AND at >= ? AND at < ?"  # noqa: S608
            rows = ((path.stem, number, key, *rest) for number, *rest in day.execute(query, values))
            store.executemany(f"INSERT OR IGNORE INTO queries VALUES ({','.join('?' * 15)})", rows)  # noqa: S608


def _copy_event(files: QueryLogFiles, store: sqlite3.Connection, event: Event, hold: Hold) -> None:
    key = files.pseudonyms(tuple(hold.clients), event.term).get(event.device, "")
    row = (key, int(event.at.timestamp()), *list(asdict(event).values())[1:])
    store.execute(f"INSERT OR REPLACE INTO events VALUES ({','.join('?' * 10)})", row)  # noqa: S608


def _seal(store: sqlite3.Connection) -> str:
    """SHA-256 over every row: a copy that was altered shows."""
    seal = hashlib.sha256()
    for table, order in (("queries", "day, number"), ("events", "key, at, qname, profile, code, category")):
        for row in store.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608
            seal.update(json.dumps(row, separators=(",", ":")).encode())
    return seal.hexdigest()


def _rows(store: sqlite3.Connection) -> int:
    (queries,), (events,) = (store.execute(f"SELECT count(*) FROM {each}").fetchone() for each in ("queries", "events"))  # noqa: S608
    return int(queries + events)


def _newest(store: sqlite3.Connection) -> str:
    """The last day that was looked into; empty before the first."""
    found = store.execute("SELECT value FROM meta WHERE key = 'newest'").fetchone()
    return str(found[0]) if found else ""


def _say(store: sqlite3.Connection, hold: Hold) -> None:
    told = {**asdict(hold), "clients": dict(hold.clients)}
    store.execute("INSERT OR REPLACE INTO meta VALUES ('hold', ?)", (json.dumps(told, default=datetime.isoformat),))


def _said(store: sqlite3.Connection) -> Hold:
    told = json.loads(store.execute("SELECT value FROM meta WHERE key = 'hold'").fetchone()[0])
    moments = {key: told[key] and datetime.fromisoformat(told[key]) for key in ("since", "until", "made_at")}
    return Hold(**{**told, **moments})


def _last(files: QueryLogFiles) -> int:
    try:
        return int((files.evidence / _LAST).read_text())
    except (FileNotFoundError, ValueError):
        numbers = (path.stem.removeprefix("hold-") for path in files.evidence.glob("hold-*.sqlite"))
        return max((int(number) for number in numbers if number.isdigit()), default=0)


def _path(files: QueryLogFiles, hold_id: str) -> Path:
    path = files.evidence / f"{hold_id}.sqlite"
    if not _ID.fullmatch(hold_id) or not path.is_file():
        raise NoSuchHold(hold_id[:20])
    return path
