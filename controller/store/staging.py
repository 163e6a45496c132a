"""The candidate policy that is staged for test devices: at most one."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import delete, select

from controller.model import Actor, Staged
from controller.store.audit import append
from controller.store.database import Database, upsert
from controller.store.errors import NotFound
from controller.store.schema import meta
from inventory.model import Mac

_KEY = "staged-policy"


class StagingRecords(Database):
    def staged(self) -> Staged | None:
        with self._reading() as connection:
            raw = connection.execute(select(meta.c.value).where(meta.c.key == _KEY)).scalar()
        return _read(raw) if raw is not None else None

    def stage_policy(self, staged: Staged, actor: Actor, now: datetime) -> None:
        """In the place of one that is staged already."""
        with self._writing() as connection:
            upsert(connection, meta, [{"key": _KEY, "value": _write(staged)}])
            detail = {"base": staged.base, "devices": sorted(staged.devices), "proofs": dict(staged.proofs)}
            append(connection, actor.name, now, (("policy.stage", staged.sha256, detail),))

    def end_staging(self, staged: Staged, action: str, detail: dict[str, object], actor: Actor, now: datetime) -> None:
        """It is promoted or dropped: `policy.promote`, `policy.drop`. Raises NotFound where another is staged now."""
        with self._writing() as connection:
            raw = connection.execute(select(meta.c.value).where(meta.c.key == _KEY)).scalar()
            if raw is None or _read(raw).sha256 != staged.sha256:
                raise NotFound("This candidate is not staged any more.")
            connection.execute(delete(meta).where(meta.c.key == _KEY))
            append(connection, actor.name, now, ((action, staged.sha256, detail),))


def _write(staged: Staged) -> str:
    return json.dumps(
        {
            "text": staged.text,
            "sha256": staged.sha256,
            "base": staged.base,
            "devices": sorted(staged.devices),
            "by": staged.by,
            "at": staged.at.isoformat(),
            "proofs": dict(staged.proofs),
        }
    )


def _read(raw: str) -> Staged:
    found = json.loads(raw)
    devices = frozenset(map(Mac, found.pop("devices")))
    return Staged(devices=devices, at=datetime.fromisoformat(found.pop("at")), **found)
