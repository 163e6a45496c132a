"""Every type of record, asked of a blocked, an allowed and a searched name and by a quarantined laptop, in every mode.

`CARETAKER_EVERY_TYPE=1` asks for all 65,536 of them; the suite asks for those that IANA has given away, and some more.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Iterator
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from dns_filter.clock import FixedClock
from dns_filter.desk import Desk, DeskSettings
from dns_filter.flights import Tell, Wanted
from dns_filter.hot import make_drain
from dns_filter.model import Name
from dns_filter.names import to_text
from dns_filter.querylog import LogSettings, QueryLog
from dns_filter.records import read_answer
from dns_filter.snapshot import Snapshot
from dns_filter.wire import read_question
from tests.dns_filter import school
from tests.dns_filter.school import LISTS, NINE, SICK_LAPTOP, YEAR_5, wire
from tests.dns_filter.test_memo import Wire
from tests.fakes.domain_table import FakeDomainTable

GIVEN = {*range(70), *range(99, 110), 128, *range(249, 264), 32_768, 32_769, 65_535}
UNKNOWN = {70, 98, 110, 127, 129, 200, 248, 264, 300, 666, 4095, 32_767, 32_770, 65_279, 65_280, 65_534}
WHOLE = os.environ.get("CARETAKER_EVERY_TYPE") == "1"
pytestmark = pytest.mark.timeout(3600 if WHOLE else 120)
TYPES = range(65_536) if WHOLE else sorted(GIVEN | UNKNOWN)
MODES = ("nodata", "nxdomain", "null", "page")
A, CNAME, SOA, TXT, AAAA, ANY, TRANSFERS = 1, 5, 6, 16, 28, 255, (251, 252)
SAFE = "forcesafesearch.google.com."
TRICK = Name(b"\x0awww.google\x03com\0")


class Canned:
    """Upstreams that know an address of every name, a text and every private type, and of other types none."""

    def __init__(self) -> None:
        self.asked: list[Wanted] = []

    def ask(self, wanted: Wanted, tell: Tell, *, patient: bool = True) -> None:
        self.asked.append(wanted)
        rdata = {A: b"\xc0\0\2\1", AAAA: b"\x20\1\x0d\xb8" + bytes(11) + b"\1", TXT: b"\2hi"}.get(wanted.qtype)
        rdata = b"opaque" if wanted.qtype >= 65_280 else rdata
        head = b"\0\0\x81\x80\0\1" + bytes((0, rdata is not None, 0, rdata is None, 0, 0))
        question = wanted.name + wanted.qtype.to_bytes(2) + b"\0\1"
        if rdata is None:
            rdata = bytes(2) + b"".join(number.to_bytes(4) for number in (1, 60, 60, 60, 60))
            record = b"\0" + SOA.to_bytes(2)
        else:
            record = b"\xc0\x0c" + wanted.qtype.to_bytes(2)
        whole = head + question + record + b"\0\1\0\0\0\x64" + len(rdata).to_bytes(2) + rdata
        tell(read_answer(whole, wanted.name))

    def close(self) -> None:
        self.asked.clear()


class School:
    """One worker of the school's filter without sockets; `ask` looks into what is remembered first, as it does."""

    def __init__(self, mode: str = "nodata") -> None:
        profiles = {key: each.model_copy(update={"mode": mode}) for key, each in school.table().profiles.items()}
        table = school.table(profiles=profiles)
        clock = FixedClock(NINE)
        loop = asyncio.new_event_loop()
        loop.close()
        start = Snapshot(table, FakeDomainTable(LISTS), 1)
        self.desk = Desk(DeskSettings(()), start, QueryLog(LogSettings(None, b"key"), clock), loop, clock)
        self.upstreams = Canned()
        self.desk.pipeline.resolver.upstreams = self.upstreams  # type: ignore[assignment]
        self._wire = Wire()
        self._drain = make_drain(self._wire, self.desk)  # type: ignore[arg-type]

    def ask(self, packet: bytes, client: str = YEAR_5, *, udp: bool = True) -> bytes:
        if udp:
            self._wire.waiting.append((packet, (client, 5300)))
            self._drain()
            return self._wire.sent.pop()
        heard: list[bytes] = []
        self.desk.pipeline.take(packet, self.desk.clients.admit(client, NINE), heard.append, NINE, udp=False)
        return heard[0]

    def answers(
        self, name: str, qtype: int, client: str = YEAR_5
    ) -> Iterator[tuple[str, list[tuple[int, str]], list[int]]]:
        """(rcode, answers, types in the authority section), three times: new, kept, remembered."""
        query = dns.message.make_query(name, dns.rdatatype.RdataType.make(qtype), use_edns=0)
        for _ in range(3):
            said = dns.message.from_wire(self.ask(query.to_wire(), client))
            assert query.is_response(said)
            answers = [(int(each.rdtype), str(item)) for each in said.answer for item in each]
            yield dns.rcode.to_text(said.rcode()), answers, [int(each.rdtype) for each in said.authority]


def instead(mode: str, qtype: int) -> tuple[str, list[tuple[int, str]], list[int]]:
    """The table of `dns.md` §2."""
    if qtype in TRANSFERS:
        return "REFUSED", [], []
    addresses = {
        ("null", A): "0.0.0.0", ("null", AAAA): "::", ("page", A): "10.10.0.80", ("page", AAAA): "fd00:10::80",
    }  # fmt: skip
    if (mode, qtype) in addresses:
        return "NOERROR", [(qtype, addresses[mode, qtype])], []
    return "NXDOMAIN" if mode == "nxdomain" and qtype != ANY else "NOERROR", [], [SOA]


@pytest.mark.parametrize(("name", "client"), [("www.roblox.com", YEAR_5), ("wikipedia.org", SICK_LAPTOP)])
@pytest.mark.parametrize("mode", MODES)
def test_what_is_blocked_and_who_is_quarantined_are_told_the_same_for_every_type(
    mode: str, name: str, client: str
) -> None:
    ashlane = School(mode)
    for qtype in TYPES:
        for told in ashlane.answers(name, qtype, client):
            assert told == instead(mode, qtype), f"type {qtype}"
    assert ashlane.upstreams.asked == []


@pytest.mark.parametrize("mode", MODES)
def test_what_is_allowed_is_what_the_upstream_says_for_every_type(mode: str) -> None:
    ashlane = School(mode)
    known = {A: "192.0.2.1", AAAA: "2001:db8::1", TXT: '"hi"'}
    for qtype in TYPES:
        for code, answers, authority in ashlane.answers("wikipedia.org", qtype):
            if qtype in TRANSFERS:
                assert code == "REFUSED"
            elif qtype == ANY:
                assert (code, [each for each, _ in answers]) == ("NOERROR", [dns.rdatatype.HINFO])
            elif qtype in known or qtype >= 65_280:
                assert answers == [(qtype, known.get(qtype, "\\# 6 6f7061717565"))]
            else:
                assert (code, answers, authority) == ("NOERROR", [], [SOA])


@pytest.mark.parametrize("mode", MODES)
def test_a_search_engine_leads_to_its_safe_address_for_every_type(mode: str) -> None:
    ashlane = School(mode)
    for qtype in TYPES:
        for code, answers, authority in ashlane.answers("www.google.co.uk", qtype):
            if qtype in TRANSFERS:
                assert code == "REFUSED"
            elif qtype == ANY:
                assert [each for each, _ in answers] == [dns.rdatatype.HINFO]
            else:
                assert (code, answers[0]) == ("NOERROR", (CNAME, SAFE))
                assert len(answers) + len(authority) == 2, "the target's own records, or that it has none"
    assert wire("www.google.co.uk") not in {wanted.name for wanted in ashlane.upstreams.asked}


def forms(name: bytes, qtype: int) -> Iterator[bytes]:
    """One question with every flag, with and without EDNS, DO and unknown options, in three spellings."""
    for flags in itertools.product((0, dns.flags.RD), (0, dns.flags.CD), (0, dns.flags.AD), (0, 0x40), (0, 0x400)):
        for opt in (
            b"",
            b"\0\0\x29\4\xd0\0\0\0\0\0\0",
            b"\0\0\x29\4\xd0\0\0\x80\0\0\0",
            b"\0\0\x29\xff\xff\0\0\xff\xff\0\4\xfd\xe9\0\0",
        ):
            for spelled in (name, name.upper(), name.title()):
                counts = b"\0\1\0\0\0\0" + bool(opt).to_bytes(2)
                asked = _lengths_kept(name, spelled) + qtype.to_bytes(2) + b"\0\1"
                yield b"id" + sum(flags).to_bytes(2) + counts + asked + opt


def _lengths_kept(name: bytes, spelled: bytes) -> bytes:
    """Only letters change their case: a length of 65 to 90 cannot occur."""
    return bytes(new if chr(old).isalpha() else old for old, new in zip(name, spelled, strict=True))


@pytest.mark.parametrize("qtype", [A, AAAA, 2, TXT, 64, 65, 255, 0, 97, 65_535])
@pytest.mark.parametrize("name", ["www.roblox.com", "wikipedia.org", "www.google.co.uk", "childline.org.uk"])
def test_flags_case_edns_and_transport_never_change_what_is_told(name: str, qtype: int) -> None:
    ashlane, told, seen = School("null"), set(), set[bytes]()
    for packet in forms(wire(name), qtype):
        for udp in (True, True, False):
            said = ashlane.ask(packet, udp=udp)
            end = 12 + len(wire(name)) + 4
            assert said[12:end] == packet[12:end], "the client's own spelling"
            flags = int.from_bytes(said[2:4])
            assert flags & 0x0460 == 0, "AA, AD and Z are never set"
            assert flags & 0x0110 == int.from_bytes(packet[2:4]) & 0x0110, "RD and CD are copied"
            if said[2:12] + said[end:] in seen:
                continue
            seen.add(said[2:12] + said[end:])
            message = dns.message.from_wire(said)
            records = [(each.rdtype, item.to_text()) for each in message.answer for item in each]
            told.add((message.rcode(), tuple(records), tuple(each.rdtype for each in message.authority)))
    assert len(told) == 1


@pytest.mark.parametrize("trick_first", [True, False])
def test_labels_that_only_print_like_a_search_engine_never_touch_it(trick_first: bool) -> None:
    google = wire("www.google.com")
    ashlane = School()
    order = (TRICK, google, TRICK, google) if trick_first else (google, TRICK, google, TRICK)
    heard: dict[bytes, set[Any]] = {TRICK: set(), google: set()}
    for name in order * 3:
        packet = b"id\1\0\0\1\0\0\0\0\0\0" + name + b"\0\1\0\1"
        question = read_question(packet)
        assert not isinstance(question, bytes)
        message = dns.message.from_wire(ashlane.ask(packet))
        heard[name].add(tuple(each.rdtype for each in message.answer))
        assert message.question[0].name.to_wire() == name
    assert heard == {TRICK: {(A,)}, google: {(CNAME, A)}}, "no safe search for the trick, and always for the engine"
    assert {wanted.name for wanted in ashlane.upstreams.asked} == {TRICK, wire("forcesafesearch.google.com")}
    assert len(ashlane.upstreams.asked) == 2, "each is kept under its own name"
    assert to_text(TRICK) == "www\\.google.com", "and written down so that nobody takes it for the engine"
