"""Reading a question from bytes and building the plain parts of an answer (RFC 1035 §4, RFC 6891).

Every octet comes from a stranger. What is wrong is answered as `dns.md` §6 says, never guessed at; a name is only
ever compared as wire labels in lower case.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from dns_filter.model import Name

HEADER = Struct(">2sHHHHH")
RECORD = Struct(">HHIH")
"""Type, class, TTL and length of the RDATA: what follows a record's owner."""

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
QR, TC, RD, RA, CD = 0x8000, 0x0200, 0x0100, 0x0080, 0x0010
OPCODE = 0x7800
IN = 1
A, CNAME, SOA, PTR, HINFO, TXT, AAAA, OPT, DNAME, RRSIG, SVCB, HTTPS = 1, 5, 6, 12, 13, 16, 28, 41, 39, 46, 64, 65
IXFR, AXFR, ANY = 251, 252, 255
DO = 0x8000
SIZE = 1232
"""The largest answer given over UDP: it crosses every path without fragments (DNS flag day 2020)."""
PLAIN_SIZE = 512
FACTOR = 15
"""An answer over UDP is at most so many times as long as its query: whoever forges a sender gains no more by us."""
OWNER = b"\xc0\x0c"
"""A pointer to the name of the question."""


class Malformed(ValueError):
    """The message breaks the format; where does not matter, nothing of it is used."""


class Question(NamedTuple):
    """One well-formed question. `raw` is the question section as the client wrote it, its upper case included."""

    id: bytes
    flags: int
    raw: bytes
    name: Name
    qtype: int
    edns: bool = False
    do: bool = False
    limit: int = PLAIN_SIZE
    """The largest answer this client takes over UDP."""

    @property
    def cd(self) -> bool:
        return bool(self.flags & CD)


class Edns(NamedTuple):
    """What the OPT of a query says."""

    version: int
    do: bool
    limit: int


NO_EDNS = Edns(0, do=False, limit=PLAIN_SIZE)


def read_question(data: bytes) -> Question | bytes:
    """The question, or the bytes to send instead: empty for silence."""
    if len(data) < 12 or data[2] & 0x80:
        return b""
    identity, flags, questions, answers, authorities, additionals = HEADER.unpack_from(data)
    if flags & OPCODE:
        return header_only(data, NOTIMP)
    try:
        if questions != 1:
            return header_only(data, FORMERR)
        end = end_of_plain_name(data, 12)
        qtype, qclass = int.from_bytes(data[end : end + 2]), int.from_bytes(data[end + 2 : end + 4])
        raw, name = data[12 : end + 4], Name(data[12:end].lower())
        at, opt = end + 4, None
        if answers or authorities or additionals:
            at, opt = _find_opt(data, at, answers + authorities, additionals)
        if at != len(data):
            return header_only(data, FORMERR)
    except Malformed:
        return header_only(data, FORMERR)
    said = opt or NO_EDNS
    limit = min(said.limit, FACTOR * len(data))
    question = Question(identity, flags, raw, name, qtype, opt is not None, said.do, limit)
    if said.version:
        return empty_reply(question, BADVERS)
    if qclass != IN or qtype in (AXFR, IXFR):
        return empty_reply(question, REFUSED)
    return question


def end_of_plain_name(data: bytes, at: int) -> int:
    """Where the uncompressed name at `at` ends, its zero included. Raises Malformed."""
    start = at
    try:
        while length := data[at]:
            if length > 63:
                raise Malformed("a pointer or a reserved kind of label")
            at += length + 1
    except IndexError:
        raise Malformed("cut off inside a name") from None
    if at - start > 254:
        raise Malformed("a name of more than 255 octets")
    return at + 1


def read_name(data: bytes, at: int) -> tuple[Name, int]:
    """The lower-case name at `at`, pointers followed, and where it ends. Raises Malformed."""
    parts: list[bytes] = []
    start, end, total = at, 0, 1
    try:
        while length := data[at]:
            if length > 63:
                target = int.from_bytes(data[at : at + 2]) & 0x3FFF
                # Only ever backwards, before the part being read: no loop can be written down.
                if length < 0xC0 or not 12 <= target < start or at + 2 > len(data):
                    raise Malformed("a pointer that does not lead back, or a reserved kind of label")
                end, start, at = end or at + 2, target, target
                continue
            total += length + 1
            parts.append(data[at : at + length + 1])
            at += length + 1
            if total > 255:
                raise Malformed("a name of more than 255 octets")
    except IndexError:
        raise Malformed("cut off inside a name") from None
    return Name(b"".join(parts).lower() + b"\0"), end or at + 1


def suffixes(name: Name) -> list[Name]:
    """The name itself, then each name above it; the root is left out."""
    found, at = [], 0
    while length := name[at]:
        found.append(Name(name[at:]))
        at += length + 1
    return found


def _find_opt(data: bytes, at: int, before: int, additionals: int) -> tuple[int, Edns | None]:
    """Walk the records after the question: where they end, and what the OPT says if there is one."""
    opt = None
    for number in range(before + additionals):
        plain_root = data[at : at + 1] == b"\0"
        _, at = read_name(data, at)
        if at + RECORD.size > len(data):
            raise Malformed("cut off inside a record")
        rtype, size, extended, length = RECORD.unpack_from(data, at)
        at += RECORD.size + length
        if at > len(data):
            raise Malformed("cut off inside a record")
        if rtype == OPT:
            if opt is not None or number < before or not plain_root:
                raise Malformed("OPT twice, out of place or with an owner")
            check_options(data[at - length : at])
            opt = Edns(extended >> 16 & 0xFF, bool(extended & DO), min(max(size, PLAIN_SIZE), SIZE))
    return at, opt


def check_options(options: bytes) -> None:
    """Unknown options are ignored, but they must fill the OPT exactly. Raises Malformed."""
    at = 0
    while at < len(options):
        if at + 4 > len(options):
            raise Malformed("cut off inside an EDNS option")
        at += 4 + int.from_bytes(options[at + 2 : at + 4])
    if at != len(options):
        raise Malformed("an EDNS option longer than the OPT")


def reply_flags(flags: int, rcode: int) -> int:
    """QR and RA set, opcode, RD and CD copied, all else zero: AA, TC, AD and Z are never copied."""
    return QR | RA | flags & (OPCODE | RD | CD) | rcode & 0xF


def header_only(data: bytes, rcode: int) -> bytes:
    flags = reply_flags(int.from_bytes(data[2:4]), rcode)
    return HEADER.pack(data[:2], flags, 0, 0, 0, 0)


def opt_record(*, do: bool, extended_rcode: int = 0, options: bytes = b"") -> bytes:
    return b"\0" + RECORD.pack(OPT, SIZE, extended_rcode << 24 | (DO if do else 0), len(options)) + options


def empty_reply(question: Question, rcode: int, *, options: bytes = b"", truncated: bool = False) -> bytes:
    """The question, no records, and an OPT where the query had one."""
    flags = reply_flags(question.flags, rcode) | (TC if truncated else 0)
    head = HEADER.pack(question.id, flags, 1, 0, 0, int(question.edns)) + question.raw
    if not question.edns:
        return head
    return head + opt_record(do=question.do, extended_rcode=rcode >> 4, options=options)


def ede(code: int, text: str = "") -> bytes:
    """An Extended DNS Error as an EDNS option (RFC 8914)."""
    extra = text.encode()
    return b"\0\x0f" + (2 + len(extra)).to_bytes(2) + code.to_bytes(2) + extra
