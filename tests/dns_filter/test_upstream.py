"""What happens between the filter and its upstreams: forgeries, silence, truncation, old answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest

from dns_filter import flights
from dns_filter import upstream as upstream_module
from dns_filter.flights import DEADLINE, Timeline
from dns_filter.ports import PORTS
from tests.dns_filter import school
from tests.dns_filter.ask import running
from tests.dns_filter.test_answers import sections
from tests.fakes.upstream import FakeUpstream

LINE = "x" * 200
WEB = {
    "wikipedia.org": ["300 A 192.0.2.1", "300 AAAA 2001:db8::1"],
    "www.bbc.co.uk": ["3600 CNAME www.bbc.co.uk.pri.bbc.co.uk"],
    "www.bbc.co.uk.pri.bbc.co.uk": ["30 A 192.0.2.2"],
    "forcesafesearch.google.com": ["300 A 192.0.2.9"],
    "www.google.co.uk": ["300 A 192.0.2.8"],
    "homework.example.org": ["60 CNAME www.roblox.com"],
    "www.roblox.com": ["60 A 192.0.2.66"],
    "router.example.org": ["60 A 192.168.1.1"],
    "shop.example.org": ['60 HTTPS 1 . alpn="h2" ech="AAT+DQAA"'],
    "long.example.org": [f'60 TXT "{number} {LINE}"' for number in range(10)],
}
Message = dns.message.Message


def edes(said: Message) -> list[int]:
    return [int(each.code) for each in said.options if isinstance(each, dns.edns.EDEOption)]


@pytest.mark.usefixtures("unhurried")
def test_an_allowed_name_comes_from_upstream_once_and_then_from_here(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with running(tmp_path, upstream.address) as here:
                for qname in ("wikipedia.org", "WIKIpedia.org"):
                    assert sections(await here.ask(qname)) == ("NOERROR", ["192.0.2.1"], [])
                assert sections(await here.ask("wikipedia.org", client=school.TEACHER))[1] == ["192.0.2.1"]
                assert sections(await here.ask("nothing.example.org")) == ("NXDOMAIN", [], [6])
                await here.ask("nothing.example.org")
            assert upstream.asked == [("wikipedia.org", "A"), ("nothing.example.org", "A")]

    asyncio.run(walk())


def test_a_blocked_name_is_never_asked_for(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with running(tmp_path, upstream.address) as here:
                for qtype in ("A", "AAAA", "HTTPS", "TXT", "ANY"):
                    assert sections(await here.ask("www.roblox.com", qtype)) == ("NOERROR", [], [6])
                assert sections(await here.ask("homework.example.org")) == ("NOERROR", [], [6]), "cloaked"
                assert edes(await here.ask("router.example.org")) == [15], "rebinding"
            assert {name for name, _ in upstream.asked} == {"homework.example.org", "router.example.org"}

    asyncio.run(walk())


def test_safe_search_leads_to_the_safe_address_for_every_type(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with running(tmp_path, upstream.address) as here:
                said = await here.ask("www.google.co.uk")
                assert [rrset.to_text().split(" ", 2)[2] for rrset in said.answer] == [
                    "IN CNAME forcesafesearch.google.com.",
                    "IN A 192.0.2.9",
                ]
                assert max(rrset.ttl for rrset in said.answer) <= 30
                for qtype in ("AAAA", "HTTPS"):
                    said = await here.ask("www.google.co.uk", qtype)
                    assert sections(said) == ("NOERROR", ["forcesafesearch.google.com."], [6])
                assert sections(await here.ask("www.google.co.uk", client=school.PRINTER))[1] == ["192.0.2.8"]

    asyncio.run(walk())


def test_ech_is_kept_from_those_who_are_filtered_and_from_nobody_else(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with running(tmp_path, upstream.address) as here:
                assert sections(await here.ask("shop.example.org", "HTTPS"))[1] == ['1 . alpn="h2"']
                (whole,) = sections(await here.ask("shop.example.org", "HTTPS", school.PRINTER))[1]
                assert 'ech="AAT+DQAA"' in whole

    asyncio.run(walk())


def _with(answer: Message, **changes: object) -> bytes:
    forged = dns.message.from_wire(answer.to_wire())
    for name, value in changes.items():
        setattr(forged, name, value)
    return forged.to_wire()


def _poison(answer: Message) -> Message:
    forged = dns.message.from_wire(answer.to_wire())
    poison = forged.to_text().replace("192.0.2.1", "192.0.2.66")
    return dns.message.from_text(poison)


FORGERIES = {
    "another id": lambda query, answer: _with(_poison(answer), id=query.id ^ 1),
    "a query, no response": lambda query, answer: _with(_poison(answer), flags=dns.flags.RD),
    "no question": lambda query, answer: _with(_poison(answer), question=[]),
    "another question": lambda query, answer: dns.message.make_response(
        dns.message.make_query("bbc.co.uk", "A", id=query.id)
    ).to_wire(),
    "another type": lambda query, answer: dns.message.make_response(
        dns.message.make_query(query.question[0].name, "TXT", id=query.id)
    ).to_wire(),
    "a failure for another question": lambda query, answer: _with(
        dns.message.make_response(dns.message.make_query("bbc.co.uk", "A", id=query.id)), flags=0x8182
    ),
    "cut off": lambda query, answer: _poison(answer).to_wire()[:-3],
    "noise": lambda query, answer: random.Random(1).randbytes(60),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_answer_is_ignored_and_the_true_one_still_awaited(forgery: str, tmp_path: Path) -> None:
    def change(query: Message, answer: Message) -> Iterator[bytes]:
        yield FORGERIES[forgery](query, answer)
        yield answer.to_wire()

    async def walk() -> None:
        with FakeUpstream(WEB, change) as upstream:
            async with running(tmp_path, upstream.address) as here:
                assert sections(await here.ask("wikipedia.org"))[1] == ["192.0.2.1"]
                # On a busy machine the question is asked again before the first answer is looked at.
                assert 1 <= here.desk.upstreams.counts["ignored"] <= len(upstream.asked)
                assert upstream.over_tcp == 0

    asyncio.run(walk())


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("loses", [True, False])
def test_a_server_that_loses_upper_case_is_asked_over_tcp_until_that_is_known_of_it(
    loses: bool, tmp_path: Path
) -> None:
    def change(query: Message, answer: Message) -> list[bytes]:
        packet = bytearray(answer.to_wire())
        end = packet.index(0, 12)
        packet[12:end] = packet[12:end].lower()
        return [bytes(packet)]

    names = [f"page-{number}.example.org" for number in range(8)]

    async def walk() -> None:
        with FakeUpstream({name: ["60 A 192.0.2.1"] for name in names}, change, tcp_loses_case=loses) as upstream:
            async with running(tmp_path, upstream.address) as here:
                for name in names:
                    assert sections(await here.ask(name))[1] == ["192.0.2.1"]
            assert upstream.over_tcp == (3 if loses else len(names))

    asyncio.run(walk())


def test_a_truncated_answer_is_fetched_over_tcp_and_truncated_for_those_who_take_less(tmp_path: Path) -> None:
    def change(query: Message, answer: Message) -> list[bytes]:
        short = dns.message.make_response(query)
        short.flags |= dns.flags.TC
        return [short.to_wire()]

    async def walk() -> None:
        with FakeUpstream(WEB, change) as upstream:
            async with running(tmp_path, upstream.address) as here:
                said = await here.ask("long.example.org", "TXT", payload=4096)
                assert said.flags & dns.flags.TC
                assert (said.answer, said.edns) == ([], 0)
                query = dns.message.make_query("long.example.org", "TXT")
                (whole,) = await here.tcp([query.to_wire()])
                assert len(dns.message.from_wire(whole).answer[0]) == 10

    asyncio.run(walk())


@pytest.mark.usefixtures("unhurried")
def test_the_same_name_asked_for_by_a_whole_class_is_one_question(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with running(tmp_path, upstream.address) as here:
                asks = [here.ask("wikipedia.org", client=f"127.5.1.{seat}") for seat in range(1, 31)]
                table = school.table(unknown="staff")
                here.adopt(table)
                answers = await asyncio.gather(*asks)
                assert {tuple(sections(said)[1]) for said in answers} == {("192.0.2.1",)}
            assert upstream.asked == [("wikipedia.org", "A")]

    asyncio.run(walk())


def test_questions_leave_from_ports_that_cannot_be_guessed(tmp_path: Path) -> None:
    names = [f"page-{number}.example.org" for number in range(300)]

    async def walk() -> None:
        with FakeUpstream({}) as upstream:
            async with running(tmp_path, upstream.address) as here:
                here.adopt(school.table())
                for name in names:
                    await here.ask(name)
            assert len(set(upstream.ports)) >= 290
            assert len(set(upstream.ports)) <= PORTS
            assert any(spelled != spelled.lower() for spelled in upstream.spelled)

    asyncio.run(walk())


def test_a_dead_upstream_costs_four_seconds_and_no_blocked_name_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    tick = Timeline.tick

    def look(timeline: Timeline, now: float) -> None:
        looks.append(now)
        tick(timeline, now)

    monkeypatch.setattr(Timeline, "tick", look)

    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            upstream.silent = True
            async with running(tmp_path, upstream.address) as here:
                waiting = asyncio.create_task(here.ask("wikipedia.org"))
                while not here.desk.upstreams._flights:
                    await asyncio.sleep(0)
                (flight,) = here.desk.upstreams._flights.values()
                assert sections(await here.ask("www.roblox.com")) == ("NOERROR", [], [6])
                assert sections(await here.ask("printer.ashlane.example"))[1] == ["10.40.0.9"]
                said = await waiting
                # Given up at the first look after its time: how late a loaded machine looks is not the filter's doing.
                before, last = looks[-2:]
                assert before < flight.began + DEADLINE <= last
                assert DEADLINE <= 4.0 - flights.TICK
                assert (dns.rcode.to_text(said.rcode()), edes(said)) == ("SERVFAIL", [22])
                upstream.silent = False
                assert sections(await here.ask("www.bbc.co.uk"))[1][-1] == "192.0.2.2", "it recovers at once"

    asyncio.run(walk())


def test_an_old_answer_is_better_than_none(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with running(tmp_path, upstream.address) as here:
                await here.ask("wikipedia.org")
                upstream.silent = True
                here.clock.at += 3600
                said = await here.ask("wikipedia.org")
                assert (sections(said)[1], edes(said)) == (["192.0.2.1"], [3])
                assert said.answer[0].ttl <= 10
                here.clock.at += 86_400
                said = await here.ask("wikipedia.org")
                assert (dns.rcode.to_text(said.rcode()), edes(said)) == ("SERVFAIL", [22])

    asyncio.run(walk())


def test_an_old_answer_is_judged_by_todays_policy(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with running(tmp_path, upstream.address) as here:
                await here.ask("wikipedia.org")
                upstream.silent = True
                here.clock.at += 3600
                bindings = {school.YEAR_5: school.table().bindings[school.SICK_LAPTOP]}
                here.adopt(school.table(2, bindings=bindings))
                assert edes(await here.ask("wikipedia.org")) == [18]

    asyncio.run(walk())


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED"])
def test_where_one_upstream_fails_the_next_one_answers(rcode: str, tmp_path: Path) -> None:
    def change(query: Message, answer: Message) -> list[bytes]:
        no = dns.message.make_response(query)
        no.set_rcode(dns.rcode.from_text(rcode))
        return [no.to_wire()]

    async def walk() -> None:
        with FakeUpstream(WEB, change) as bad, FakeUpstream(WEB) as good:
            async with running(tmp_path, upstreams=(bad.address, good.address)) as here:
                assert sections(await here.ask("wikipedia.org"))[1] == ["192.0.2.1"]
            async with running(tmp_path, upstreams=(bad.address,)) as here:
                assert dns.rcode.to_text((await here.ask("wikipedia.org")).rcode()) == "SERVFAIL"

    asyncio.run(walk())


def test_where_one_upstream_is_silent_the_next_one_is_asked_before_the_child_notices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights, "STAGES", (flights.HEDGE, 3600.0))

    async def walk() -> None:
        with FakeUpstream(WEB) as dead, FakeUpstream(WEB) as good:
            dead.silent = True
            async with running(tmp_path, upstreams=(dead.address, good.address)) as here:
                assert sections(await here.ask("wikipedia.org"))[1] == ["192.0.2.1"]
                assert here.desk.upstreams.counts["asked"] == 2

    asyncio.run(walk())


@pytest.mark.usefixtures("unhurried")
def test_an_internal_zone_is_asked_of_its_own_resolver_and_may_hold_inside_addresses(tmp_path: Path) -> None:
    async def walk() -> None:
        inside = {"server.ashlane.local": ["60 A 10.10.0.2"]}
        with FakeUpstream(inside) as directory, FakeUpstream(WEB) as upstream:
            table = school.table(internal={"ashlane.local": (directory.address,)})
            async with running(tmp_path, upstream.address, table) as here:
                for client in (school.YEAR_5, school.SICK_LAPTOP):
                    said = await here.ask("server.ashlane.local", client=client)
                    assert sections(said)[1] == ["10.10.0.2"]
            assert upstream.asked == []
            assert directory.asked == [("server.ashlane.local", "A")]

    asyncio.run(walk())


def test_a_policy_that_changes_while_the_answer_is_under_way_is_the_one_that_counts(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            upstream.silent = True
            async with running(tmp_path, upstream.address) as here:
                waiting = asyncio.create_task(here.ask("wikipedia.org"))
                while not upstream.asked:
                    await asyncio.sleep(0.01)
                here.adopt(school.table(2, bindings={}))
                upstream.silent = False
                assert edes(await waiting) == [18]

    asyncio.run(walk())


def test_any_is_answered_small_and_asks_nobody(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with running(tmp_path, upstream.address) as here:
                said = await here.ask("wikipedia.org", "ANY")
                assert said.answer[0].to_text().endswith('HINFO "RFC8482" ""')
            assert upstream.asked == []

    asyncio.run(walk())


@pytest.mark.usefixtures("unhurried")
def test_a_server_from_before_edns_is_asked_without_it_and_that_is_kept_in_mind(tmp_path: Path) -> None:
    opts: list[int] = []

    def change(query: Message, answer: Message) -> list[bytes]:
        opts.append(query.edns)
        if query.edns < 0:
            return [answer.to_wire()]
        return [query.id.to_bytes(2) + b"\x80\x01" + bytes(8)]

    names = [f"page-{number}.example.org" for number in range(6)]

    async def walk() -> None:
        with FakeUpstream({name: ["60 A 192.0.2.1"] for name in names}, change) as upstream:
            async with running(tmp_path, upstream.address) as here:
                for name in names:
                    assert sections(await here.ask(name))[1] == ["192.0.2.1"]
        assert opts == [0, -1] * 3 + [-1] * 3

    asyncio.run(walk())


@pytest.mark.usefixtures("unhurried")
def test_a_server_that_understands_nothing_has_failed(tmp_path: Path) -> None:
    def change(query: Message, answer: Message) -> list[bytes]:
        no = dns.message.make_response(query)
        no.set_rcode(dns.rcode.FORMERR)
        return [no.to_wire()]

    async def walk() -> None:
        with FakeUpstream(WEB, change) as upstream:
            async with running(tmp_path, upstream.address) as here:
                assert dns.rcode.to_text((await here.ask("wikipedia.org")).rcode()) == "SERVFAIL"
            assert len(upstream.asked) == 2

    asyncio.run(walk())


def test_a_dead_upstream_owes_so_much_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream_module, "PENDING", 10)
    monkeypatch.setattr(upstream_module, "PATIENT", 60.0)  # nobody's place is taken, however long this machine stalls

    async def walk() -> None:
        with FakeUpstream(WEB) as dead, FakeUpstream(WEB) as good:
            dead.silent = True
            table = school.table(internal={"ashlane.local": (dead.address,)})
            async with running(tmp_path, good.address, table) as here:
                client = here.desk.clients.admit(school.YEAR_5, here.clock())
                for number in range(50):
                    packet = dns.message.make_query(f"pc-{number}.ashlane.local", "A").to_wire()
                    here.desk.pipeline.take(packet, client, lambda _: None, here.clock(), udp=True)
                assert here.desk.upstreams.counts["crowded"] == 40
                assert sections(await here.ask("wikipedia.org"))[1] == ["192.0.2.1"], "the others have all the room"

    asyncio.run(walk())
