"""Agreements, sanctions and emergencies as rows of tables, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from types import MappingProxyType
from typing import Any, TypedDict

from sqlalchemy import Connection, select

from controller.store.database import Row
from controller.store.schema import agreements, emergencies, sanctions
from inventory.agreements import Agreement, Signer
from inventory.model import PersonId
from inventory.sanctions import Emergency, Sanction

_AGREEMENT = tuple(each.name for each in fields(Agreement))
_SANCTION = ("person", "mac", "begins_at", "ends_at", "reason", "by", "approved_by", "ended_by", "appeal")


class Standing(TypedDict):
    """What of the inventory stands in these tables."""

    agreements: Mapping[PersonId, tuple[Agreement, ...]]
    sanctions: tuple[Sanction, ...]
    emergency: Emergency | None


def read_standing(connection: Connection) -> Standing:
    given: dict[PersonId, list[Agreement]] = defaultdict(list)
    for row in connection.execute(select(agreements).order_by(agreements.c.signed_at)).mappings():
        given[row["person"]].append(read_agreement(row))
    running = select(sanctions).where(sanctions.c.ended_by.is_(None)).order_by(sanctions.c.number)
    found = connection.execute(select(emergencies).where(emergencies.c.ended_at.is_(None))).mappings().first()
    return Standing(
        agreements=MappingProxyType({person: tuple(each) for person, each in given.items()}),
        sanctions=tuple(map(read_sanction, connection.execute(running).mappings())),
        emergency=Emergency(found["since"], found["by"], found["why"]) if found else None,
    )


def agreement_row(given: Agreement) -> dict[str, Any]:
    return {name: getattr(given, name) for name in _AGREEMENT} | {"signer": given.signer.value}


def read_agreement(row: Row) -> Agreement:
    return Agreement(**{name: row[name] for name in _AGREEMENT} | {"signer": Signer(row["signer"])})


def sanction_row(sanction: Sanction) -> dict[str, Any]:
    return {name: getattr(sanction, name) for name in _SANCTION} | {
        "uses": list(sanction.uses),
        "keep": list(sanction.keep),
        "review_on": sanction.review_on.isoformat() if sanction.review_on else None,
    }


def read_sanction(row: Row) -> Sanction:
    same = {name: row[name] for name in _SANCTION}
    review_on = date.fromisoformat(row["review_on"]) if row["review_on"] else None
    uses, keep = tuple(row["uses"]), tuple(row["keep"])
    return Sanction(id=f"s{row['number']}", uses=uses, keep=keep, review_on=review_on, **same)
