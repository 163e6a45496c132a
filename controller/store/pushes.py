"""Pushes to switches: written down before the first byte goes out, so that a crash leaves none forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from controller.model import Actor
from controller.push.moments import NOT_YET, Moments
from controller.store.audit import append
from controller.store.database import Database, Row
from controller.store.errors import NotFound
from controller.store.leases import demand_lead
from controller.store.schema import pushes


@dataclass(frozen=True, slots=True)
class Push:
    """Lines for one device. `outcome` is None while nobody knows how it ended.

    `moves` are the moves of ports in it, as rows of `port`, `was` and `becomes`; `undoes` is the push it takes back.
    """

    id: int
    device: str
    lines: tuple[str, ...]
    actor: str
    begun_at: datetime
    outcome: str | None = None
    ended_at: datetime | None = None
    moves: tuple[tuple[str, int, int], ...] = ()
    undoes: int | None = None
    moments: Moments = NOT_YET

    @property
    def verified(self) -> bool:
        return self.outcome in (VERIFIED, SAVED)

    @property
    def unsaved(self) -> bool:
        """It may be in force on the device, and gone after its next reboot."""
        return self.outcome != SAVED


VERIFIED, SAVED = "verified", "verified and saved"


class PushRecords(Database):
    def begin_push(
        self,
        device: str,
        lines: Sequence[str],
        actor: Actor,
        now: datetime,
        *,
        moves: Sequence[tuple[str, int, int]] = (),
        fence: int | None = None,
        undoes: int | None = None,
    ) -> int:
        """On the disk when this returns; only then may the first line be sent.

        `fence` is the number of the lease under which it is sent: raises LeadLost where another controller leads.
        """
        row = {"device": device, "lines": list(lines), "actor": actor.name, "begun_at": now, "fence": fence}
        row |= {"changes": [list(move) for move in moves], "undoes": undoes}
        with self._writing() as connection:
            if fence is not None:
                demand_lead(connection, fence)
            number: int = connection.execute(insert(pushes).values(row).returning(pushes.c.number)).scalar_one()
            detail: dict[str, object] = {"push": number, "lines": list(lines)}
            append(connection, actor.name, now, (("push.begin", device, detail),))
        return number

    def end_push(self, push_id: int, outcome: str, now: datetime, moments: Moments | None = None) -> None:
        """How it ended, in a word or a sentence. Raises NotFound, also for one that has ended already."""
        ended: dict[str, Any] = {"outcome": outcome, "ended_at": now}
        if moments is not None:
            ended |= {"seen_at": moments.seen, "decided_at": moments.decided}
            ended |= {"acknowledged_at": moments.acknowledged, "verified_at": moments.verified}
        open_one = (pushes.c.number == push_id) & pushes.c.ended_at.is_(None)
        with self._writing() as connection:
            query = update(pushes).where(open_one).values(ended).returning(pushes.c.device, pushes.c.actor)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise NotFound(f"There is no unfinished push {push_id}.")
            append(connection, row.actor, now, (("push.end", row.device, {"push": push_id, "outcome": outcome}),))

    def push_saved(self, device: str) -> None:
        """What this device has in force survives its reboot."""
        proven = (pushes.c.device == device) & (pushes.c.outcome == VERIFIED)
        with self._writing() as connection:
            connection.execute(update(pushes).where(proven).values(outcome=SAVED))

    def unfinished_pushes(self) -> tuple[Push, ...]:
        """Those a crash cut off: read these devices back before anything else."""
        query = select(pushes).where(pushes.c.ended_at.is_(None)).order_by(pushes.c.number)
        with self._reading() as connection:
            return tuple(map(_read, connection.execute(query).mappings()))

    def pushes(self, device: str | None = None, limit: int = 100) -> tuple[Push, ...]:
        """The newest first, of one device or of all."""
        query = select(pushes).order_by(pushes.c.number.desc()).limit(limit)
        if device is not None:
            query = query.where(pushes.c.device == device)
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
        tuple((port, was, becomes) for port, was, becomes in row["changes"] or ()),
        row["undoes"],
        Moments(row["seen_at"], row["decided_at"], row["begun_at"], row["acknowledged_at"], row["verified_at"]),
    )
