"""32 probes of EDNS and of the header's flags, after the DNS compliance report (ednscomp.isc.org), each with its rule.

Asked of a name that the filter forwards. A reply is compared with what RFC 1035, 6891 and 9619 ask of a resolver.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

NAME = "wikipedia.org"
_COOKIE = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"\x01\x02\x03\x04\x05\x06\x07\x08")
_NSID, _EXPIRE, _UNKNOWN = (dns.edns.GenericOption(dns.edns.OptionType.make(code), b"") for code in (3, 9, 100))
_SUBNET = dns.edns.ECSOption("192.0.2.0", 24, 0)
_EVERY = [_NSID, _SUBNET, _EXPIRE, _COOKIE, _UNKNOWN]
_Z, _EDNS_FLAG = 0x0040, 0x0080
Change = Callable[[dns.message.Message], None]


@dataclass(frozen=True, slots=True)
class Probe:
    what: str
    rcode: int = dns.rcode.NOERROR
    flags: int = dns.flags.RD
    qtype: str = "A"
    qclass: str = "IN"
    edns: int | None = None
    payload: int = 1232
    do: bool = False
    edns_flags: int = 0
    options: tuple[dns.edns.Option, ...] = field(default=())
    tcp: bool = False
    name: str = NAME

    def query(self) -> bytes:
        message = dns.message.make_query(self.name, self.qtype, self.qclass)
        message.flags = self.flags
        if self.edns is not None:
            flags = self.edns_flags | (dns.flags.DO if self.do else 0)
            message.use_edns(self.edns, flags, self.payload, options=list(self.options))
        return message.to_wire()


def _opcode(code: int) -> int:
    return code << 11


def _edns(what: str, **more: object) -> Probe:
    return Probe(what, edns=0, **more)  # type: ignore[arg-type]


def _edns1(what: str, **more: object) -> Probe:
    return Probe(what, dns.rcode.BADVERS, edns=1, **more)  # type: ignore[arg-type]


PROBES = (
    Probe("aa", flags=dns.flags.RD | dns.flags.AA),
    Probe("ad", flags=dns.flags.RD | dns.flags.AD),
    Probe("cd", flags=dns.flags.RD | dns.flags.CD),
    Probe("ra", flags=dns.flags.RD | dns.flags.RA),
    Probe("rd"),
    Probe("tc", flags=dns.flags.RD | dns.flags.TC),
    Probe("zflag", flags=dns.flags.RD | _Z),
    Probe("opcode", dns.rcode.NOTIMP, flags=_opcode(15)),
    Probe("opcodeflg", dns.rcode.NOTIMP, flags=_opcode(15) | 0x07F0),
    Probe("type666", qtype="TYPE666"),
    Probe("tcp", tcp=True),
    Probe("bind11", dns.rcode.REFUSED, qtype="TXT", qclass="CH", name="version.bind"),
    Probe("dig11", edns=0, payload=4096, options=(_COOKIE,), flags=dns.flags.RD | dns.flags.AD),
    _edns("edns"),
    _edns("edns@512", payload=512, qtype="TXT", name="big.wikipedia.org"),
    _edns("ednsopt", options=(_UNKNOWN,)),
    _edns("do", do=True),
    _edns("ednsflags", edns_flags=_EDNS_FLAG),
    _edns("optlist", options=tuple(_EVERY)),
    _edns("ednsnsid", options=(_NSID,)),
    _edns("ednscookie", options=(_COOKIE,)),
    _edns("ednsexpire", options=(_EXPIRE,)),
    _edns("ednssubnet", options=(_SUBNET,)),
    _edns("ednstcp", tcp=True, do=True),
    _edns1("edns1"),
    _edns1("edns1opt", options=(_UNKNOWN,)),
    _edns1("edns1do", do=True),
    _edns1("edns1flags", edns_flags=_EDNS_FLAG),
    _edns1("edns1nsid", options=(_NSID,)),
    _edns1("edns1cookie", options=(_COOKIE,)),
    _edns1("edns1expire", options=(_EXPIRE,)),
    _edns1("edns1subnet", options=(_SUBNET,)),
)


def wrong_with(probe: Probe, reply: bytes | None) -> str:
    """What the report would find fault with; empty where nothing."""
    if reply is None:
        return f"{probe.what}: no reply"
    try:
        said = dns.message.from_wire(reply, question_only=probe.rcode == dns.rcode.NOTIMP)
    except dns.exception.DNSException as error:
        return f"{probe.what}: {error!r}"
    faults = [text for text, bad in _faults(probe, said, reply) if bad]
    return f"{probe.what}: {', '.join(faults)}" if faults else ""


def _faults(probe: Probe, said: dns.message.Message, reply: bytes) -> list[tuple[str, bool]]:
    flags, notimp = said.flags, probe.rcode == dns.rcode.NOTIMP
    found = [
        (f"rcode {dns.rcode.to_text(said.rcode())}", said.rcode() != probe.rcode),
        ("AA", bool(flags & dns.flags.AA)),
        ("AD", bool(flags & dns.flags.AD)),
        ("Z", bool(flags & _Z)),
        ("no QR", not flags & dns.flags.QR),
        ("opcode changed", flags & 0x7800 != probe.flags & 0x7800),
        ("RD not copied", flags & dns.flags.RD != probe.flags & dns.flags.RD),
        ("CD not copied", flags & dns.flags.CD != probe.flags & dns.flags.CD and not notimp),
        ("records with an error", bool(said.answer) and probe.rcode != dns.rcode.NOERROR),
        ("no answer", not said.answer and probe.rcode == dns.rcode.NOERROR and probe.qtype == "A"),
        ("larger than asked for", not probe.tcp and len(reply) > max(512, probe.payload if probe.edns == 0 else 512)),
        ("OPT where none was asked for", probe.edns is None and said.edns >= 0),
    ]
    if probe.edns is None:
        return found
    return [
        *found,
        (f"EDNS version {said.edns}", said.edns != 0),
        ("DO not copied", bool(said.ednsflags & dns.flags.DO) != probe.do),
        ("unknown EDNS flags", bool(said.ednsflags & ~dns.flags.DO & 0xFFFF)),
        ("options echoed", any(int(option.otype) not in (15,) for option in said.options)),
    ]
