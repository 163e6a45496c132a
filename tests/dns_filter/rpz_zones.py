"""Zones of the tests' school, and what the two kinds of resolvers make of a zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dns_filter.lists.parsed_list import Entries
from dns_filter.model import Code, Name, Query
from dns_filter.names import parents, to_wire
from dns_filter.rpz.records import NOTHING, PASS, Rr, Told, told
from dns_filter.rpz.zone import Body, Listing
from dns_filter.snapshot import Snapshot
from dns_filter.steps import decide
from dns_filter.wire import OWNER, RECORD, suffixes

STAR = b"\x01*"
Zone = Mapping[Name, Told]
"""Owner -> its records."""


def listing(category: str, texts: Sequence[str]) -> Listing:
    """Names in the spelling of the tests' fake table: `=x` is x alone."""
    whole = frozenset(to_wire(text) for text in texts if not text.startswith("="))
    return Listing((category,), Entries(whole, frozenset(to_wire(text[1:]) for text in texts if text.startswith("="))))


def listings(lists: Mapping[str, Sequence[str]]) -> list[Listing]:
    return [listing(category, texts) for category, texts in lists.items()]


def read(body: Body) -> Zone:
    zone: dict[Name, Told] = {}
    for record in body.records():
        at = 0
        while record[at] < 0xC0:
            at += 1 + record[at]
        assert record[at : at + 2] == OWNER
        rtype, _, ttl, length = RECORD.unpack_from(record, at + 2)
        rdata = record[at + 2 + RECORD.size :]
        assert len(rdata) == length
        owner = Name(record[:at] + b"\0")
        zone[owner] = (*zone.get(owner, ()), Rr(rtype, ttl, rdata))
    return zone


def longest_wildcard(zone: Zone, name: Name) -> Told:
    """PowerDNS and Knot Resolver: the name itself, else the longest `*.x` above it."""
    if name in zone:
        return zone[name]
    above = (Name(STAR + suffix) for suffix in [*suffixes(name)[1:], Name(b"\0")])
    return next((zone[each] for each in above if each in zone), NOTHING)


def closest_encloser(zone: Zone, name: Name) -> Told:
    """BIND and Unbound: a wildcard of the nearest name that is there at all, if only by what lies below it."""
    if name in zone:
        return zone[name]
    there = {Name(b"\0")} | {up for owner in zone for up in parents(owner)}
    if name in there:
        return NOTHING
    nearest = next(up for up in [*suffixes(name)[1:], Name(b"\0")] if up in there)
    return zone.get(Name(STAR + nearest), NOTHING)


def said_by_the_filter(snapshot: Snapshot, profile: str, name: Name, *, complete: bool = False) -> Told:
    """What a zone must say, from the filter's own decision; letting through is the same said or unsaid."""
    compiled = snapshot.profile(profile)
    verdict = decide(Query(name, 1, "127.0.0.1", 0.0), compiled, snapshot)
    assert verdict.code is not Code.UNAVAILABLE
    return effect(told(verdict, compiled, snapshot))


def effect(said: Told) -> Told:
    return tuple(sorted(said or PASS))
