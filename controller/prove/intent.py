"""Is what is meant proven? Asked at every turn of the loop, worked out once for each policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from controller.access_lists import told_by
from controller.policy import Policy
from controller.prove.proof import Gateway, prove
from device_drivers.model import AccessList


@dataclass(frozen=True, slots=True)
class _Question:
    """All of a policy that the proof looks at; the policy itself comes along and is not compared."""

    segments: tuple[object, ...]
    outside: tuple[object, ...]
    filters: tuple[str, ...]
    lists: tuple[tuple[str, AccessList], ...]
    policy: Policy = field(compare=False, hash=False)


def broken_of(policy: Policy, filters: Sequence[str], lists: Mapping[str, AccessList]) -> tuple[str, ...]:
    """What does not hold of these lists, each as a sentence, on gateways that lease and on those that do not.

    Empty without lists: where nothing is meant there is nothing to prove.
    """
    if not lists:
        return ()
    segments = tuple((name, each.vlan, each.subnets, each.purpose) for name, each in policy.segments.items())
    outside = (policy.dns.sinkhole, policy.dns.other_resolvers)
    return _broken(_Question(segments, outside, tuple(filters), tuple(lists.items()), policy))


@lru_cache(maxsize=16)
def _broken(question: _Question) -> tuple[str, ...]:
    kinds = (
        Gateway(
            "a gateway that leases" if leases else "a gateway without leases",
            "linux_gateway" if leases else "cisco_ios",
            leases,
            {interface: told_by(meant, leases=leases, stateful=leases) for interface, meant in question.lists},
        )
        for leases in (True, False)
    )
    return tuple(map(str, prove(question.policy, question.filters, kinds).broken))
