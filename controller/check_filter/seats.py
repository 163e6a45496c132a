"""As whom a check asks: an address for each access level and each group, on the filter's own machine.

They are loopback addresses, which only a process of that machine can send from: the kernel drops them on every wire.
An access level is asked about as it is in a lesson, whatever the hour: what is checked before school is what the
first lesson gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise

from controller.course import AFTER_ALL
from controller.policy import Policy
from controller.profiles import Profiles
from dns_filter.model import PROBE, Binding, Cohort, FilterTable, Grant
from inventory.site_rules import SiteRule

NETWORK = IPv4Network("127.83.0.0/16")
_FIRST_LEVEL, _FIRST_GROUP = 1, 32_769
STRANGER = str(NETWORK[-2])
"""An address of the network that is bound to nobody."""


@dataclass(frozen=True, slots=True)
class Seat:
    """`label` names whom the check asks as, for people: `level key-stage-2`, `group year-5`."""

    label: str
    address: str
    cohort: str


def of_levels(policy: Policy) -> Mapping[str, Seat]:
    """Access level -> its seat."""
    return {
        name: Seat(f"level {name}", _at(_FIRST_LEVEL + n), f"{PROBE}{name}")
        for n, name in enumerate(policy.access_levels)
    }


def of_groups(policy: Policy) -> Mapping[str, Seat]:
    """Year group or role -> its seat; it sits in the group's own cohort, lessons and all."""
    groups = (*policy.year_groups, *policy.roles)
    return {name: Seat(f"group {name}", _at(_FIRST_GROUP + n), name) for n, name in enumerate(groups)}


def seated(table: FilterTable, policy: Policy, now: datetime, site_rules: tuple[SiteRule, ...] = ()) -> FilterTable:
    """The same table with every seat of a check in it. `now`: the moment the table was made for."""
    profiles, levels = Profiles(policy, site_rules), of_levels(policy)
    cohorts = {seat.cohort: _in_a_lesson(seat.cohort, level, profiles, now) for level, seat in levels.items()}
    used = {name for each in cohorts.values() for name in (each.resting, *(grant.profile for grant in each.grants))}
    seats = (*levels.values(), *of_groups(policy).values())
    return table.model_copy(
        update={
            "sources": (*table.sources, str(NETWORK)),
            # What stands in the table stays as it is: a seat never changes what anybody may do.
            "profiles": {**{name: profiles.named(name) for name in sorted(used)}, **table.profiles},
            "cohorts": {**table.cohorts, **cohorts},
            "bindings": {**table.bindings, **{seat.address: _binding(seat) for seat in seats}},
        }
    )


def _in_a_lesson(cohort: str, level: str, profiles: Profiles, now: datetime) -> Cohort:
    """The level's own profile; while one of its allowances runs, with that allowance and its end."""
    ends = [end for end in profiles.level(level).ends if end > now]
    grants = (
        Grant(
            profile=profiles.name(level, begins), opens_at=begins.timestamp(), closes_at=ends_at.timestamp(), why=cohort
        )
        for begins, ends_at in pairwise((now.replace(hour=0, minute=0, second=0, microsecond=0), *ends))
    )
    return Cohort(id=cohort, resting=profiles.name(level, AFTER_ALL), grants=tuple(grants))


def _binding(seat: Seat) -> Binding:
    return Binding(device=f"{PROBE}{seat.label}", name=f"check as {seat.label}", cohort=seat.cohort)


def _at(number: int) -> str:
    return str(IPv4Address(int(NETWORK.network_address) + number))
