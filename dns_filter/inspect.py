"""The questions asked of an upstream's answer: where it leads, and whether it points back inside the school.

A site that hides a tracker, a game or a relay behind its own name (CNAME cloaking) is judged by where it leads; so
are the targets that HTTPS and SVCB records give (RFC 9460). They are asked the same steps as a query's own name.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_network

from dns_filter import steps
from dns_filter.model import Action, Code, Verdict
from dns_filter.profiles import CompiledProfile
from dns_filter.records import Answer
from dns_filter.snapshot import Snapshot
from dns_filter.steps import Ask, Step

ALWAYS: tuple[Step, ...] = (steps.mandatory, steps.bypass)
UNLESS_ALLOWED: tuple[Step, ...] = (steps.sanction, steps.exam, steps.services, steps.categories)
# What people or the shipped lists allowed by name may stand on any content network; what nobody named may not.
_TRUSTED = (Code.ESSENTIAL, Code.RULE_ALLOWED, Code.PROTECTED)

# Not `is_private`: the documentation networks are private to Python and harmless here.
_INSIDE = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
            "::/127", "fc00::/7", "fe80::/10",
        ),
    )
)  # fmt: skip
# By length of the address: every network as its mask and what is left under it.
_NETWORKS = {
    len(each.network_address.packed): tuple(
        (int(other.netmask), int(other.network_address)) for other in _INSIDE if other.version == each.version
    )
    for each in _INSIDE
}
_MAPPED = bytes(10) + b"\xff\xff"


def check(answer: Answer, verdict: Verdict, profile: CompiledProfile, snapshot: Snapshot) -> Verdict:
    """The verdict after looking at the answer: the same one, or a block because of what the answer holds."""
    if verdict.code is Code.INTERNAL:
        return verdict  # The school's own resolvers may say what they like about the school's own names.
    for target in answer.targets:
        if found := _judged(steps.ask(target, profile, snapshot), verdict):
            return found
    if any(map(points_inside, answer.addresses)):
        return Verdict(Action.BLOCK, Code.REBINDING, "rebinding", "an outside name with an address inside")
    return verdict


@lru_cache(maxsize=16_384)
def points_inside(address: bytes) -> bool:
    """Whether an address from outside is private, loopback, link-local or unspecified: DNS rebinding."""
    if address.startswith(_MAPPED):
        address = address[len(_MAPPED) :]
    number = int.from_bytes(address)
    return any(number & mask == network for mask, network in _NETWORKS[len(address)])


def _judged(target: Ask, verdict: Verdict) -> Verdict | None:
    profile = target.profile
    trusted = verdict.code in _TRUSTED or bool(target.mask & (profile.protected | profile.choice | profile.essential))
    asked = ALWAYS if trusted else (*ALWAYS, *UNLESS_ALLOWED)
    found = next(filter(None, (step(target) for step in asked)), None)
    if found is None or found.code is Code.MANDATORY:
        return found
    return replace(found, code=Code.CLOAKED)
