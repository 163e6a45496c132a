"""Who is signed on by RADIUS: kept so that a restart loses nobody who is to be told of a change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from controller.radius.sessions import Session
from controller.store.database import Database, Row, upsert
from controller.store.schema import radius_sessions
from inventory.model import Mac

MOST = 20_000
"""More than any school has ports; a switch that makes sessions up fills no disk."""


class RadiusSessionRecords(Database):
    def radius_session(self, client: str, mac: Mac) -> Session | None:
        table = radius_sessions.c
        query = select(radius_sessions).where(table.client == client, table.mac == mac)
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return _read(row) if row is not None else None

    def radius_sessions(self) -> tuple[Session, ...]:
        """All of them, by client and MAC."""
        query = select(radius_sessions).order_by(radius_sessions.c.client, radius_sessions.c.mac)
        with self._reading() as connection:
            return tuple(map(_read, connection.execute(query).mappings()))

    def put_radius_session(self, session: Session) -> None:
        """Facts, as a sighting is: not an act of anybody, so no row of the audit."""
        with self._writing() as connection:
            upsert(connection, radius_sessions, [_row(session)])

    def end_radius_sessions(self, client: str, macs: Sequence[Mac] | None = None) -> int:
        """These at this client, or all of it where it started anew. How many ended."""
        ended = delete(radius_sessions).where(radius_sessions.c.client == client)
        if macs is not None:
            ended = ended.where(radius_sessions.c.mac.in_(list(macs)))
        with self._writing() as connection:
            return connection.execute(ended).rowcount

    def forget_radius_sessions(self, before: datetime, most: int = MOST) -> int:
        """Those nobody spoke of since, and the oldest above `most`."""
        table = radius_sessions.c
        with self._writing() as connection:
            gone = connection.execute(delete(radius_sessions).where(table.seen_at < before)).rowcount
            newest = select(table.seen_at).order_by(table.seen_at.desc()).offset(most).limit(1).scalar_subquery()
            return gone + connection.execute(delete(radius_sessions).where(table.seen_at <= newest)).rowcount


_NAMES = ("client", "mac", "seen_at", "port", "session", "vlan", "told_at", "until")


def _row(session: Session) -> dict[str, object]:
    return {name: getattr(session, name) for name in _NAMES}


def _read(row: Row) -> Session:
    return Session(**{name: row[name] for name in _NAMES})
