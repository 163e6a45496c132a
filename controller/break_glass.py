"""The table of a broken glass: staff are open for a limited time and nobody else is, made without a controller.

For the hour in which no good table can be had (`dns.md` §7). The end stands in the table itself: the filter closes at
that moment whether or not anybody comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from controller.compile import compile_intent
from controller.policy import Policy, Role
from controller.standing import acts_for
from dns_filter.model import Binding, Cohort, FilterProfile, FilterTable, Grant, Reason, State
from inventory.model import Inventory, Mac

LONGEST = timedelta(hours=4)
OPEN, SHUT = "break-glass", "break-glass.closed"
PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10")
ALWAYS = ("iwf-illegal", "terrorism")
"""The usual names of mandatory categories, where neither a policy nor an older table says which there are."""
_NOT_STAFF = ("pupils", "guest", "quarantine")


@dataclass(frozen=True, slots=True)
class Glass:
    """Until when, why, and under which epoch."""

    now: datetime
    ends: datetime
    why: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Opened:
    """Address -> whose it is, and the profile that it gets until the end."""

    bindings: Mapping[str, tuple[Binding, FilterProfile]]


def staff_of(policy: Policy, inventory: Inventory, now: datetime) -> Opened:
    """Devices of staff that the policy would let out at this moment anyway, each with its own level.

    Who rests in quarantine, was sanctioned or is a guest stays shut. Raises ValueError where the policy cannot be
    compiled.
    """
    intent = compile_intent(policy, inventory, (), now, 0)
    found = {}
    for address, binding in intent.table.bindings.items():
        device = inventory.devices.get(Mac(binding.device))
        decision = intent.decisions.get(device.mac) if device else None
        if device and decision and decision.internet and _is_staff(policy, acts_for(policy, inventory, device)[1]):
            found[address] = (binding, intent.table.profiles[decision.profile])
    return Opened(found)


def named(addresses: Iterable[str]) -> Opened:
    """Addresses that a person vouches for, with nothing but the mandatory blocks. Raises ValueError."""
    profile = FilterProfile(name=OPEN, access_level=OPEN, reasons={"mandatory": Reason(rule="mandatory")})
    texts = [str(ip_address(each)) for each in addresses]
    return Opened({each: (Binding(device=each, name=each, cohort=""), profile) for each in texts})


def glass_table(glass: Glass, opened: Opened, policy: Policy | None, before: FilterTable | None) -> FilterTable:
    """The policy or else the table before say where internal names lead and what is mandatory; else nothing does."""
    shut = FilterProfile(
        name=SHUT,
        access_level=SHUT,
        state=State.CLOSED,
        state_reason="break-glass: open for staff alone",
        reasons={"state": Reason(rule=f"break-glass: {glass.why}")},
    )
    profiles = {profile.name: profile for _, profile in opened.bindings.values()}
    return FilterTable(
        epoch=glass.epoch,
        made_at=glass.now.timestamp(),
        horizon=glass.ends.timestamp(),
        school=policy.school.name if policy else before.school if before else "",
        sources=_sources(policy, before),
        internal=policy.dns.internal if policy else before.internal if before else {},
        hosts=policy.dns.hosts if policy else before.hosts if before else {},
        mandatory=policy.mandatory if policy else before.mandatory if before else ALWAYS,
        profiles={**profiles, SHUT: shut},
        cohorts={cohort.id: cohort for cohort in _cohorts(glass, profiles)},
        bindings={
            address: binding.model_copy(update={"cohort": _cohort(profile.name)})
            for address, (binding, profile) in opened.bindings.items()
        },
        unknown=SHUT,
    )


def _sources(policy: Policy | None, before: FilterTable | None) -> tuple[str, ...]:
    if policy is not None:
        return tuple(str(subnet) for segment in policy.segments.values() for subnet in segment.subnets)
    return before.sources if before else PRIVATE


def _cohorts(glass: Glass, profiles: Iterable[str]) -> Iterator[Cohort]:
    yield Cohort(id=SHUT, resting=SHUT)
    opens, closes = glass.now.timestamp(), glass.ends.timestamp()
    for name in profiles:
        grant = Grant(profile=name, opens_at=opens, closes_at=closes, why=f"break-glass: {glass.why}")
        yield Cohort(id=_cohort(name), resting=SHUT, grants=(grant,), switchable=True)


def _cohort(profile: str) -> str:
    return f"{OPEN}.staff.{profile}"


def _is_staff(policy: Policy, belongs: object) -> bool:
    if not isinstance(belongs, Role):
        return False
    segment = policy.segments.get(belongs.segment)
    return ((segment and segment.purpose) or belongs.segment) not in _NOT_STAFF
