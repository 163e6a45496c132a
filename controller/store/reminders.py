"""Who was reminded of what on which day, so that nobody hears it twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select

from controller.store.database import Database
from controller.store.schema import reminders as table


class ReminderRecords(Database):
    def reminded(self, day: str, to: str) -> frozenset[str]:
        with self._reading() as connection:
            query = select(table.c.about).where(table.c.day == day, table.c.to == to)
            return frozenset(connection.execute(query).scalars())

    def put_reminded(self, day: str, about: Sequence[str], to: str, now: datetime) -> None:
        """Raises StoreError where another controller was quicker."""
        with self._writing() as connection:
            rows = [{"day": day, "about": each, "to": to, "at": now} for each in about]
            connection.execute(insert(table), rows)

    def forget_reminded(self, day: str, about: Sequence[str], to: str) -> None:
        """It could not be sent: it is tried again."""
        with self._writing() as connection:
            connection.execute(delete(table).where(table.c.day == day, table.c.to == to, table.c.about.in_(about)))
