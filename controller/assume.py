"""`--assume`: a table in which every client is one of a role, a year group or an access level. For trials only."""

from __future__ import annotations

from datetime import datetime

from controller.compile import compile_intent
from controller.policy import Policy
from controller.profiles import Profiles
from dns_filter.model import Cohort, FilterTable
from inventory.model import Inventory

EVERYWHERE = ("0.0.0.0/0", "::/0")


def table_without_inventory(policy: Policy, now: datetime, epoch: int, assume: str | None) -> FilterTable:
    """The table of a filter that knows no device. Raises ValueError where `assume` names nothing of the policy."""
    table = compile_intent(policy, Inventory(), (), now, epoch).table
    if assume is None:
        return table
    if assume in table.cohorts:
        return table.model_copy(update={"unknown": assume, "sources": EVERYWHERE})
    return _at_level(policy, table, assume, now)


def _at_level(policy: Policy, table: FilterTable, assume: str, now: datetime) -> FilterTable:
    if assume not in policy.access_levels:
        known = ", ".join((*policy.roles, *policy.year_groups, *policy.access_levels))
        raise ValueError(f"--assume {assume}: expected a role, year group or access level of the policy: {known}")
    profiles = Profiles(policy)
    profile = profiles.named(profiles.name(assume, now))
    cohort = Cohort(id=f"assumed {assume}", resting=profile.name)
    return table.model_copy(
        update={
            "unknown": cohort.id,
            "sources": EVERYWHERE,
            "profiles": {**table.profiles, profile.name: profile},
            "cohorts": {**table.cohorts, cohort.id: cohort},
        }
    )
