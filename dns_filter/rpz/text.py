"""A response policy zone as a master file (RFC 1035 §5.1): for people, and for resolvers that read files."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from dns_filter.model import Name
from dns_filter.names import to_text
from dns_filter.rpz.edition import Edition
from dns_filter.rpz.records import NO_NAME, NO_RECORD, PASS
from dns_filter.wire import CNAME, OWNER, RECORD, A

_KNOWN = frozenset(told[0].rdata for told in (PASS, NO_NAME, NO_RECORD))


def master_file(zone: Name, edition: Edition, *, rewrites: bool = True) -> Iterator[str]:
    """Lines with their ends. The SOA comes first: Knot Resolver takes the zone's name from it.

    Without `rewrites` a name that leads elsewhere (safe search) has no record instead: Knot Resolver passes over what
    it cannot rewrite, and a search that was to be safe would not be.
    """
    soa = edition.soa
    numbers = f"{edition.serial} {soa.refresh} {soa.retry} {soa.expire} {soa.minimum}"
    yield f"$ORIGIN {to_text(zone)}.\n$TTL {soa.minimum}\n"
    yield f"@ IN SOA localhost. hostmaster.invalid. {numbers}\n@ IN NS localhost.\n"
    if edition.body.left_out:
        yield f"; {edition.body.left_out} names are too long for a zone\n"
    for record in edition.body.records():
        yield _line(record, rewrites)


def _line(record: bytes, rewrites: bool) -> str:
    end = _end_of_owner(record)
    rtype, _, ttl, _ = RECORD.unpack_from(record, end)
    owner = _escaped_at(to_text(Name(record[: end - len(OWNER)] + b"\0")))
    rdata = record[end + RECORD.size :]
    if rtype == CNAME and not rewrites and rdata not in _KNOWN:
        rdata = NO_RECORD[0].rdata
    shown = _target(rdata) if rtype == CNAME else str(ip_address(rdata))
    return f"{owner} {ttl} {'CNAME' if rtype == CNAME else 'A' if rtype == A else 'AAAA'} {shown}\n"


def _end_of_owner(record: bytes) -> int:
    at = 0
    while record[at] < 0xC0:
        at += record[at] + 1
    return at + len(OWNER)


def _target(rdata: bytes) -> str:
    return "." if rdata == b"\0" else f"{to_text(Name(rdata))}."


def _escaped_at(owner: str) -> str:
    return "\\@" if owner == "@" else owner
