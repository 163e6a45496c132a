"""Which lists hold a name, by which entry, and what that means at each access level. Asked of the table in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from controller.assume import table_without_inventory
from controller.policy import Policy
from dns_filter.model import Action, Code, Name, Query
from dns_filter.names import to_text
from dns_filter.shipped import covering
from dns_filter.trace import trace

if TYPE_CHECKING:
    from dns_filter.domain_table import DomainTable

_ANYBODY = "192.0.2.1"
_A = 1
OVERRULES = (Code.ESSENTIAL, Code.PROTECTED)


@dataclass(frozen=True, slots=True)
class OnList:
    """A list that holds the name. `entry` is what stands on it: the name itself or one above it."""

    list: str
    version: str
    date: str
    categories: tuple[str, ...]
    entry: str


@dataclass(frozen=True, slots=True)
class Shield:
    """A record of names that schools need, under which the name falls."""

    name: str
    category: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class AtLevel:
    """What the filter does with the name for a client of this level, in a lesson."""

    level: str
    allowed: bool
    code: str
    rule: str
    overruled: bool
    """A list would have blocked it, a protected name stands above."""


@dataclass(frozen=True, slots=True)
class NameVerdicts:
    name: str
    lists: tuple[OnList, ...]
    protected: tuple[Shield, ...]
    levels: tuple[AtLevel, ...]


def verdicts(policy: Policy, names: DomainTable, name: Name, now: datetime) -> NameVerdicts:
    return NameVerdicts(
        name=to_text(name),
        lists=_on(names, name),
        protected=tuple(Shield(to_text(each.name), each.category, each.reason, each.source) for each in covering(name)),
        levels=tuple(_at(policy, names, name, level, now) for level in policy.access_levels),
    )


def _on(names: DomainTable, name: Name) -> tuple[OnList, ...]:
    mask = names.mask(name)
    return tuple(
        OnList(each.name, each.version, each.date, each.categories, to_text(names.matched(name, 1 << bit) or name))
        for bit, each in enumerate(names.all_lists)
        if mask >> bit & 1
    )


def _at(policy: Policy, names: DomainTable, name: Name, level: str, now: datetime) -> AtLevel:
    table = table_without_inventory(policy, now, 0, level)
    found = trace(Query(name, _A, _ANYBODY, now.timestamp()), table, names)
    verdict = found.verdict
    blocked = any(said.verdict and said.verdict.action is Action.BLOCK for said in found.losing)
    return AtLevel(
        level=level,
        allowed=verdict.action is not Action.BLOCK,
        code=verdict.code,
        rule=verdict.rule,
        overruled=verdict.code in OVERRULES and blocked,
    )
