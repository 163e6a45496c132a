"""Verdict -> answer: records, flags, Extended DNS Errors and how long it may be kept (`dns.md` §2, §3).

Never REFUSED or SERVFAIL for policy: a client would ask its second server, which filters nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from math import inf
from typing import NamedTuple

from dns_filter import ttl
from dns_filter.model import Code, Name, Verdict
from dns_filter.names import to_wire
from dns_filter.records import Answer, Record, written
from dns_filter.seats import Seat
from dns_filter.snapshot import Snapshot
from dns_filter.steps import DESIGNATED, HEALTH
from dns_filter.wire import (
    AAAA,
    ANY,
    HEADER,
    HINFO,
    IN,
    NOERROR,
    NXDOMAIN,
    OWNER,
    RECORD,
    SERVFAIL,
    SOA,
    SVCB,
    TXT,
    A,
    Question,
    ede,
    empty_reply,
    opt_record,
    reply_flags,
)

_SOA_NAMES = to_wire("filter.invalid") + b"\0"
_EDE = {Code.QUARANTINED: 18, Code.UNKNOWN_DEVICE: 18, Code.UNAVAILABLE: 14}
EDE_STALE, EDE_BLOCKED, EDE_CENSORED, EDE_NO_UPSTREAM, EDE_UPSTREAM_BLOCKED = 3, 15, 16, 22, 35
_RFC8482 = b"\x07RFC8482\x00"


class Rendered(NamedTuple):
    """An answer but for the client's own part: its id, its spelling of the name, its OPT."""

    rcode: int
    answers: int = 0
    authorities: int = 0
    body: bytes = b""
    """All records but the OPT; pointers fit a question of the same length at octet 12."""
    ttl_at: tuple[int, ...] = ()
    """Where in `body` the TTLs stand, an SOA's MINIMUM included; all get the same value."""
    cap: int = ttl.FAILURE
    ends: float = inf
    """No copy may live beyond this moment: the bell, or the end of the upstream's own TTL."""
    until: float = inf
    """From this moment on the whole may be another one."""
    options: bytes = b""
    """EDNS options, for clients that speak EDNS."""


def ede_of(code: Code) -> int:
    """The Extended DNS Error of a block: 15 blocked, 16 by law, 18 the device, 14 the filter is not ready."""
    return EDE_CENSORED if code is Code.MANDATORY else _EDE.get(code, EDE_BLOCKED)


def explained(code: Code, why: str) -> bytes:
    """A short code and the token of the record: the reason itself is for staff to look up."""
    return ede(ede_of(code)) if code is Code.MANDATORY else ede(ede_of(code), f"{code} why={why}")


def blocked(verdict: Verdict, qtype: int, seat: Seat, snapshot: Snapshot, why: str) -> Rendered:
    options = explained(verdict.code, why)
    address = _instead(verdict, qtype, seat.profile.source.mode, snapshot.sinkholes)
    if address is not None:
        body, at = _records(qtype, (address,))
        return Rendered(NOERROR, 1, 0, body, at, ttl.BLOCK, seat.until, seat.until, options)
    rcode = NXDOMAIN if seat.profile.source.mode == "nxdomain" and qtype != ANY else NOERROR
    body, at = _soa(ttl.BLOCK)
    return Rendered(rcode, 0, 1, body, at, ttl.BLOCK, seat.until, seat.until, options)


def local(verdict: Verdict, qtype: int, seat: Seat, snapshot: Snapshot) -> Rendered:
    """What the filter knows by itself: the school's hosts, special-use names, its own health."""
    rcode, rdatas = _known(verdict, qtype, snapshot)
    if rdatas:
        body, at = _records(HINFO if qtype == ANY else qtype, rdatas)
        return Rendered(NOERROR, len(rdatas), 0, body, at, ttl.LOCAL, seat.until, seat.until)
    body, at = _soa(ttl.LOCAL)
    return Rendered(rcode, 0, 1, body, at, ttl.LOCAL, seat.until, seat.until)


def forwarded(answer: Answer, verdict: Verdict, seat: Seat, expires: float) -> Rendered:
    """An upstream's answer, kept by nobody longer than its own TTL, our cap and the bell allow."""
    ends = min(seat.until, expires)
    options = ede(EDE_UPSTREAM_BLOCKED) if answer.blocked_upstream else b""
    return Rendered(
        answer.rcode, answer.answers, _authorities(answer), answer.body, answer.ttl_at, cap(verdict, seat), ends, ends,
        options,
    )  # fmt: skip


def stale(answer: Answer) -> Rendered:
    """An old answer while no upstream answers (RFC 8767). Never remembered: the next query may do better."""
    return Rendered(
        answer.rcode, answer.answers, _authorities(answer), answer.body, answer.ttl_at, ttl.STALE,
        until=-inf, options=ede(EDE_STALE),
    )  # fmt: skip


def minimal(seat: Seat, verdict: Verdict) -> Rendered:
    """The answer to ANY (RFC 8482): the most popular question of those who reflect floods is not worth more."""
    body, at = _records(HINFO, (_RFC8482,))
    return Rendered(NOERROR, 1, 0, body, at, cap(verdict, seat), seat.until, seat.until)


def failed(options: bytes = b"") -> Rendered:
    return Rendered(SERVFAIL, until=-inf, options=options)


def cap(verdict: Verdict, seat: Seat) -> int:
    """The longest TTL of an allowed answer."""
    if verdict.code is Code.INTERNAL:
        return ttl.LOCAL
    if verdict.code is Code.SAFE_SEARCH:
        return ttl.SWITCHABLE if seat.switchable else ttl.SAFE_SEARCH
    return ttl.SWITCHABLE if seat.switchable else ttl.ALLOWED


def message(rendered: Rendered, question: Question, seconds: int, limit: int) -> bytes:
    """The whole answer with every TTL set to `seconds`; where it is longer than `limit`, empty and marked so (TC)."""
    head = HEADER.pack(
        question.id,
        reply_flags(question.flags, rendered.rcode),
        1,
        rendered.answers,
        rendered.authorities,
        int(question.edns),
    )
    opt = opt_record(do=question.do, options=rendered.options) if question.edns else b""
    whole = head + question.raw + aged(rendered.body, rendered.ttl_at, seconds) + opt
    if len(whole) <= limit:
        return whole
    return empty_reply(question, rendered.rcode, options=rendered.options, truncated=True)


def aged(body: bytes, ttl_at: Sequence[int], seconds: int) -> bytes:
    changed, value = bytearray(body), seconds.to_bytes(4)
    for at in ttl_at:
        changed[at : at + 4] = value
    return bytes(changed)


def over_the_limit(question: Question) -> bytes:
    """Too many questions: come back over TCP, which no forged sender can."""
    return empty_reply(question, NOERROR, truncated=True)


def _authorities(answer: Answer) -> int:
    return len(answer.records) - answer.answers


def _instead(verdict: Verdict, qtype: int, mode: str, sinkholes: Sequence[IPv4Address | IPv6Address]) -> bytes | None:
    """The address given instead of the real one, where the mode has one for this type."""
    # Browsers and phones look for a negative answer to their canary names; any address means "relay is fine".
    if qtype not in (A, AAAA) or verdict.code is Code.BYPASS:
        return None
    if mode == "null":
        return bytes(4 if qtype == A else 16)
    if mode == "page":
        version = 4 if qtype == A else 6
        return next((each.packed for each in sinkholes if each.version == version), None)
    return None


def _known(verdict: Verdict, qtype: int, snapshot: Snapshot) -> tuple[int, Sequence[bytes]]:
    """(rcode where there is nothing, RDATAs) of a name the filter answers itself."""
    matched = verdict.matched
    assert matched is not None  # every local verdict names what it stands on
    if matched == HEALTH:
        text = f"epoch={snapshot.table.epoch}".encode()
        return NOERROR, [len(text).to_bytes() + text] if qtype == TXT else []
    if matched == DESIGNATED:
        return NOERROR, snapshot.designated if qtype == SVCB else []
    if verdict.code is Code.SPECIAL_USE:
        return _special(snapshot.special[matched].answer, qtype)
    if (addresses := snapshot.hosts.get(matched)) is None:
        return NXDOMAIN, []
    if qtype == ANY:
        return NOERROR, [_RFC8482]
    return NOERROR, [each.packed for each in addresses if (A if each.version == 4 else AAAA) == qtype]


def _special(answer: str, qtype: int) -> tuple[int, Sequence[bytes]]:
    if answer == "nxdomain":
        return NXDOMAIN, []
    if answer == "loopback" and qtype in (A, AAAA):
        return NOERROR, [b"\x7f\0\0\1" if qtype == A else bytes(15) + b"\1"]
    return NOERROR, []


def _records(rtype: int, rdatas: Sequence[bytes]) -> tuple[bytes, tuple[int, ...]]:
    """One record of the question's own name for each RDATA."""
    name = Name(OWNER)  # stands in for the question's name, whatever it is
    return written([Record(name, rtype, 0, rdata, 0, 0) for rdata in rdatas], name)


@lru_cache(maxsize=16)
def _soa(minimum: int) -> tuple[bytes, tuple[int, ...]]:
    """The SOA that lets a client keep the negative answer for `minimum` seconds; its zone is the name itself."""
    numbers = b"".join(each.to_bytes(4) for each in (1, 3600, 600, 86_400, minimum))
    rdata = _SOA_NAMES + numbers
    body = OWNER + RECORD.pack(SOA, IN, minimum, len(rdata)) + rdata
    return body, (6, len(body) - 4)
