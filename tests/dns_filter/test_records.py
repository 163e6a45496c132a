"""What an upstream says is checked whole, cut to what was asked, and looked through for where it leads."""

from __future__ import annotations

from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_filter import inspect, rewrite
from dns_filter.model import Code, Name
from dns_filter.names import to_wire
from dns_filter.records import Answer, read_answer
from dns_filter.wire import HEADER, Malformed, read_name
from tests.dns_filter.school import ASH_LANE, NINE, TEACHER, YEAR_5, verdict
from tests.shared_data import shared_cases


def response(name: str, qtype: str, *answers: str, authority: tuple[str, ...] = (), rcode: str = "NOERROR") -> bytes:
    """An upstream's datagram; records as `name TTL TYPE RDATA`."""
    said = dns.message.make_response(dns.message.make_query(name, qtype, use_edns=0))
    said.flags |= dns.flags.RA
    said.set_rcode(dns.rcode.from_text(rcode))
    for section, lines in ((said.answer, answers), (said.authority, authority)):
        for line in lines:
            owner, seconds, rtype, rdata = line.split(" ", 3)
            section.append(
                dns.rrset.from_text_list(
                    dns.name.from_text(owner),
                    int(seconds),
                    "IN",
                    rtype,
                    [rdata],
                    origin=dns.name.root,
                    relativize=False,
                )
            )
    return said.to_wire()


def read(name: str, qtype: str, *answers: str, authority: tuple[str, ...] = (), rcode: str = "NOERROR") -> Answer:
    return read_answer(response(name, qtype, *answers, authority=authority, rcode=rcode), to_wire(name))


def shown(answer: Answer, name: str, qtype: str) -> list[str]:
    """The answer as a client would read it behind its own question."""
    question = to_wire(name) + dns.rdatatype.from_text(qtype).to_bytes(2) + b"\0\1"
    head = HEADER.pack(b"id", 0x8180, 1, answer.answers, len(answer.records) - answer.answers, 0)
    said = dns.message.from_wire(head + question + answer.body)
    return [rrset.to_text() for rrset in (*said.answer, *said.authority)]


SOA = "wikipedia.org. 900 SOA ns.wikipedia.org. . 1 3600 600 86400 120"


def test_a_plain_answer_is_kept_as_it_came() -> None:
    said = read("wikipedia.org", "A", "wikipedia.org. 300 A 192.0.2.1")
    assert shown(said, "wikipedia.org", "A") == ["wikipedia.org. 300 IN A 192.0.2.1"]
    assert (said.ttl, said.addresses, said.targets) == (300, (b"\xc0\0\2\1",), ())


def test_the_least_ttl_of_the_chain_holds_for_all_of_it() -> None:
    said = read(
        "www.wikipedia.org",
        "A",
        "www.wikipedia.org. 3600 CNAME dyna.wikimedia.org.",
        "dyna.wikimedia.org. 60 A 192.0.2.1",
    )
    assert (said.ttl, said.targets) == (60, (to_wire("dyna.wikimedia.org"),))


def test_a_negative_answer_lasts_as_long_as_its_soa_says() -> None:
    assert read("wikipedia.org", "AAAA", authority=(SOA,)).ttl == 120
    said = read("no.wikipedia.org", "A", authority=(SOA,), rcode="NXDOMAIN")
    assert (said.rcode, said.ttl, said.answers) == (3, 120, 0)
    assert read("wikipedia.org", "AAAA").ttl == 0


def test_records_about_other_names_are_not_passed_on() -> None:
    said = read(
        "wikipedia.org",
        "A",
        "www.bank.example. 9999 A 192.0.2.66",
        "wikipedia.org. 300 A 192.0.2.1",
        authority=("bank.example. 9999 NS ns.evil.example.",),
    )
    assert shown(said, "wikipedia.org", "A") == ["wikipedia.org. 300 IN A 192.0.2.1"]


def test_an_soa_of_a_zone_elsewhere_is_not_believed() -> None:
    said = read("wikipedia.org", "AAAA", authority=("bank.example. 900 SOA ns.bank.example. . 1 1 1 1 1",))
    assert (said.records, said.ttl) == ((), 0)


def test_cnames_in_a_circle_are_refused() -> None:
    circle = ("a.example.org. 60 CNAME b.example.org.", "b.example.org. 60 CNAME a.example.org.")
    with pytest.raises(Malformed):
        read("a.example.org", "A", *circle)


@pytest.mark.parametrize(("links", "good"), [(16, True), (17, False)])
def test_a_chain_has_at_most_sixteen_links(links: int, good: bool) -> None:
    chain = [f"n{number}.example.org. 60 CNAME n{number + 1}.example.org." for number in range(links)]
    if good:
        assert len(read("n0.example.org", "A", *chain).targets) == links
    else:
        with pytest.raises(Malformed):
            read("n0.example.org", "A", *chain)


_RIGHT = response("wikipedia.org", "A", "wikipedia.org. 1 A 192.0.2.1")
FAULTS = {
    "no question": HEADER.pack(b"id", 0x8180, 0, 0, 0, 0),
    "another question": response("bbc.co.uk", "A", "bbc.co.uk. 1 A 192.0.2.1"),
    "cut off": _RIGHT[:-1],
    "octets left over": _RIGHT + b"!",
    "a record without RDATA": HEADER.pack(b"id", 0x8180, 1, 1, 0, 0)
    + to_wire("wikipedia.org")
    + b"\0\1\0\1\xc0\x0c\0\1\0\1",
}


@pytest.mark.parametrize("octets", FAULTS.values(), ids=FAULTS)
def test_a_response_with_any_fault_is_refused_whole(octets: bytes) -> None:
    with pytest.raises(Malformed):
        read_answer(octets, to_wire("wikipedia.org"))


def test_ech_goes_and_the_rest_of_an_https_record_stays() -> None:
    record = 'shop.example.org. 300 HTTPS 1 . mandatory="alpn,ech" alpn="h2,h3" ipv4hint="192.0.2.1" ech="AAT+DQAA"'
    said = read("shop.example.org", "HTTPS", record)
    assert said.ech
    stripped = rewrite.without_ech(said, to_wire("shop.example.org"))
    assert shown(stripped, "shop.example.org", "HTTPS") == [
        'shop.example.org. 300 IN HTTPS 1 . mandatory="alpn" alpn="h2,h3" ipv4hint="192.0.2.1"'
    ]


def test_an_answer_goes_behind_a_cname_of_ours() -> None:
    said = read("forcesafesearch.google.com", "A", "forcesafesearch.google.com. 300 A 192.0.2.9")
    moved = rewrite.behind(said, to_wire("www.google.co.uk"), to_wire("forcesafesearch.google.com"), 30)
    assert shown(moved, "www.google.co.uk", "A") == [
        "www.google.co.uk. 30 IN CNAME forcesafesearch.google.com.",
        "forcesafesearch.google.com. 300 IN A 192.0.2.9",
    ]


@pytest.mark.parametrize(
    ("name", "answers", "code"),
    [
        ("homework.example.org", ["homework.example.org. 60 CNAME www.roblox.com."], Code.CLOAKED),
        ("homework.example.org", ["homework.example.org. 60 CNAME wicked.example.org."], Code.MANDATORY),
        ("homework.example.org", ["homework.example.org. 60 CNAME relay.example.net."], Code.CLOAKED),
        ("homework.example.org", ["homework.example.org. 60 CNAME www.bbc.co.uk."], Code.ALLOWED),
        ("homework.example.org", ["homework.example.org. 60 HTTPS 1 www.roblox.com. alpn=h2"], Code.CLOAKED),
        ("homework.example.org", ["homework.example.org. 60 HTTPS 0 www.roblox.com."], Code.CLOAKED),
        ("play.ttrockstars.com", ["play.ttrockstars.com. 60 CNAME www.roblox.com."], Code.RULE_ALLOWED),
        ("play.ttrockstars.com", ["play.ttrockstars.com. 60 CNAME relay.example.net."], Code.CLOAKED),
        ("play.ttrockstars.com", ["play.ttrockstars.com. 60 CNAME wicked.example.org."], Code.MANDATORY),
        ("homework.example.org", ["homework.example.org. 60 A 192.168.1.1"], Code.REBINDING),
        ("homework.example.org", ["homework.example.org. 60 A 127.0.0.1"], Code.REBINDING),
        ("homework.example.org", ["homework.example.org. 60 A 0.0.0.0"], Code.REBINDING),
        ("homework.example.org", ["homework.example.org. 60 AAAA ::ffff:10.0.0.1"], Code.REBINDING),
        ("homework.example.org", ["homework.example.org. 60 AAAA fd00::1"], Code.REBINDING),
        ("homework.example.org", ["homework.example.org. 60 AAAA 2001:db8::1"], Code.ALLOWED),
        ("server.ashlane.local", ["server.ashlane.local. 60 A 10.10.0.2"], Code.INTERNAL),
    ],
)
def test_an_answer_is_judged_by_where_it_leads(name: str, answers: list[str], code: Code) -> None:
    said = read(name, answers[0].split()[2], *answers)
    profile = ASH_LANE.seat(YEAR_5, NINE).profile
    assert inspect.check(said, verdict(name), profile, ASH_LANE).code is code


def test_what_leads_to_games_is_open_to_those_who_may_play() -> None:
    said = read("homework.example.org", "A", "homework.example.org. 60 CNAME www.roblox.com.")
    profile = ASH_LANE.seat(TEACHER, NINE).profile
    assert inspect.check(said, verdict("homework.example.org", TEACHER), profile, ASH_LANE).code is Code.ALLOWED


_GOOD = response(
    "www.wikipedia.org", "A", "www.wikipedia.org. 60 CNAME dyna.wikimedia.org.", "dyna.wikimedia.org. 60 A 192.0.2.1"
)


@given(st.lists(st.tuples(st.integers(0, len(_GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_an_altered_answer_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    octets = bytearray(_GOOD)
    for at, value in changes:
        octets[at] = value
    _read_or_refuse(bytes(octets), to_wire("www.wikipedia.org"))


def _read_or_refuse(octets: bytes, name: Name) -> None:
    try:
        said = read_answer(octets, name)
    except Malformed:
        return
    rewrite.behind(rewrite.without_ech(said, name), to_wire("www.google.com"), name, 30)


@pytest.mark.parametrize("packet", shared_cases("dns-wire", "bind9-fuzz/dns_message_parse.in/*"))
def test_every_known_crasher_as_an_upstreams_answer_is_read_or_refused(packet: Path) -> None:
    octets = packet.read_bytes()
    try:
        name, _ = read_name(octets, 12)
    except Malformed:
        name = to_wire("wikipedia.org")
    _read_or_refuse(octets, name)
