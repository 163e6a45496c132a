"""The audit: rows that are only ever added, each sealed by a hash over itself and the hash before it (M4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from controller.model import Actor, AuditRow
from controller.store.database import Database, Row, counter, set_counter
from controller.store.schema import Moment, audit, micros

Entry = tuple[str, str, Mapping[str, object]]
"""Action, subject, detail."""

LONGEST_SUBJECT = 500
_START = "0" * 64
_COLUMNS = ("number", "at", "actor", "action", "subject", "detail", "hash")


class AuditRecords(Database):
    def record(self, actor: Actor, action: str, subject: str, detail: Mapping[str, object], now: datetime) -> None:
        """Record an act that changes nothing in the store itself: a refusal, an apply, a sign-in that failed."""
        with self._writing() as connection:
            append(connection, actor.name, now, ((action, subject, detail),))

    def audit(self, after: int = 0, limit: int = 100, action: str | None = None) -> tuple[AuditRow, ...]:
        """Rows with a number above `after`, oldest first. `action` is a whole action or a noun: `window`."""
        query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(limit)
        if action is not None:
            same, under = audit.c.action == action, audit.c.action.startswith(f"{action}.", autoescape=True)
            query = query.where(same | under)
        with self._reading() as connection:
            return tuple(map(_shown, connection.execute(query).mappings()))

    def latest_audit(self, limit: int = 100) -> tuple[AuditRow, ...]:
        """The newest rows, newest first."""
        with self._reading() as connection:
            query = select(audit).order_by(audit.c.number.desc()).limit(limit)
            return tuple(map(_shown, connection.execute(query).mappings()))

    def record_each(self, actor: Actor, entries: Iterable[Entry], now: datetime) -> None:
        """Several acts at once, in one transaction."""
        with self._writing() as connection:
            append(connection, actor.name, now, entries)

    def acts(self, action: str, limit: int = 100, subjects: Collection[str] | None = None) -> tuple[AuditRow, ...]:
        """The newest rows of one action, newest first; only those about `subjects` where these are given."""
        query = select(audit).where(audit.c.action == action).order_by(audit.c.number.desc()).limit(limit)
        if subjects is not None:
            query = query.where(audit.c.subject.in_(subjects))
        with self._reading() as connection:
            return tuple(map(_shown, connection.execute(query).mappings()))

    def verify_audit(self) -> int | None:
        """Compute every hash again. The number of the first row that is changed or missing, None where all is whole."""
        before, expected = _START, 1
        with self._reading() as connection:
            query = select(audit).order_by(audit.c.number).execution_options(yield_per=1000)
            for row in connection.execute(query).mappings():
                if row["number"] != expected or row["hash"] != _seal(before, row):
                    return expected
                before, expected = row["hash"], expected + 1
            # Rows cut off at the end break no chain: the counter knows how many there were.
            return expected if counter(connection, "audit") >= expected else None


def append(connection: Connection, actor: str, now: datetime, entries: Iterable[Entry]) -> None:
    """Add rows in the transaction of what they record."""
    last = counter(connection, "audit")
    before = connection.execute(select(audit.c.hash).where(audit.c.number == last)).scalar() or _START
    rows: list[dict[str, Any]] = []
    for number, (action, subject, detail) in enumerate(entries, last + 1):
        row: dict[str, Any] = {"number": number, "at": micros(now), "actor": storable(actor), "action": action}
        row |= {"subject": storable(subject)[:LONGEST_SUBJECT], "detail": canonical(detail)}
        before = row["hash"] = _seal(before, row)
        rows.append(row)
    if rows:
        connection.execute(insert(audit), rows)
        set_counter(connection, "audit", rows[-1]["number"])


def changed(was: object, becomes: object, reason: str = "") -> Mapping[str, object]:
    """What an update did, field by field: `was` and `becomes` are dataclasses of one kind, or None."""
    old, new = _fields(was), _fields(becomes)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    detail: dict[str, object] = {"becomes": {name: new[name] for name in names if new.get(name) is not None}}
    detail["was"] = {name: old[name] for name in names if old.get(name) is not None}
    if reason:
        detail["reason"] = reason
    return {name: value for name, value in detail.items() if value}


def canonical(detail: Mapping[str, object]) -> str:
    """One text for one meaning: sorted keys, ASCII, moments in ISO form, sets sorted. Raises TypeError, ValueError."""
    return json.dumps(detail, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def storable(text: str) -> str:
    """What came in by a name may hold NUL or half a character; PostgreSQL takes neither."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def _plain(value: object) -> object:
    match value:
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case frozenset() | set():
            return sorted(value)
        case Mapping():
            return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"no place in the audit for {type(value).__name__}")


def _fields(value: object) -> dict[str, object]:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else {}


def _seal(before: str, row: Row) -> str:
    sealed = json.dumps([before, *(row[name] for name in _COLUMNS[:-1])], separators=(",", ":"))
    return hashlib.sha256(sealed.encode("ascii")).hexdigest()


def _shown(row: Row) -> AuditRow:
    at = Moment.read(row["at"])
    return AuditRow(
        row["number"], at, row["actor"], row["action"], row["subject"], json.loads(row["detail"]), row["hash"]
    )
