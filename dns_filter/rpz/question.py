"""What a subscriber asks: the SOA of a zone, all of it (AXFR, RFC 5936) or what changed (IXFR, RFC 1995)."""

from __future__ import annotations

from dataclasses import dataclass

from dns_filter.model import Name
from dns_filter.rpz.tsig import TSIG, Signature, read_signature
from dns_filter.wire import HEADER, IN, OPT, RECORD, SOA, Malformed, end_of_plain_name, read_name

_EXPIRE = 9
_MOST_RECORDS = 8
"""A request holds the SOA that the subscriber has, an OPT and a TSIG."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `signature` is not checked yet; `unsigned` is the message in front of it."""

    id: bytes
    flags: int
    raw: bytes
    """The question section as it came."""
    zone: Name
    qtype: int
    qclass: int
    serial: int | None
    """The serial that the subscriber has, of an IXFR."""
    edns: bool
    wants_expire: bool
    """It asks how long it may keep the zone without another answer (RFC 7314)."""
    signature: Signature | None
    unsigned: bytes

    @property
    def opcode(self) -> int:
        return self.flags >> 11 & 15


@dataclass(frozen=True, slots=True)
class _Section:
    serial: int | None = None
    edns: bool = False
    expire: bool = False
    signature: Signature | None = None
    signed_at: int = 0


def read_asked(data: bytes) -> Asked:
    """Raises Malformed; what is no request at all has no answer but silence."""
    if len(data) < 12 or data[2] & 0x80:
        raise Malformed("no request")
    identity, flags, questions, answers, authorities, additionals = HEADER.unpack_from(data)
    if questions != 1 or answers + authorities + additionals > _MOST_RECORDS:
        raise Malformed("one question was expected, and few records")
    end = end_of_plain_name(data, 12)
    if end + 4 > len(data):
        raise Malformed("cut off inside the question")
    rest = _records(data, end + 4, answers + authorities + additionals)
    return Asked(
        identity, flags, data[12 : end + 4], Name(data[12:end].lower()), int.from_bytes(data[end : end + 2]),
        int.from_bytes(data[end + 2 : end + 4]), rest.serial, rest.edns, rest.expire, rest.signature,
        data[: rest.signed_at] if rest.signature else data,
    )  # fmt: skip


def _records(data: bytes, at: int, count: int) -> _Section:
    serial, edns, expire = None, False, False
    for number in range(count):
        start = at
        _, at = read_name(data, at)
        if at + RECORD.size > len(data):
            raise Malformed("cut off inside a record")
        rtype, rclass, _, length = RECORD.unpack_from(data, at)
        at += RECORD.size + length
        if at > len(data):
            raise Malformed("cut off inside a record")
        if rtype == TSIG:
            if number + 1 < count or at != len(data):
                raise Malformed("a TSIG that is not the last record")
            return _Section(serial, edns, expire, read_signature(data, start), start)
        if rtype == SOA and rclass == IN and length >= 22:
            serial = int.from_bytes(data[at - 20 : at - 16])
        elif rtype == OPT:
            edns, expire = True, _asks_expire(data[at - length : at])
    if at != len(data):
        raise Malformed("octets after the last record")
    return _Section(serial, edns, expire)


def _asks_expire(options: bytes) -> bool:
    at = 0
    while at + 4 <= len(options):
        if int.from_bytes(options[at : at + 2]) == _EXPIRE:
            return True
        at += 4 + int.from_bytes(options[at + 2 : at + 4])
    return False


def expire_option(seconds: int) -> bytes:
    return _EXPIRE.to_bytes(2) + b"\0\x04" + seconds.to_bytes(4)
