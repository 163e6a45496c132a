"""Second factors as they are kept. No secret, code or hash of one ever enters the audit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from controller.model import Actor
from controller.second_factor import SecondFactor
from controller.store.audit import append
from controller.store.database import Database
from controller.store.errors import Conflict, NotFound
from controller.store.schema import second_factors as table


class SecondFactorRecords(Database):
    def second_factor(self, account: str) -> SecondFactor | None:
        with self._reading() as connection:
            return _found(connection, account)

    def begin_second_factor(self, account: str, sealed: str, actor: Actor, now: datetime) -> None:
        """Not asked for until it is confirmed; begun again, it takes the place of one that never was.

        Raises Conflict where a confirmed one is there: that one has to be taken off first.
        """
        with self._writing() as connection:
            if (was := _found(connection, account)) is not None and was.confirmed:
                raise Conflict("This account has a second factor already.")
            connection.execute(delete(table).where(table.c.account == account))
            fresh = {"account": account, "sealed": sealed, "confirmed": False, "last_step": 0, "recovery": []}
            connection.execute(insert(table).values(fresh))
            append(connection, actor.name, now, (("second-factor.begin", account, {}),))

    def confirm_second_factor(
        self, account: str, step: int, recovery: tuple[str, ...], actor: Actor, now: datetime
    ) -> None:
        """Asked for from now on. Raises Conflict where none was begun or it is confirmed already."""
        with self._writing() as connection:
            waits = (table.c.account == account) & table.c.confirmed.is_(False)
            values = {"confirmed": True, "last_step": step, "recovery": list(recovery)}
            if connection.execute(update(table).where(waits).values(values)).rowcount == 0:
                raise Conflict("There is no second factor that waits to be confirmed.")
            append(connection, actor.name, now, (("second-factor.confirm", account, {}),))

    def use_step(self, account: str, step: int) -> bool:
        """False where this code, or a later one, was taken already: of two at the same moment one gets in."""
        with self._writing() as connection:
            newer = (table.c.account == account) & (table.c.last_step < step)
            return connection.execute(update(table).where(newer).values(last_step=step)).rowcount == 1

    def use_recovery(self, account: str, code_hash: str, actor: Actor, now: datetime) -> bool:
        """Each is good once."""
        with self._writing() as connection:
            found = _found(connection, account)
            if found is None or not found.confirmed or code_hash not in found.recovery:
                return False
            left = [each for each in found.recovery if each != code_hash]
            connection.execute(update(table).where(table.c.account == account).values(recovery=left))
            append(connection, actor.name, now, (("second-factor.recover", account, {"left": len(left)}),))
            return True

    def end_second_factor(self, account: str, actor: Actor, now: datetime, reason: str = "") -> None:
        """Raises NotFound where there is none."""
        with self._writing() as connection:
            if connection.execute(delete(table).where(table.c.account == account)).rowcount == 0:
                raise NotFound(f"The account {account[:80]} has no second factor.")
            append(connection, actor.name, now, (("second-factor.end", account, {"reason": reason}),))


def _found(connection: Connection, account: str) -> SecondFactor | None:
    row = connection.execute(select(table).where(table.c.account == account)).mappings().one_or_none()
    if row is None:
        return None
    return SecondFactor(account, row["sealed"], row["confirmed"], row["last_step"], tuple(row["recovery"]))
