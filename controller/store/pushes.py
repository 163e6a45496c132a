"""Pushes to switches: written down before the first byte goes out, so that a crash leaves none forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from controller.model import Actor
from controller.store.audit import append
from controller.store.database import Database, Row
from controller.store.errors import NotFound
from controller.store.schema import pushes


@dataclass(frozen=True, slots=True)
class Push:
    """Lines for one device. `outcome` is None while nobody knows how it ended."""

    id: int
    device: str
    lines: tuple[str, ...]
    actor: str
    begun_at: datetime
    outcome: str | None = None
    ended_at: datetime | None = None


class PushRecords(Database):
    def begin_push(self, device: str, lines: Sequence[str], actor: Actor, now: datetime) -> int:
        """On the disk when this returns; only then may the first line be sent."""
        row = {"device": device, "lines": list(lines), "actor": actor.name, "begun_at": now}
        with self._writing() as connection:
            number: int = connection.execute(insert(pushes).values(row).returning(pushes.c.number)).scalar_one()
            append(connection, actor.name, now, (("push.begin", device, {"push": number, "lines": list(lines)}),))
        return number

    def end_push(self, push_id: int, outcome: str, now: datetime) -> None:
        """How it ended, in a word or a sentence. Raises NotFound, also for one that has ended already."""
        ended = {"outcome": outcome, "ended_at": now}
        open_one = (pushes.c.number == push_id) & pushes.c.ended_at.is_(None)
        with self._writing() as connection:
            query = update(pushes).where(open_one).values(ended).returning(pushes.c.device, pushes.c.actor)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise NotFound(f"There is no unfinished push {push_id}.")
            append(connection, row.actor, now, (("push.end", row.device, {"push": push_id, "outcome": outcome}),))

    def unfinished_pushes(self) -> tuple[Push, ...]:
        """Those a crash cut off: read these devices back before anything else."""
        query = select(pushes).where(pushes.c.ended_at.is_(None)).order_by(pushes.c.number)
        with self._reading() as connection:
            return tuple(map(_read, connection.execute(query).mappings()))


def _read(row: Row) -> Push:
    return Push(
        row["number"],
        row["device"],
        tuple(row["lines"]),
        row["actor"],
        row["begun_at"],
        row["outcome"],
        row["ended_at"],
    )
