"""The policy and all facts compiled into what every enforcement point must do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address

from controller.access_lists import access_lists
from controller.clock_steps import Step
from controller.cohorts import Shared, Sharing
from controller.course import Course
from controller.facts import facts_between
from controller.intended_ports import intended_ports
from controller.logging_rules import log_rules
from controller.model import AccessWindow, Decision, IntendedState
from controller.off_the_air import denied
from controller.policy import Policy
from controller.profiles import at_rest
from controller.prove.intent import broken_of
from controller.ssid_hours import next_change, ssids_on
from controller.twins import Twins
from dns_filter.model import Binding, Cohort, FilterTable
from inventory.fold import holders
from inventory.model import Inventory, Mac

HORIZON = timedelta(days=14)
LONGEST = timedelta(hours=1)
LEASE_STEP = timedelta(hours=12)
"""A way out that no lesson ends is leased for one to two steps, so that it is renewed only once a step."""

REMEMBERED = 20_000


@lru_cache(maxsize=REMEMBERED)
def _binding(device: Mac, name: str, cohort: str) -> Binding:
    """The very same one in each turn: to make thousands anew, and to compare them, takes as long as all decisions."""
    return Binding(device=device, name=name, cohort=cohort)


def compile_intent(
    policy: Policy,
    inventory: Inventory,
    windows: Iterable[AccessWindow],
    now: datetime,
    epoch: int,
    *,
    filters: Sequence[str] = (),
    steps: Sequence[Step] = (),
) -> IntendedState:
    """`windows` are those persons opened that overlap the next 14 days; `filters` the addresses of the DNS filter;
    `steps` how the clock was set.

    Pure, and the same at every moment between two edges but for `at`, `made_at` and `horizon`. Raises ValueError
    where the policy names no quarantine segment.
    """
    # Lessons up to a midnight: a horizon that moved with every second would make every table a new one.
    last = now.replace(hour=0, minute=0, second=0, microsecond=0) + HORIZON + timedelta(days=1)
    facts = facts_between(policy, inventory, windows, now, last, steps)
    sharing = Sharing(facts, now, last, Twins(facts))
    unknown, groups = sharing.of_nobody(), sharing.of_groups()
    shared = {mac: sharing.of_mac(mac) for mac in _macs(inventory)}
    decisions = {mac: _of_device(found.decision, mac) for mac, found in shared.items()}
    placed = intended_ports(facts, decisions, now)
    owners = _owners(inventory, decisions)
    lists = access_lists(policy, filters)
    return IntendedState(
        at=now,
        valid_until=_valid_until(
            (unknown, *groups.values(), *sharing.shared.values()),
            now,
            (next_change(policy, now), placed.next_parting),
        ),
        decisions=decisions,
        table=_table(sharing, owners, epoch, {mac: found.cohort for mac, found in shared.items()}),
        ports=placed.ports,
        resting=placed.resting,
        grants=_ways_out({address: shared[mac].course for address, mac in owners.items()}, now),
        access_lists=lists,
        ssids=ssids_on(policy, now),
        windows={window.id: window.closes_at for window in facts.honoured},
        denied=denied(policy, inventory, decisions),
        leaks=broken_of(policy, filters, lists),
        site_rules=frozenset(rule.id for rule in inventory.site_rules),
    )


def _macs(inventory: Inventory) -> Iterator[Mac]:
    yield from inventory.devices
    yield from (mac for mac in inventory.whereabouts if mac not in inventory.devices)


def _of_device(decision: Decision, mac: Mac) -> Decision:
    # Spelt out: `replace` takes four times as long, and there are thousands.
    return Decision(
        mac,
        decision.profile,
        decision.segment,
        decision.internet,
        decision.because,
        decision.lost,
        decision.until,
        decision.allowed_if,
        decision.group,
    )


def _owners(inventory: Inventory, decisions: Mapping[Mac, Decision]) -> Mapping[str, Mac]:
    """Whose each address is. Where several devices claim one, somebody borrows it: the strictest of them counts."""
    return {
        _canonical(address): macs[0] if len(macs) == 1 else min(macs, key=lambda m: (_freedom(decisions[m]), m))
        for address, macs in holders(inventory.whereabouts).items()
    }


def _freedom(decision: Decision) -> int:
    if decision.internet:
        return 2
    return 0 if at_rest(decision.profile) else 1


def _canonical(address: str) -> str:
    """As a socket spells it. A link-local address is the same device's on every link: its zone is left out."""
    return str(ip_address(address.partition("%")[0])) if ":" in address else address


def _table(sharing: Sharing, owners: Mapping[str, Mac], epoch: int, cohorts: Mapping[Mac, str]) -> FilterTable:
    policy, devices = sharing.facts.policy, sharing.facts.inventory.devices
    used = {name for cohort in sharing.cohorts.values() for name in _profiles_of(cohort)}
    return FilterTable(
        epoch=epoch,
        made_at=sharing.now.timestamp(),
        horizon=(sharing.now + HORIZON).timestamp(),
        school=policy.school.name,
        sources=tuple(str(subnet) for segment in policy.segments.values() for subnet in segment.subnets),
        internal=policy.dns.internal,
        hosts=policy.dns.hosts,
        mandatory=policy.mandatory,
        sinkhole=policy.dns.sinkhole,
        profiles={name: sharing.facts.profiles.named(name) for name in sorted(used)},
        cohorts=sharing.cohorts,
        bindings={
            address: _binding(mac, devices[mac].name if mac in devices else mac, cohorts[mac])
            for address, mac in owners.items()
        },
        unknown=sharing.of_nobody().cohort,
        log=log_rules(policy),
    )


def _profiles_of(cohort: Cohort) -> Iterator[str]:
    yield cohort.resting
    yield from (grant.profile for grant in cohort.grants)


def _ways_out(courses: Mapping[str, Course], now: datetime) -> Mapping[str, datetime]:
    """Until when the gateway lets each address out: as long as its lesson, or a lease that is renewed in time."""
    longest = _step(now) + 2 * LEASE_STEP
    ends = {address: course.open_until() for address, course in courses.items()}
    return {address: min(end, longest) for address, end in ends.items() if end is not None}


def _step(now: datetime) -> datetime:
    """The last beginning of a lease step: midnight and noon, UTC."""
    return now.replace(hour=now.hour // 12 * 12, minute=0, second=0, microsecond=0)


def _valid_until(shared: Iterable[Shared], now: datetime, more: Iterable[datetime | None]) -> datetime:
    edges = (now + LONGEST, _step(now) + LEASE_STEP, *filter(None, more))
    return min(*edges, *(each.course.now.ends for each in shared))
