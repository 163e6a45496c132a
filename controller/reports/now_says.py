"""What the filter says of a name now, for every group in a lesson, by the filter's own steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from controller.model import IntendedState
from controller.policy import Policy
from controller.profiles import Profiles
from dns_filter.model import Action
from dns_filter.names import to_wire
from dns_filter.profiles import NameSource
from dns_filter.trace import verdict_under
from inventory.model import Inventory


@dataclass(frozen=True, slots=True)
class Says:
    """`rule` is the line that decides: of the policy, of a list, or of a case."""

    group: str
    allowed: bool
    code: str
    rule: str
    categories: tuple[str, ...]
    lists: tuple[str, ...]


def now_says(
    policy: Policy,
    inventory: Inventory,
    intent: IntendedState | None,
    names: NameSource | None,
    site: str,
    now: datetime,
) -> tuple[Says, ...]:
    """One line for each year group and role; none for what is no name, or before the first table."""
    try:
        asked = to_wire(site)
    except ValueError:
        return ()
    if intent is None or "." not in site:
        return ()
    profiles, table, at = Profiles(policy, inventory.site_rules), intent.table, now.timestamp()
    told = []
    levels = {group: belongs.level for group, belongs in policy.year_groups.items()}
    levels |= {group: belongs.level for group, belongs in policy.roles.items()}
    for group, level in levels.items():
        profile = profiles.named(profiles.name(level, now, group=group))
        verdict = verdict_under(asked, profile, table, names, at)
        allowed = verdict.action is not Action.BLOCK
        told.append(Says(group, allowed, verdict.code, verdict.rule, verdict.categories, verdict.lists))
    return tuple(told)


def reached_by(
    policy: Policy,
    inventory: Inventory,
    intent: IntendedState | None,
    names: NameSource | None,
    site: str,
    now: datetime,
) -> Mapping[str, bool]:
    return {each.group: each.allowed for each in now_says(policy, inventory, intent, names, site, now)}
