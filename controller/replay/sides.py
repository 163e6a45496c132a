"""Two policies side by side over the days of a replay: which profile each group has when, by both."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import ip_address

from controller.compile import HORIZON, compile_intent
from controller.model import AccessWindow
from controller.policy import Policy
from dns_filter.model import Binding, FilterTable, boundaries
from dns_filter.profiles import NameSource
from dns_filter.seats import Seat
from dns_filter.snapshot import Snapshot
from inventory.model import Inventory
from inventory.site_rules import SiteRule

OF_NOBODY = "unknown devices"


@dataclass(frozen=True)
class Sides:
    """Good from `since` for at most 14 days, as far as a table reaches."""

    since: float
    until: float
    now: Snapshot
    """What is in force."""
    then: Snapshot
    """What the candidate would make of it."""

    @cached_property
    def groups(self) -> Sequence[str]:
        """Every year group and role that both policies have, and devices that nobody has registered."""
        return (*(name for name in self.now.table.cohorts if name in self.then.table.cohorts), OF_NOBODY)

    @cached_property
    def flips(self) -> Sequence[float]:
        """Every moment at which some group gets another profile by either policy."""
        edges = {edge for side in (self.now, self.then) for edge in _edges(side.table)}
        return sorted(edge for edge in edges if self.since < edge < self.until)

    def interval(self, at: float) -> int:
        return bisect_right(self.flips, at)

    def seats(self, group: str, at: float) -> tuple[Seat, Seat]:
        """Where a device of this group sits, by both policies."""
        return self.now.seat(group, at), self.then.seat(group, at)

    def placed(self, at: float) -> Mapping[str, tuple[str, ...]]:
        """Profile -> the groups that have it at this moment by the policy in force."""
        found: dict[str, tuple[str, ...]] = {}
        for group in self.groups:
            name = self.seats(group, at)[0].profile.source.name
            found[name] = (*found.get(name, ()), group)
        return found


def sides(
    policy: Policy,
    candidate: Policy,
    windows: Iterable[AccessWindow],
    names: NameSource | None,
    since: datetime,
    until: datetime,
    *,
    rules: tuple[SiteRule, ...] = (),
    candidate_rules: tuple[SiteRule, ...] | None = None,
) -> tuple[Sides, ...]:
    """One pair for each fortnight. Compiled without devices: what a group may do does not depend on them.

    `rules` are the school's own that are in force, and `candidate_rules` those that would be; left out: the same.
    """
    both_rules = (rules, rules if candidate_rules is None else candidate_rules)
    made, opened, begin = list[Sides](), tuple(windows), since
    while begin < until:
        end = min(until, begin + HORIZON)
        pairs = zip((policy, candidate), both_rules, strict=True)
        both = (_snapshot(each, opened, names, begin, own) for each, own in pairs)
        made.append(Sides(begin.timestamp(), end.timestamp(), *both))
        begin = end
    return tuple(made)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _snapshot(
    policy: Policy,
    windows: Sequence[AccessWindow],
    names: NameSource | None,
    begin: datetime,
    rules: tuple[SiteRule, ...],
) -> Snapshot:
    groups = {"", *policy.year_groups, *policy.roles}
    meant = (window for window in windows if window.group in groups)
    return Snapshot(_by_group(compile_intent(policy, Inventory(site_rules=rules), meant, begin, 0).table), names)


def _by_group(table: FilterTable) -> FilterTable:
    """With a device for each group that is called like it, so that a group can be asked like a device."""
    devices = {
        str(ip_address(number)): Binding(device=name, name=name, cohort=name)
        for number, name in enumerate(table.cohorts, 1)
    }
    return table.model_copy(update={"bindings": devices})


def _edges(table: FilterTable) -> Iterable[float]:
    return (edge for cohort in table.cohorts.values() for edge in boundaries(cohort, table.profiles))
