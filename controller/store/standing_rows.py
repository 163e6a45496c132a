"""Agreements, sanctions, emergencies and rules for sites as rows of tables, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from types import MappingProxyType
from typing import Any, TypedDict

from sqlalchemy import Connection, select

from controller.store.database import Row
from controller.store.schema import agreements, emergencies, sanctions, site_rules
from inventory.agreements import Agreement, Signer
from inventory.model import PersonId
from inventory.sanctions import Emergency, Sanction
from inventory.site_rules import Scope, SiteRule

_AGREEMENT = tuple(each.name for each in fields(Agreement))
_SITE_RULE = (
    "pattern", "allow", "decided_at", "by", "reason", "until", "provisional", "case", "everywhere", "overrides",
    "origin", "ended_at", "ended_by", "ended_why",
)  # fmt: skip
_SANCTION = ("person", "mac", "begins_at", "ends_at", "reason", "by", "approved_by", "ended_by", "appeal")


class Standing(TypedDict):
    """What of the inventory stands in these tables."""

    agreements: Mapping[PersonId, tuple[Agreement, ...]]
    sanctions: tuple[Sanction, ...]
    emergency: Emergency | None
    site_rules: tuple[SiteRule, ...]


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
        site_rules=read_site_rules(connection),
    )


def read_site_rules(connection: Connection) -> tuple[SiteRule, ...]:
    """Those that nobody has ended."""
    query = select(site_rules).where(site_rules.c.ended_at.is_(None)).order_by(site_rules.c.number)
    return tuple(map(read_site_rule, connection.execute(query).mappings()))


def site_rule_row(rule: SiteRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _SITE_RULE} | {
        "scope": asdict(rule.scope),
        "clauses": list(rule.clauses),
        "review_on": rule.review_on.isoformat() if rule.review_on else None,
        "last_hit": rule.last_hit.isoformat() if rule.last_hit else None,
    }


def read_site_rule(row: Row) -> SiteRule:
    same = {name: row[name] for name in _SITE_RULE}
    told = row["scope"]
    scope = Scope(tuple(told["groups"]), tuple(told["levels"]), told["pupils"], told["school"])
    return SiteRule(
        id=f"r{row['number']}",
        scope=scope,
        clauses=tuple(row["clauses"]),
        review_on=_day(row["review_on"]),
        last_hit=_day(row["last_hit"]),
        **same,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


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
