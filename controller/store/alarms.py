"""Alarms: something a person should look at. One stays one, however often it happens, until somebody settles it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from controller.model import Actor, Alarm
from controller.store.audit import append
from controller.store.database import Database, Row
from controller.store.errors import NotFound
from controller.store.schema import alarms

LONGEST_SUBJECT = 200
ONCE_OPEN = frozenset({"flood"})
"""Kinds of which one open alarm is enough, wherever it happens."""


class AlarmRecords(Database):
    def alarms(self, limit: int = 100, settled: bool = False) -> tuple[Alarm, ...]:
        """The newest first; without the settled ones unless they are asked for."""
        query = select(alarms).order_by(alarms.c.number.desc()).limit(limit)
        if not settled:
            query = query.where(alarms.c.settled_at.is_(None))
        with self._reading() as connection:
            return tuple(map(_read, connection.execute(query).mappings()))

    def raise_alarm(self, kind: str, subject: str, text: str, now: datetime) -> bool:
        """True where it is a new one."""
        with self._writing() as connection:
            return raise_alarm(connection, kind, subject, text, now)

    def settle_alarm(self, number: int, actor: Actor, now: datetime, reason: str = "") -> Alarm:
        """Somebody has looked. Settling twice changes nothing. Raises NotFound."""
        with self._writing() as connection:
            row = connection.execute(select(alarms).where(alarms.c.number == number)).mappings().one_or_none()
            if row is None:
                raise NotFound(f"There is no alarm {number}.")
            if row["settled_at"] is None:
                values = {"settled_at": now, "settled_by": actor.name}
                connection.execute(update(alarms).where(alarms.c.number == number).values(values))
                append(connection, actor.name, now, (("alarm.settle", row["subject"], {"reason": reason}),))
                return _read({**row, **values})
            return _read(row)


def raise_alarm(connection: Connection, kind: str, subject: str, text: str, now: datetime) -> bool:
    """In the transaction of what raised it. False where the same is open already."""
    subject = subject[:LONGEST_SUBJECT]
    query = select(alarms.c.number).where(alarms.c.settled_at.is_(None), alarms.c.kind == kind)
    if kind not in ONCE_OPEN:
        query = query.where(alarms.c.subject == subject)
    if connection.execute(query.limit(1)).first() is not None:
        return False
    connection.execute(insert(alarms).values(at=now, kind=kind, subject=subject, text=text))
    append(connection, "system", now, (("alarm.raise", subject, {"kind": kind, "text": text}),))
    return True


def _read(row: Row) -> Alarm:
    names = ("number", "at", "kind", "subject", "text", "settled_at", "settled_by")
    return Alarm(**{name: row[name] for name in names})
