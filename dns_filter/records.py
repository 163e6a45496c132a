"""The records of an upstream's answer: checked, cut to what belongs to the question, ready to be sent on.

The sections are kept as they came: their pointers lead back into a message whose question stands at octet 12, and
the client's question has the same length. They are written anew only where a record must go or change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dns_filter.model import Name
from dns_filter.wire import (
    AAAA,
    CNAME,
    DNAME,
    HEADER,
    HTTPS,
    IN,
    OPT,
    OWNER,
    RECORD,
    RRSIG,
    SOA,
    SVCB,
    A,
    Malformed,
    read_name,
    suffixes,
)

LINKS = 16
"""CNAMEs followed in one answer; a longer chain is a loop or an attack."""
ECH = 5
LONGEST = 7 * 86_400
_FIXED = RECORD.size
_UPSTREAM_BLOCKED = range(15, 18)
_ADDRESSES, _SERVICES = frozenset((A, AAAA)), frozenset((SVCB, HTTPS))
# Types whose RDATA may hold compressed names (RFC 1035 §3.3, RFC 3597 §4): octets before the names, how many names,
# octets after them.
NAMES = {
    2: (0, 1, 0), 3: (0, 1, 0), 4: (0, 1, 0), CNAME: (0, 1, 0), SOA: (0, 2, 20), 7: (0, 1, 0), 8: (0, 1, 0),
    9: (0, 1, 0), 12: (0, 1, 0), 14: (0, 2, 0), 15: (2, 1, 0), 17: (0, 2, 0), 18: (2, 1, 0), 21: (2, 1, 0),
    26: (2, 2, 0), 33: (6, 1, 0), 36: (2, 1, 0), DNAME: (0, 1, 0),
}  # fmt: skip


@dataclass(slots=True)
class Record:
    """One record. `rdata` is as it came, its names may be compressed; `names` are those names in full."""

    owner: Name
    rtype: int
    ttl: int
    rdata: bytes
    start: int
    ttl_at: int
    names: tuple[Name, ...] = ()


_NONE: list[Record] = []


class Answer(NamedTuple):
    """What an upstream said about one question, as far as it may be passed on and kept."""

    rcode: int
    records: tuple[Record, ...]
    answers: int
    """How many of the records are answers; the others are a negative answer's authority."""
    body: bytes
    """Answer and authority sections; their pointers fit a question of the same length at octet 12."""
    ttl_at: tuple[int, ...]
    """Where in `body` the TTLs stand."""
    ttl: int
    """Seconds the whole may be kept: the least TTL in it, and for a negative answer the SOA's MINIMUM (RFC 2308)."""
    targets: tuple[Name, ...]
    """Every other name it leads to: CNAME, DNAME, SVCB and HTTPS targets."""
    addresses: tuple[bytes, ...]
    ech: bool
    blocked_upstream: bool
    """The upstream says itself that it filtered this (RFC 8914 codes 15 to 17)."""

    @property
    def weight(self) -> int:
        """Octets of memory, roughly."""
        return 500 + len(self.body) + 300 * len(self.records)


def read_answer(data: bytes, name: Name) -> Answer:
    """Check a whole response to a question about `name`. Raises Malformed: nothing of such a response may be used."""
    if len(data) < 12:
        raise Malformed("shorter than a header")
    _, flags, questions, answers, authorities, additionals = HEADER.unpack_from(data)
    at = 16 + len(name)
    if questions != 1 or data[12 : at - 4].lower() != name:
        raise Malformed("another question")
    found, end = _read_records(data, at, answers, name)
    authority, rest = _read_records(data, end, authorities, name) if authorities else (_NONE, end)
    additional, last = _read_records(data, rest, additionals, name) if additionals else (_NONE, rest)
    if last != len(data):
        raise Malformed("octets after the last record")
    chain = _chain(found, name)
    kept = [record for record in found if record.owner in chain or _may_stay(record, chain)]
    negative = authority if authority and _is_negative(authority, chain) else _NONE
    used, types = (*kept, *negative), {record.rtype for record in kept}
    if len(kept) == len(found):
        body, ttl_at = data[at : rest if negative else end], tuple([record.ttl_at - at for record in used])
    else:
        # Records about other names are never passed on, so that nobody further down can believe them.
        body, ttl_at = written(used, name)
    return Answer(
        flags & 0xF,
        used,
        len(kept),
        body,
        ttl_at,
        _lifetime(used, negative),
        () if types <= _ADDRESSES else tuple(dict.fromkeys(target for record in kept for target in _leads_to(record))),
        tuple([record.rdata for record in kept if record.rtype in _ADDRESSES]),
        not types.isdisjoint(_SERVICES) and any(map(_has_ech, kept)),
        bool(additional) and any(record.rtype == OPT and _says_blocked(record.rdata) for record in additional),
    )


def written(records: Sequence[Record], name: Name) -> tuple[bytes, tuple[int, ...]]:
    """Records as bytes without compression, but for owners that are the question's `name`; and where the TTLs stand."""
    parts, ttl_at, length = [], [], 0
    for record in records:
        owner = OWNER if record.owner == name else record.owner
        rdata = spelled_out(record)
        parts.append(owner + RECORD.pack(record.rtype, IN, record.ttl, len(rdata)) + rdata)
        ttl_at.append(length + len(owner) + 4)
        length += len(parts[-1])
    return b"".join(parts), tuple(ttl_at)


def spelled_out(record: Record) -> bytes:
    """RDATA with its names in full."""
    if record.rtype not in NAMES:
        return record.rdata
    before, _, after = NAMES[record.rtype]
    tail = record.rdata[-after:] if after else b""
    return record.rdata[:before] + b"".join(record.names) + tail


def params(rdata: bytes) -> Iterator[tuple[int, bytes]]:
    """The SvcParams of an SVCB or HTTPS record (RFC 9460 §2.2). Raises Malformed."""
    _, at = read_name(rdata, 2)
    while at < len(rdata):
        key, length = int.from_bytes(rdata[at : at + 2]), int.from_bytes(rdata[at + 2 : at + 4])
        if at + 4 + length > len(rdata):
            raise Malformed("a SvcParam longer than its record")
        yield key, rdata[at + 4 : at + 4 + length]
        at += 4 + length


def _read_records(data: bytes, at: int, count: int, name: Name) -> tuple[list[Record], int]:
    found, whole = list[Record](), len(data)
    for _ in range(count):
        start = at
        if data.startswith(OWNER, at):
            owner, at = name, at + 2
        else:
            owner, at = read_name(data, at)
        if at + _FIXED > whole:
            raise Malformed("cut off inside a record")
        rtype, rclass, ttl, length = RECORD.unpack_from(data, at)
        end = at + _FIXED + length
        if end > whole or (rclass != IN and rtype != OPT):
            raise Malformed("cut off inside a record, or of another class")
        # A TTL with the highest bit set counts as zero (RFC 2181 §8).
        ttl = ttl if ttl < 1 << 31 else 0
        found.append(
            Record(owner, rtype, ttl, data[end - length : end], start, at + 4, _names(data, rtype, end, length))
        )
        at = end
    return found, at


def _names(data: bytes, rtype: int, end: int, length: int) -> tuple[Name, ...]:
    """The names inside RDATA, in full. Raises Malformed where the RDATA of a known type has the wrong shape."""
    start = end - length
    if rtype in (A, AAAA):
        if length != (4 if rtype == A else 16):
            raise Malformed("an address of the wrong length")
        return ()
    if rtype in (SVCB, HTTPS):
        rdata = data[start:end]
        for _ in params(rdata):
            continue
        return (read_name(rdata, 2)[0],)
    if rtype not in NAMES:
        return ()
    before, count, after = NAMES[rtype]
    names, at = [], start + before
    for _ in range(count):
        name, at = read_name(data, at)
        names.append(name)
    if at + after != end:
        raise Malformed("RDATA of the wrong length")
    return tuple(names)


def _chain(found: Sequence[Record], name: Name) -> list[Name]:
    """The question's name and every name its CNAMEs lead to. Raises Malformed where it loops or is too long."""
    aliases = {record.owner: record.names[0] for record in found if record.rtype == CNAME}
    chain = [name]
    if not aliases:
        return chain
    while (following := aliases.get(chain[-1])) is not None:
        if following in chain or len(chain) > LINKS:
            raise Malformed("CNAMEs in a circle, or more than 16")
        chain.append(following)
    return chain


def _may_stay(record: Record, chain: Sequence[Name]) -> bool:
    """A DNAME above a link of the chain, and its signature, belong to the answer though their owner is no link."""
    return record.rtype in (DNAME, RRSIG) and any(record.owner in suffixes(link) for link in chain)


def _is_negative(authority: Sequence[Record], chain: Sequence[Name]) -> bool:
    """Whether the authority section holds the SOA of a zone that some link of the chain lies in."""
    soa = next((record for record in authority if record.rtype == SOA), None)
    return soa is not None and any(soa.owner == b"\0" or soa.owner in suffixes(link) for link in chain)


def _lifetime(used: Sequence[Record], negative: Sequence[Record]) -> int:
    if not used:
        return 0  # Neither records nor an SOA: nothing says how long it holds (RFC 2308 §5).
    least = min([record.ttl for record in used])
    if negative:
        least = min([least, *[int.from_bytes(record.rdata[-4:]) for record in negative if record.rtype == SOA]])
    return min(LONGEST, least)


def _leads_to(record: Record) -> Iterator[Name]:
    if record.rtype in (CNAME, DNAME, SVCB, HTTPS) and record.names[0] != b"\0":
        yield record.names[0]


def _has_ech(record: Record) -> bool:
    return record.rtype in _SERVICES and ECH in dict(params(record.rdata))


def _says_blocked(options: bytes) -> bool:
    at = 0
    while at + 6 <= len(options):
        length = int.from_bytes(options[at + 2 : at + 4])
        if options[at : at + 2] == b"\0\x0f" and int.from_bytes(options[at + 4 : at + 6]) in _UPSTREAM_BLOCKED:
            return True
        at += 4 + length
    return False
