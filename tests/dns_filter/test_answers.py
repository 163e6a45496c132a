"""The answer that each outcome becomes: for every type, in every mode, with and without EDNS."""

from __future__ import annotations

import asyncio
from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from dns_filter import render, told, ttl
from dns_filter.model import Action, Verdict
from dns_filter.names import to_wire
from dns_filter.steps import ask as steps_ask
from dns_filter.steps import first_verdict
from dns_filter.wire import Question, read_question
from tests.dns_filter import school
from tests.dns_filter.ask import running
from tests.dns_filter.engines import both_engines
from tests.dns_filter.school import ASH_LANE, KEY_STAGE_2, NINE, YEAR_5

TYPES = [each for each in range(1, 300) if each not in (41, 251, 252)] + [32_768, 32_769, 65_280, 65_535]
A, AAAA, ANY = 1, 28, 255


def answer(name: str, qtype: int, client: str = YEAR_5, mode: str = "nodata", **options: object) -> dns.message.Message:
    """What a client whose profile has this mode is told about a name that the filter decides alone."""
    profiles = {key: each.model_copy(update={"mode": mode}) for key, each in school.table().profiles.items()}
    where = school.snapshot(profiles=profiles) if mode != "nodata" else ASH_LANE
    query = dns.message.make_query(name, qtype, **{"use_edns": 0, **options})  # type: ignore[arg-type]
    question = read_question(query.to_wire())
    assert isinstance(question, Question)
    seat = where.seat(client, NINE)
    verdict = first_verdict(steps_ask(question.name, seat.profile, where))
    if verdict.action is Action.BLOCK:
        rendered = render.blocked(verdict, qtype, seat, where, "whytoken")
    else:
        assert verdict.action is Action.LOCAL
        rendered = render.local(verdict, qtype, seat, where)
    seconds = ttl.left(rendered.cap, rendered.ends, NINE, 0.0)
    octets = render.message(rendered, question, seconds, 1232)
    said = dns.message.from_wire(octets)
    assert query.is_response(said)
    return said


def sections(said: dns.message.Message) -> tuple[str, list[str], list[int]]:
    """(rcode, addresses, types in the authority section)."""
    addresses = [item.to_text() for rrset in said.answer for item in rrset]
    return dns.rcode.to_text(said.rcode()), addresses, [rrset.rdtype for rrset in said.authority]


NODATA, NXDOMAIN = ("NOERROR", [], [6]), ("NXDOMAIN", [], [6])


@pytest.mark.parametrize(
    ("mode", "a", "aaaa", "other"),
    [
        ("nodata", NODATA, NODATA, NODATA),
        ("nxdomain", NXDOMAIN, NXDOMAIN, NXDOMAIN),
        ("null", ("NOERROR", ["0.0.0.0"], []), ("NOERROR", ["::"], []), NODATA),
        ("page", ("NOERROR", ["10.10.0.80"], []), ("NOERROR", ["fd00:10::80"], []), NODATA),
    ],
)
def test_a_blocked_name_in_every_type(mode: str, a: object, aaaa: object, other: object) -> None:
    for qtype in TYPES:
        expected = {A: a, AAAA: aaaa, ANY: NODATA}.get(qtype, other)
        for name, client in (("www.roblox.com", YEAR_5), ("www.bbc.co.uk", school.SICK_LAPTOP)):
            assert sections(answer(name, qtype, client, mode)) == expected, qtype


@pytest.mark.parametrize("mode", ["nodata", "null", "page"])
@pytest.mark.parametrize("qtype", [A, AAAA, 65])
def test_a_canary_is_answered_negatively_in_every_mode(mode: str, qtype: int) -> None:
    assert sections(answer("mask.icloud.com", qtype, mode=mode)) == NODATA


def test_the_block_page_without_a_sinkhole_of_its_family_is_no_address() -> None:
    where = school.snapshot(sinkhole=())
    seat = where.seat(YEAR_5, NINE)
    page = KEY_STAGE_2.model_copy(update={"mode": "page"})
    where = school.snapshot(sinkhole=(), profiles={**school.table().profiles, "key-stage-2": page})
    seat = where.seat(YEAR_5, NINE)
    verdict = first_verdict(steps_ask(to_wire("roblox.com"), seat.profile, where))
    assert render.blocked(verdict, A, seat, where, "why").answers == 0


@pytest.mark.parametrize(
    ("name", "client", "code", "text"),
    [
        ("www.roblox.com", YEAR_5, 15, "category why=whytoken"),
        ("www.tiktok.com", YEAR_5, 15, "service why=whytoken"),
        ("www.bbc.co.uk", school.YEAR_5_CLOSED, 15, "closed why=whytoken"),
        ("wicked.example.org", YEAR_5, 16, ""),
        ("www.bbc.co.uk", school.SICK_LAPTOP, 18, "quarantined why=whytoken"),
        ("www.bbc.co.uk", school.STRANGER, 18, "unknown-device why=whytoken"),
    ],
)
def test_the_extended_error_says_what_kind_and_tells_a_pupil_no_more(
    name: str, client: str, code: int, text: str
) -> None:
    (option,) = answer(name, A, client).options
    assert isinstance(option, dns.edns.EDEOption)
    assert (int(option.code), option.text or "") == (code, text)


def test_the_soa_is_the_names_own_and_lets_nobody_keep_the_block() -> None:
    (soa,) = answer("www.roblox.com", A).authority
    assert soa.to_text() == "www.roblox.com. 10 IN SOA filter.invalid. . 1 3600 600 86400 10"


def test_a_client_without_edns_gets_none() -> None:
    said = answer("www.roblox.com", A, use_edns=False)
    assert (said.edns, said.options) == (-1, ())


@pytest.mark.parametrize("flags", ["RD", "RD AD", "RD CD", "", "RD AA TC"])
@pytest.mark.parametrize("do", [False, True])
def test_flags_are_never_believed_nor_change_a_verdict(flags: str, do: bool) -> None:
    said = answer("www.roblox.com", A, flags=dns.flags.from_text(flags), want_dnssec=do)
    assert sections(said) == NODATA
    kept = dns.flags.from_text(flags) & (dns.flags.RD | dns.flags.CD)
    assert said.flags == dns.flags.QR | dns.flags.RA | kept
    assert bool(said.ednsflags & dns.flags.DO) is do
    assert said.payload == 1232


@pytest.mark.parametrize(
    ("name", "qtype", "expected"),
    [
        ("printer.ashlane.example", A, ("NOERROR", ["10.40.0.9"], [])),
        ("printer.ashlane.example", AAAA, ("NOERROR", ["fd00:40::9"], [])),
        ("printer.ashlane.example", 65, NODATA),
        ("localhost", A, ("NOERROR", ["127.0.0.1"], [])),
        ("localhost", AAAA, ("NOERROR", ["::1"], [])),
        ("localhost", 16, NODATA),
        ("nas.local", A, NXDOMAIN),
        ("_dns.resolver.arpa", 64, NODATA),
        ("5.0.20.10.in-addr.arpa", 12, NXDOMAIN),
        ("health.filter.invalid", 16, ("NOERROR", ['"epoch=1"'], [])),
        ("health.filter.invalid", A, NODATA),
    ],
)
def test_what_the_filter_answers_by_itself(name: str, qtype: int, expected: object) -> None:
    assert sections(answer(name, qtype)) == expected


def test_the_why_token_is_the_same_for_all_workers_and_says_nothing_by_itself() -> None:
    verdict = Verdict(Action.BLOCK, school.verdict("www.roblox.com").code, "categories", "r")
    first = told.why_token(b"term", "key-stage-2", verdict, to_wire("www.roblox.com"))
    assert first == told.why_token(b"term", "key-stage-2", verdict, to_wire("www.roblox.com"))
    assert first != told.why_token(b"next term", "key-stage-2", verdict, to_wire("www.roblox.com"))
    assert first != told.why_token(b"term", "staff", verdict, to_wire("www.roblox.com"))
    assert len(first) == 8


async def _one_verdict_in_all_forms(home: Path) -> None:
    forms = [
        dns.message.make_query(name, "A", use_edns=edns, want_dnssec=do, flags=dns.flags.from_text(flags))
        for name in ("www.roblox.com", "WWW.rObLoX.cOm")
        for edns, do in ((-1, False), (0, False), (0, True))
        for flags in ("RD", "RD CD", "RD AD CD", "")
    ]
    async with running(home) as here:
        for form in forms:
            for said in [await here.udp(form.to_wire()), await here.udp(form.to_wire())]:  # pipeline, then memo
                assert said is not None
                heard = dns.message.from_wire(said)
                assert sections(heard) == NODATA
                assert heard.question[0].name.to_text() == form.question[0].name.to_text(), "the client's own spelling"
        for said in await here.tcp([form.to_wire() for form in forms]):
            assert sections(dns.message.from_wire(said)) == NODATA


@both_engines
def test_case_flags_edns_and_transport_give_one_verdict(tmp_path: Path) -> None:
    asyncio.run(_one_verdict_in_all_forms(tmp_path))
