"""The bench's own client, upstream and names: what measures must itself be right."""

from __future__ import annotations

import socket

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from bench import ask, upstream
from bench.big_school import DEVICES, SLOTS, WINDOWS, big_school
from bench.load import Stream
from bench.names import made_up
from bench.school_table import CLIENTS, PROFILES, table
from dns_filter.model import standing


def test_the_query_is_one_that_others_understand() -> None:
    asked = dns.message.from_wire(b"\0\7" + ask.query("www.bbc.co.uk", 28))
    assert asked.id == 7
    assert asked.flags == dns.flags.RD
    assert str(asked.question[0]) == "www.bbc.co.uk. IN AAAA"
    assert asked.edns == 0


def test_the_upstream_gives_an_address_for_a_and_for_nothing_else() -> None:
    found = [dns.message.from_wire(upstream.answer(b"\0\7" + ask.query("bbc.co.uk", kind))) for kind in (1, 28)]
    assert [str(rrset) for rrset in found[0].answer] == [f"bbc.co.uk. {upstream.TTL} IN A {upstream.ADDRESS}"]
    assert (found[1].answer, len(found[1].authority), found[1].rcode()) == ([], 1, dns.rcode.NOERROR)


def test_an_answer_is_read_down_to_its_extended_error() -> None:
    reply = dns.message.make_response(dns.message.from_wire(b"\0\7" + ask.query("poki.com")))
    reply.authority.append(dns.rrset.from_text("poki.com.", 10, "IN", "SOA", "a. b. 1 2 3 4 5"))
    reply.use_edns(options=[dns.edns.GenericOption(10, b"cookie.."), dns.edns.EDEOption(15, "games")])
    assert ask.heard(reply.to_wire()) == ask.Heard(rcode=0, answers=0, address=None, ede=15)
    assert ask.heard(upstream.answer(b"\0\7" + ask.query("bbc.co.uk"))).address == upstream.ADDRESS


def test_made_up_names_are_the_same_each_time_and_never_twice() -> None:
    names = made_up(2_000, seed=1)
    assert names == made_up(2_000, seed=1)
    assert len(set(names)) == 2_000
    assert not set(made_up(500, seed=1, besides=names[:100])) & set(names[:100])


def test_every_client_of_the_bench_has_a_profile_of_its_own() -> None:
    made = table(1_795_597_200.0)
    assert len({standing(made, client, made.made_at).profile.name for client in CLIENTS}) == PROFILES


def test_the_big_school_is_as_big_as_it_says() -> None:
    school = big_school()
    assert len(school.inventory.devices) == len(school.inventory.whereabouts) == DEVICES
    assert len(school.policy.timetable) == SLOTS
    assert len({window.id for window in school.windows}) == WINDOWS
    assert len({where.address for where in school.inventory.whereabouts.values()}) == DEVICES


def test_the_load_sees_what_is_lost_failed_or_answered_twice() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        with ask.connected("127.0.0.1", server.getsockname()) as client:
            stream = Stream([client])
            for replies in ((0,), (), (2,), (0, 2)):
                stream.send()
                query, sender = server.recvfrom(512)
                for rcode in replies:
                    server.sendto(query[:3] + bytes((rcode,)) + query[4:], sender)
            client.setblocking(False)
            stream.take(client)
    assert (stream.sent, stream.waiting, stream.failed, stream.twice) == (4, 1, 1, 1)
