"""What each segment may reach: one access list for each gateway interface (F10, and no way from pupils to staff)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_network
from types import MappingProxyType

from controller.known_resolvers import KNOWN_RESOLVERS
from controller.policy import Policy
from controller.same import of_the_same
from device_drivers.acl import compile_list
from device_drivers.model import AccessList, Ace, Capability, Driver, Verb

ANY = "any"
DNS_PORTS = (53, 853)
PAGE_PORTS = (80, 443)
_DHCP = {4: 67, 6: 547}
_DHCP_TO_ALL = {4: "255.255.255.255/32", 6: "ff02::1:2/128"}
_ON_THE_LINK = ("fe80::/10", "ff02::/16")
"""Where neighbour discovery and router solicitation go (RFC 4861). No router forwards either of the two."""

# Whom a segment may not reach, by purpose. Only staff start conversations inwards: they print and show on boards.
CLOSED_TO: Mapping[str, tuple[str, ...]] = {
    "pupils": ("staff", "management", "things", "quarantine"),
    "guest": ("pupils", "staff", "management", "things", "quarantine"),
    "things": ("pupils", "staff", "management", "quarantine"),
    "staff": ("management", "quarantine"),
}
OPEN_TO: Mapping[str, tuple[str, ...]] = {"staff": ("pupils", "things", "guest")}

_LAST = {Verb.DENY: Ace(Verb.DENY, "ip", ANY, ANY), Verb.PERMIT: Ace(Verb.PERMIT, "ip", ANY, ANY)}


def access_lists(policy: Policy, filters: Sequence[str]) -> Mapping[str, AccessList]:
    """By interface (`vlan20`). `filters` are the filter's addresses; without one there are no lists at all:
    a rule "DNS only to the filter" that names no filter would cut off every name.

    What no entry matches is the way out to the internet: whose it is, and until when, the gateway's grants say. The
    management segment has no list: it is the way by which a mistake is put right.
    """
    return _of_policy(policy)(tuple(filters)) if filters else MappingProxyType({})


@of_the_same
def _of_policy(policy: Policy) -> Callable[[tuple[str, ...]], Mapping[str, AccessList]]:
    """The lists of one policy, for each set of filters worked out once: the loop asks at every turn."""

    @lru_cache(maxsize=8)
    def for_filters(filters: tuple[str, ...]) -> Mapping[str, AccessList]:
        return MappingProxyType(
            {
                f"vlan{segment.vlan}": _compiled(name, tuple(_entries(policy, name, filters)))
                for name, segment in policy.segments.items()
                if segment.subnets and purpose_of(policy, name) != "management"
            }
        )

    return for_filters


def purpose_of(policy: Policy, segment: str) -> str:
    """What a segment is for: what it says, or else its own name."""
    return policy.segments[segment].purpose or segment


@lru_cache(maxsize=256)
def _compiled(name: str, entries: tuple[Ace, ...]) -> AccessList:
    """The same policy gives the same lists at every turn of the loop."""
    return compile_list(name, entries)


def as_told(meant: AccessList, driver: Driver | None) -> AccessList:
    """What a gateway of this platform is told.

    One that cannot lease cannot let anybody out for a time: there the filter alone opens and closes, and the list
    ends with the way out. One that knows conversations lets replies pass by itself.
    """
    can = driver.can if driver else frozenset(Capability)
    return told_by(meant, leases=Capability.LEASE in can, stateful=Capability.STATEFUL in can)


def told_by(meant: AccessList, *, leases: bool, stateful: bool) -> AccessList:
    """The same, by what a gateway can."""
    entries = meant.entries
    if stateful:
        entries = tuple(ace for ace in entries if not ace.established)
    if not leases and not _closed(entries):
        entries = (*entries, _LAST[Verb.PERMIT])
    return replace(meant, entries=entries)


def _closed(entries: Sequence[Ace]) -> bool:
    """Does a list end with a denial of everything, as that of quarantine?"""
    return bool(entries) and replace(entries[-1], remark="") == _LAST[Verb.DENY]


def _entries(policy: Policy, segment: str, filters: Sequence[str]) -> Iterable[Ace]:
    """In their order: what everybody needs, what nobody gets round, replies, whom it may not reach, whom it may."""
    purpose = purpose_of(policy, segment)
    yield from _to_the_filter(policy, filters)
    yield from _on_the_link(policy, segment)
    if purpose == "quarantine":
        # Said, not left to the end of the list: a grant opens what no entry matches, and here none may.
        yield replace(_LAST[Verb.DENY], remark="nothing else in quarantine")
        return
    yield from _named(_other_resolvers(policy), "no other resolver")
    yield from _named(_replies(policy, purpose), "replies to those who may begin")
    yield from _inwards(policy, Verb.DENY, CLOSED_TO.get(purpose, ()))
    yield from _inwards(policy, Verb.PERMIT, OPEN_TO.get(purpose, ()))


def _to_the_filter(policy: Policy, filters: Sequence[str]) -> Iterable[Ace]:
    names = ((a, port, protocol) for a in filters for port in DNS_PORTS for protocol in ("udp", "tcp"))
    yield from _named((Ace(Verb.PERMIT, p, ANY, _host(a), port) for a, port, p in names), "names from the filter")
    pages = ((address, port) for address in policy.dns.sinkhole for port in PAGE_PORTS)
    yield from _named((Ace(Verb.PERMIT, "tcp", ANY, _host(a), port) for a, port in pages), "the page that says why")


def _on_the_link(policy: Policy, segment: str) -> Iterable[Ace]:
    """An address to ask from, and neighbours: to all on the link and to the router's own addresses, no further."""
    own = policy.segments[segment].subnets
    asked = [*_DHCP_TO_ALL.items(), *((net.version, str(net)) for net in own)]
    yield from _named((Ace(Verb.PERMIT, "udp", ANY, place, _DHCP[version]) for version, place in asked), "an address")
    near = (*_ON_THE_LINK, *(str(net) for net in own if net.version == 6))
    yield from _named((Ace(Verb.PERMIT, "icmp", ANY, place) for place in near), "neighbours on the link")


def _other_resolvers(policy: Policy) -> Iterable[Ace]:
    yield from (Ace(Verb.DENY, protocol, ANY, ANY, port) for port in DNS_PORTS for protocol in ("udp", "tcp"))
    own = [net for segment in policy.segments.values() for net in segment.subnets]
    for place in closed_resolvers(policy):
        net = ip_network(place)
        # A resolver inside the school is a matter of the segment it stands in.
        if not any(net.version == ours.version and net.overlaps(ours) for ours in own):
            yield Ace(Verb.DENY, "ip", ANY, place)


def closed_resolvers(policy: Policy) -> tuple[str, ...]:
    """Addresses nobody reaches: the known ones, and what the policy adds."""
    return (*KNOWN_RESOLVERS, *(str(net) for net in policy.dns.other_resolvers))


def _replies(policy: Policy, purpose: str) -> Iterable[Ace]:
    """To those who may begin a conversation with this segment; only a device without memory needs to be told."""
    beginners = [name for name, open_to in OPEN_TO.items() if purpose in open_to]
    return (Ace(Verb.PERMIT, "tcp", ANY, place, established=True) for _, place in _subnets(policy, beginners))


def _inwards(policy: Policy, verb: Verb, purposes: Iterable[str]) -> Iterable[Ace]:
    return (Ace(verb, "ip", ANY, place, None, f"to {name}") for name, place in _subnets(policy, purposes))


def _subnets(policy: Policy, purposes: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Name of the segment and network, for every segment with one of these purposes."""
    for purpose in purposes:
        for name, segment in policy.segments.items():
            if purpose_of(policy, name) == purpose:
                yield from ((name, str(subnet)) for subnet in segment.subnets)


def _named(entries: Iterable[Ace], remark: str) -> Iterable[Ace]:
    """Said once, above the first: every line of a list costs time on the wire."""
    for at, ace in enumerate(entries):
        yield ace if at else replace(ace, remark=remark)


def _host(address: str) -> str:
    return address if "/" in address else f"{address}/{128 if ':' in address else 32}"
