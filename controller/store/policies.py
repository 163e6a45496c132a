"""Policies as they were loaded, the epoch of the published tables, and small facts by name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from controller.model import Actor, PolicyVersion
from controller.store.audit import append
from controller.store.database import Database, counter, set_counter, upsert
from controller.store.errors import NotFound
from controller.store.schema import meta, policies


class PolicyRecords(Database):
    def save_policy(self, text: str, sha256: str, actor: Actor, now: datetime) -> None:
        """Keep the whole text of a policy that came into force. The same one again changes nothing."""
        with self._writing() as connection:
            last = connection.execute(select(policies.c.sha256).order_by(policies.c.number.desc()).limit(1)).scalar()
            if last == sha256:
                return
            row = {"at": now, "actor": actor.name, "sha256": sha256, "text": text}
            connection.execute(insert(policies).values(row))
            append(connection, actor.name, now, (("policy.load", sha256, {"was": last} if last else {}),))

    def last_policy(self) -> tuple[str, str] | None:
        """Text and SHA-256 of the policy that was in force last."""
        query = select(policies.c.text, policies.c.sha256).order_by(policies.c.number.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        return (row[0], row[1]) if row is not None else None

    def policy_at(self, moment: datetime) -> str | None:
        """The text of the policy that was in force at this moment; None where it was before the first."""
        query = select(policies.c.text).where(policies.c.at <= moment).order_by(policies.c.number.desc()).limit(1)
        with self._reading() as connection:
            return connection.execute(query).scalar()

    def policy_versions(self, limit: int) -> tuple[PolicyVersion, ...]:
        """Those that came into force, the newest first; the first of them is in force, or was last."""
        query = (
            select(policies.c.number, policies.c.at, policies.c.sha256).order_by(policies.c.number.desc()).limit(limit)
        )
        with self._reading() as connection:
            return tuple(PolicyVersion(*row) for row in connection.execute(query))

    def policy_text(self, number: int) -> str:
        """The text of this version. Raises NotFound."""
        with self._reading() as connection:
            text = connection.execute(select(policies.c.text).where(policies.c.number == number)).scalar()
        if text is None:
            raise NotFound(f"No policy has the number {number}.")
        return str(text)

    def next_epoch(self, now: datetime) -> int:  # noqa: ARG002 (every writing method says when)
        """A number that no table has carried yet, also after a crash. It is on the disk before it is given out."""
        with self._writing() as connection:
            epoch = counter(connection, "epoch") + 1
            set_counter(connection, "epoch", epoch)
            return epoch

    def last_epoch(self) -> int:
        with self._reading() as connection:
            return counter(connection, "epoch")

    def set_meta(self, key: str, value: str) -> None:
        with self._writing() as connection:
            upsert(connection, meta, [{"key": key, "value": value}])

    def get_meta(self, key: str) -> str | None:
        with self._reading() as connection:
            return connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()
