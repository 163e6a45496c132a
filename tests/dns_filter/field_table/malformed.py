"""58 malformed or odd queries, each with the replies that `dns.md` §6 allows: an rcode, or silence."""

from __future__ import annotations

from dataclasses import dataclass

NOERROR, FORMERR, NOTIMP, REFUSED, BADVERS, SILENCE = 0, 1, 4, 5, 16, -1
ID = b"\x12\x34"
NAME = b"\x04poki\x03com\x00"
"""Blocked for whoever asks here: no reply depends on an upstream."""
ASKED = NAME + b"\0\x01\0\x01"


@dataclass(frozen=True, slots=True)
class Odd:
    what: str
    packet: bytes
    expected: int


def head(flags: int = 0x0100, qd: int = 1, an: int = 0, ns: int = 0, ar: int = 0) -> bytes:
    return ID + b"".join(number.to_bytes(2) for number in (flags, qd, an, ns, ar))


def opt(owner: bytes = b"\0", version: int = 0, options: bytes = b"", length: int | None = None) -> bytes:
    told = len(options) if length is None else length
    return owner + b"\0\x29\x04\xd0\0" + version.to_bytes() + b"\0\0" + told.to_bytes(2) + options


def _question(name: bytes, qtype: int = 1, qclass: int = 1) -> bytes:
    return head() + name + qtype.to_bytes(2) + qclass.to_bytes(2)


def _names() -> list[Odd]:
    long_name = (b"\x3f" + b"a" * 63) * 4 + b"\0"
    many = b"\x01a" * 140 + b"\0"
    return [
        Odd("cut off before the name", head(), FORMERR),
        Odd("cut off inside a label", head() + b"\x04po", FORMERR),
        Odd("cut off between labels", head() + b"\x04poki", FORMERR),
        Odd("no root label", head() + b"\x04poki\x03com", FORMERR),
        Odd("no type", head() + NAME, FORMERR),
        Odd("half a type", head() + NAME + b"\0", FORMERR),
        Odd("no class", head() + NAME + b"\0\x01", FORMERR),
        Odd("half a class", head() + NAME + b"\0\x01\0", FORMERR),
        Odd("label type 01", _question(b"\x41a\0"), FORMERR),
        Odd("label type 10", _question(b"\x81a\0"), FORMERR),
        Odd("pointer to itself", _question(b"\xc0\x0c"), FORMERR),
        Odd("pointer after a label to that label", _question(b"\x01a\xc0\x0c"), FORMERR),
        Odd("pointer forwards", _question(b"\xc0\x20"), FORMERR),
        Odd("pointer into the header", _question(b"\xc0\x00"), FORMERR),
        Odd("pointer beyond the end", _question(b"\xff\xff"), FORMERR),
        Odd("half a pointer", head() + b"\xc0", FORMERR),
        Odd("two pointers in a circle", head() + b"\xc0\x0e\xc0\x0c\0\x01\0\x01", FORMERR),
        Odd("label of 63 octets cut off", head() + b"\x3faaa", FORMERR),
        Odd("name of 257 octets", _question(long_name), FORMERR),
        Odd("name of 140 labels", _question(many), FORMERR),
    ]


def _counts() -> list[Odd]:
    record = NAME + b"\0\x01\0\x01\0\0\0\x3c\0\x04\x01\x02\x03\x04"
    return [
        Odd("header of a query without a question", head(qd=0), FORMERR),
        Odd("question without its count", head(qd=0) + ASKED, FORMERR),
        Odd("two questions", head(qd=2) + ASKED + ASKED, FORMERR),
        Odd("65,535 questions", head(qd=65_535) + ASKED, FORMERR),
        Odd("an answer that is not there", head(an=1) + ASKED, FORMERR),
        Odd("an authority that is not there", head(ns=1) + ASKED, FORMERR),
        Odd("an additional that is not there", head(ar=1) + ASKED, FORMERR),
        Odd("65,535 additionals", head(ar=65_535) + ASKED + opt(), FORMERR),
        Odd("an octet too many", head() + ASKED + b"\0", FORMERR),
        Odd("500 octets too many", head() + ASKED + b"x" * 500, FORMERR),
        Odd("an OPT that is not counted", head() + ASKED + opt(), FORMERR),
        Odd("a record cut off in its head", head(ar=1) + ASKED + record[:14], FORMERR),
        Odd("a record cut off in its RDATA", head(ar=1) + ASKED + record[:-2], FORMERR),
    ]


def _edns() -> list[Odd]:
    return [
        Odd("OPT among the answers", head(an=1) + ASKED + opt(), FORMERR),
        Odd("OPT among the authorities", head(ns=1) + ASKED + opt(), FORMERR),
        Odd("two OPTs", head(ar=2) + ASKED + opt() + opt(), FORMERR),
        Odd("OPT with an owner", head(ar=1) + ASKED + opt(owner=NAME), FORMERR),
        Odd("OPT with a pointer for an owner", head(ar=1) + ASKED + opt(owner=b"\xc0\x0c"), FORMERR),
        Odd("OPT longer than the message", head(ar=1) + ASKED + opt(length=9), FORMERR),
        Odd("option longer than the OPT", head(ar=1) + ASKED + opt(options=b"\0\x0a\0\x40abcd"), FORMERR),
        Odd("option cut off in its head", head(ar=1) + ASKED + opt(options=b"\0\x0a\0"), FORMERR),
        Odd("EDNS version 1", head(ar=1) + ASKED + opt(version=1), BADVERS),
        Odd("EDNS version 255", head(ar=1) + ASKED + opt(version=255), BADVERS),
    ]


def _kinds() -> list[Odd]:
    opcodes = [Odd(f"opcode {code}", head(code << 11) + ASKED, NOTIMP) for code in (1, 2, 4, 5, 15)]
    return [
        *opcodes,
        Odd("every flag but QR", head(0x7FFF) + ASKED, NOTIMP),
        Odd("a response", head(0x8180) + ASKED, SILENCE),
        Odd("class CH", _question(NAME, qclass=3), REFUSED),
        Odd("class ANY", _question(NAME, qclass=255), REFUSED),
        Odd("class 0", _question(NAME, qclass=0), REFUSED),
        Odd("AXFR", _question(NAME, qtype=252), REFUSED),
        Odd("IXFR", _question(NAME, qtype=251), REFUSED),
        Odd("nothing at all", b"", SILENCE),
        Odd("an id alone", ID, SILENCE),
        Odd("11 octets", head()[:11], SILENCE),
    ]


QUERIES = (*_names(), *_counts(), *_edns(), *_kinds())


def rcode_of(reply: bytes | None) -> int:
    """The rcode with its extension by an OPT, which stands last in what we send here."""
    if reply is None:
        return SILENCE
    extended = reply[-6] if reply[10:12] == b"\0\x01" else 0
    return extended << 4 | reply[3] & 0xF


def wrong_with(odd: Odd, reply: bytes | None) -> str:
    """What is wrong with this reply; empty where nothing is."""
    if reply is not None and (len(reply) < 12 or reply[:2] != ID or not reply[2] & 0x80):
        return f"{odd.what}: {reply.hex()} is no reply to it"
    found = rcode_of(reply)
    return "" if found == odd.expected else f"{odd.what}: rcode {found} instead of {odd.expected}"
