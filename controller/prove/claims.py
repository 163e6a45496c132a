"""What must hold in every school: who must never reach what, said from the policy and from no access list.

A claim is a set of packets that must not get out of a segment. The sets are made here a second time, from the policy
alone: a mistake in how lists are compiled is a difference between the two, and is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from controller.access_lists import CLOSED_TO, closed_resolvers, purpose_of
from controller.policy import Policy
from controller.prove.boxes import ICMP, TCP, UDP, Box, everything, interval, minus

PROVEN_OF = ("pupils", "guest", "quarantine", "things")
"""Segments of these purposes are proven; staff and management are where those come from who put things right."""
FAMILIES = (4, 6)


@dataclass(frozen=True, slots=True)
class Claim:
    """`forbidden` must not leave the segment, by family. `title` is a sentence, `clauses` of the requirements."""

    segment: str
    vlan: int
    purpose: str
    kind: str
    """`names`, `resolvers`, `segments` or `nothing-else`."""
    title: str
    clauses: tuple[str, ...]
    forbidden: tuple[tuple[int, tuple[Box, ...]], ...]


def claims(policy: Policy, filters: Sequence[str]) -> tuple[Claim, ...]:
    """For every segment with subnets whose purpose is to be proven. `filters`: addresses of the DNS filter."""
    return tuple(
        claim
        for name, segment in policy.segments.items()
        if segment.subnets and purpose_of(policy, name) in PROVEN_OF
        for claim in _of_segment(policy, name, filters)
    )


def _of_segment(policy: Policy, name: str, filters: Sequence[str]) -> Iterator[Claim]:
    segment, purpose = policy.segments[name], purpose_of(policy, name)
    needed = {family: tuple(_needed(policy, filters, family)) for family in FAMILIES}

    def claim(kind: str, title: str, clauses: tuple[str, ...], allowed: bool, boxes: dict[int, list[Box]]) -> Claim:
        forbidden = tuple((f, minus(found, needed[f] if allowed else ())) for f, found in boxes.items())
        return Claim(name, segment.vlan, purpose, kind, f"{name}: {title}", clauses, forbidden)

    names = {f: [_to(f, "any", TCP | UDP, (port, port)) for port in (53, 853)] for f in FAMILIES}
    yield claim("names", "names (53, 853) at the filter only", ("F1", "F10"), True, names)
    known = {f: [_to(f, place) for place in _of_family(closed_resolvers(policy), f)] for f in FAMILIES}
    yield claim("resolvers", "no public resolver, on any port (DoH)", ("F10",), True, _outside_school(policy, known))
    if purpose == "quarantine":
        near = {f: (*needed[f], *_near(policy, name, f)) for f in FAMILIES}
        rest = {f: list(minus([everything(f)], near[f])) for f in FAMILIES}
        yield claim("nothing-else", "nothing but names, an address and the page", ("D1", "D3"), False, rest)
    else:
        closed = [each for each in policy.segments if purpose_of(policy, each) in CLOSED_TO.get(purpose, ())]
        places = [str(net) for each in closed for net in policy.segments[each].subnets]
        inwards = {f: [_to(f, place) for place in _of_family(places, f)] for f in FAMILIES}
        yield claim("segments", f"no way to {', '.join(closed) or 'any other segment'}", ("D1", "F10"), True, inwards)


def _needed(policy: Policy, filters: Sequence[str], family: int) -> Iterator[Box]:
    """What everybody may reach wherever it stands: the filter for names, the page that says why."""
    for place in _of_family(filters, family):
        yield from (_to(family, place, TCP | UDP, (port, port)) for port in (53, 853))
    for place in _of_family(policy.dns.sinkhole, family):
        yield from (_to(family, place, TCP, (port, port)) for port in (80, 443))


def _near(policy: Policy, name: str, family: int) -> Iterator[Box]:
    """An address, and neighbours on the link: none of it leaves the segment."""
    own = _of_family([str(net) for net in policy.segments[name].subnets], family)
    port = 67 if family == 4 else 547
    for place in (*own, "255.255.255.255/32" if family == 4 else "ff02::1:2/128"):
        yield _to(family, place, UDP, (port, port))
    if family == 6:
        yield from (_to(6, place, ICMP) for place in (*own, "fe80::/10", "ff02::/16"))


def _outside_school(policy: Policy, boxes: dict[int, list[Box]]) -> dict[int, list[Box]]:
    """A resolver inside a segment of the school is a matter of who reaches that segment."""
    own = [str(net) for segment in policy.segments.values() for net in segment.subnets]
    return {f: list(minus(found, [_to(f, net) for net in _of_family(own, f)])) for f, found in boxes.items()}


def _to(family: int, place: str, protocols: int = 15, ports: tuple[int, int] = (0, 65_535)) -> Box:
    box, found = everything(family), interval(place, family)
    assert found is not None
    return Box(box.source, found, protocols, ports)


def _of_family(places: Iterable[str], family: int) -> list[str]:
    """Addresses and networks of one family, all as networks."""
    long = [place if "/" in place else f"{place}/{128 if ':' in place else 32}" for place in places]
    return [place for place in long if interval(place, family)]
