"""What each segment may reach: one access list for each gateway interface (F10, and no way from pupils to staff)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from controller.policy import Policy
from device_drivers.acl import compile_list
from device_drivers.model import AccessList, Ace, Verb

ANY = "any"
DNS_PORTS = (53, 853)
_DHCP_SERVER = 67

# Whom a segment may not reach, by purpose. Only staff start conversations inwards: they print and show on boards.
CLOSED_TO: Mapping[str, tuple[str, ...]] = {
    "pupils": ("staff", "management", "things", "quarantine"),
    "guest": ("pupils", "staff", "management", "things", "quarantine"),
    "things": ("pupils", "staff", "management", "quarantine"),
    "staff": ("management", "quarantine"),
}
OPEN_TO: Mapping[str, tuple[str, ...]] = {"staff": ("pupils", "things", "guest")}


def access_lists(policy: Policy, filters: Sequence[str]) -> Mapping[str, AccessList]:
    """By interface (`vlan20`). `filters` are the filter's addresses; without one there are no lists at all:
    a rule "DNS only to the filter" that names no filter would cut off every name.

    What no entry matches is the way out to the internet: whose it is, and until when, the gateway's grants say. The
    management segment has no list: it is the way by which a mistake is put right.
    """
    if not filters:
        return {}
    purposes = {name: segment.purpose or name for name, segment in policy.segments.items()}
    return {
        f"vlan{segment.vlan}": compile_list(name, _entries(policy, purposes[name], filters))
        for name, segment in policy.segments.items()
        if segment.subnets and purposes[name] != "management"
    }


def _entries(policy: Policy, purpose: str, filters: Sequence[str]) -> Iterable[Ace]:
    yield from (
        Ace(Verb.PERMIT, protocol, ANY, _host(address), port, "names from the filter")
        for address in filters
        for port in DNS_PORTS
        for protocol in ("udp", "tcp")
    )
    # An address to ask from. For quarantine that is all: what no entry matches is denied to whoever has no grant.
    yield Ace(Verb.PERMIT, "udp", ANY, ANY, _DHCP_SERVER, "an address")
    if purpose == "quarantine":
        return
    for port in DNS_PORTS:
        for protocol in ("udp", "tcp"):
            yield Ace(Verb.DENY, protocol, ANY, ANY, port, "no other resolver")
    yield from _inwards(policy, Verb.DENY, CLOSED_TO.get(purpose, ()))
    yield from _inwards(policy, Verb.PERMIT, OPEN_TO.get(purpose, ()))


def _inwards(policy: Policy, verb: Verb, purposes: Iterable[str]) -> Iterable[Ace]:
    return (
        Ace(verb, "ip", ANY, str(subnet), None, f"to {name}")
        for purpose in purposes
        for name, segment in policy.segments.items()
        if (segment.purpose or name) == purpose
        for subnet in segment.subnets
    )


def _host(address: str) -> str:
    return address if "/" in address else f"{address}/{128 if ':' in address else 32}"
