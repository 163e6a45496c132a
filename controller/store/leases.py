"""Who leads: of several controllers on one database only the holder of the lease may push.

The number goes up with every holder and stands in every push: what was begun under an older one is refused. Whether a
holder still lives is judged by whoever waits, on its own clock: by how long `beat` has not moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from controller.accounts import SYSTEM
from controller.store.audit import append
from controller.store.database import Database
from controller.store.errors import LeadLost
from controller.store.schema import leases

_LEADER = "leader"


@dataclass(frozen=True, slots=True)
class Lease:
    """`holder` is empty where the last one gave it up."""

    number: int
    holder: str
    beat: int = 0


class LeaseRecords(Database):
    def lease(self) -> Lease | None:
        """The lease as it stands; None where nobody ever led."""
        with self._reading() as connection:
            return _lease(connection)

    def take_lead(self, holder: str, seen: Lease | None, now: datetime) -> Lease:
        """Lead from now on. Raises LeadLost where the lease is no longer as it was `seen`: somebody lives."""
        with self._writing() as connection:
            if _lease(connection) != seen:
                raise LeadLost(_lost(_lease(connection)))
            taken = Lease((seen.number if seen else 0) + 1, holder)
            values = {"number": taken.number, "holder": holder, "beat": 0}
            query = update(leases).where(leases.c.name == _LEADER) if seen else insert(leases)
            connection.execute(query.values(name=_LEADER, **values))
            detail = {"number": taken.number, "was": seen.holder if seen else ""}
            append(connection, SYSTEM.name, now, (("lead.take", holder, detail),))
        return taken

    def beat(self, lease: Lease) -> Lease:
        """Say that the holder lives. Raises LeadLost where another one leads."""
        return self._set(lease, replace(lease, beat=lease.beat + 1))

    def give_up_lead(self, lease: Lease) -> None:
        """The next one need not wait. Nothing happens where another one leads already."""
        try:
            self._set(lease, replace(lease, holder=""))
        except LeadLost:
            return

    def _set(self, lease: Lease, becomes: Lease) -> Lease:
        with self._writing() as connection:
            demand_lead(connection, lease.number)
            values = {"holder": becomes.holder, "beat": becomes.beat}
            connection.execute(update(leases).where(leases.c.name == _LEADER).values(values))
        return becomes


def demand_lead(connection: Connection, number: int) -> None:
    """Raises LeadLost where the lease has another number: in the transaction of what only a leader may write."""
    lease = _lease(connection)
    if lease is None or lease.number != number:
        raise LeadLost(_lost(lease))


def _lost(lease: Lease | None) -> str:
    return f"Another controller leads: {lease.holder if lease and lease.holder else 'nobody knows which'}."


def _lease(connection: Connection) -> Lease | None:
    query = select(leases.c.number, leases.c.holder, leases.c.beat).where(leases.c.name == _LEADER)
    row = connection.execute(query).one_or_none()
    return Lease(*row) if row is not None else None
