"""Proof that access is back after a sanction, as it is kept: once for each."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select

from controller.model import Actor
from controller.sanction_return import Return, Witness
from controller.store.audit import append
from controller.store.database import Database
from controller.store.schema import returns


class ReturnRecords(Database):
    def returns(self) -> dict[str, Return]:
        """By the id of the sanction."""
        with self._reading() as connection:
            rows = connection.execute(select(returns)).mappings().all()
        return {
            f"s{row['sanction']}": Return(
                f"s{row['sanction']}",
                row["ended_at"],
                row["back_at"],
                row["epoch"],
                tuple(Witness(**each) for each in row["proof"]),
            )
            for row in rows
        }

    def put_return(self, given: Return, actor: Actor, now: datetime) -> None:
        """The first word stands."""
        number = int(given.sanction.removeprefix("s"))
        with self._writing() as connection:
            if connection.execute(select(returns.c.sanction).where(returns.c.sanction == number)).first() is not None:
                return
            proof = [asdict(each) for each in given.proof]
            row = {"sanction": number, "ended_at": given.ended_at, "back_at": given.back_at, "epoch": given.epoch}
            connection.execute(insert(returns).values({**row, "proof": proof}))
            detail = {"epoch": given.epoch, "ended": given.ended_at, "devices": [each.device for each in given.proof]}
            append(connection, actor.name, now, (("sanction.back", given.sanction, detail),))
