"""What a verdict is called in a response policy zone: records without their owner (draft-vixie-dnsop-dns-rpz §3).

`CNAME .` answers NXDOMAIN, `CNAME *.` NODATA, `CNAME rpz-passthru.` lets a name through; other records are the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from dns_filter import ttl
from dns_filter.model import Action, Code, Verdict
from dns_filter.names import ROOT, to_wire
from dns_filter.profiles import CompiledProfile
from dns_filter.snapshot import Snapshot
from dns_filter.wire import AAAA, CNAME, IN, OWNER, RECORD, A


class Rr(NamedTuple):
    """A record without its owner. `rdata` is never compressed."""

    rtype: int
    ttl: int
    rdata: bytes


Told = tuple[Rr, ...]
"""What a zone says of one name."""

NOTHING: Told = ()
"""Nothing blocks the name: a zone after this one may still do so."""
PASS: Told = (Rr(CNAME, ttl.SWITCHABLE, to_wire("rpz-passthru")),)
NO_NAME: Told = (Rr(CNAME, ttl.BLOCK, ROOT),)
NO_RECORD: Told = (Rr(CNAME, ttl.BLOCK, b"\x01*\0"),)


def told(verdict: Verdict, profile: CompiledProfile, snapshot: Snapshot) -> Told:
    """The records that make a resolver do what the filter does with this verdict (`dns.md` §2)."""
    match verdict.action:
        case Action.FORWARD:
            return NOTHING if verdict.code is Code.ALLOWED else PASS
        case Action.BLOCK:
            return _blocked(verdict, profile.source.mode, snapshot)
        case Action.REWRITE:
            assert verdict.target is not None  # every rewrite leads somewhere
            return (Rr(CNAME, ttl.SAFE_SEARCH, verdict.target),)
    return _local(verdict, snapshot)


def _blocked(verdict: Verdict, mode: str, snapshot: Snapshot) -> Told:
    # The canaries of browsers and phones want a negative answer, never an address.
    if mode in ("null", "page") and verdict.code is not Code.BYPASS:
        nowhere: tuple[IPv4Address | IPv6Address, ...] = (IPv4Address(0), IPv6Address(0))
        shown = nowhere if mode == "null" else _first_of_each(snapshot.sinkholes)
        return _addresses(shown, ttl.BLOCK) or NO_RECORD
    return NO_NAME if mode == "nxdomain" else NO_RECORD


def _local(verdict: Verdict, snapshot: Snapshot) -> Told:
    matched = verdict.matched
    assert matched is not None  # every local verdict names what it stands on
    if verdict.code is Code.SPECIAL_USE:
        answer = snapshot.special[matched].answer
        if answer == "loopback":
            return _addresses((ip_address("127.0.0.1"), ip_address("::1")), ttl.LOCAL)
        return _kept(NO_NAME if answer == "nxdomain" else NO_RECORD)
    return _addresses(snapshot.hosts.get(matched, ()), ttl.LOCAL) or _kept(NO_NAME)


def _kept(negative: Told) -> Told:
    """A name that no lesson brings into being."""
    return tuple(each._replace(ttl=ttl.LOCAL) for each in negative)


def _addresses(addresses: Iterable[IPv4Address | IPv6Address], seconds: int) -> Told:
    return tuple(Rr(A if each.version == 4 else AAAA, seconds, each.packed) for each in addresses)


def _first_of_each(addresses: Iterable[IPv4Address | IPv6Address]) -> tuple[IPv4Address | IPv6Address, ...]:
    first: dict[int, IPv4Address | IPv6Address] = {}
    for each in addresses:
        first.setdefault(each.version, each)
    return tuple(first.values())


def tails(records: Told) -> tuple[bytes, ...]:
    """The records as octets behind an owner relative to the zone: a pointer to the question, which is the zone."""
    return tuple(OWNER + RECORD.pack(each.rtype, IN, each.ttl, len(each.rdata)) + each.rdata for each in records)
