"""What is left when something of the filter's own goes wrong or runs out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import dns.edns
import dns.message
import dns.rcode
import pytest

from dns_filter import inspect, ports, steps
from dns_filter.cache import Cache
from dns_filter.model import Action, Code, Verdict
from dns_filter.names import to_wire
from dns_filter.pipeline import Routes
from dns_filter.records import read_answer
from dns_filter.servers import Server, parse_server
from tests.dns_filter import school
from tests.dns_filter.ask import running
from tests.dns_filter.engines import both_engines
from tests.dns_filter.school import ASH_LANE, NINE
from tests.dns_filter.test_answers import sections
from tests.dns_filter.test_memo import Two, packet
from tests.dns_filter.test_records import response
from tests.dns_filter.test_upstream import WEB, edes
from tests.fakes.upstream import FakeUpstream


def broken(*_: object) -> Verdict:
    raise ZeroDivisionError("a bug")


def test_a_bug_in_a_step_is_one_failed_query_logged_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    both = Two()
    monkeypatch.setattr(steps, "decide", broken)
    for _ in range(3):
        said = dns.message.from_wire(both.ask(packet("www.roblox.com"), school.YEAR_5, both.with_memo))
        assert said.rcode() == dns.rcode.SERVFAIL
        assert said.question, "a client passes over what does not say which question it answers"
    assert both.with_memo.pipeline.counts["bug"] == 3
    assert len(caplog.records) == 1
    both.clock.at += 61
    both.ask(packet("www.roblox.com"), school.YEAR_5, both.with_memo)
    assert len(caplog.records) == 2
    monkeypatch.undo()
    assert both.ask(packet("www.roblox.com"), school.YEAR_5, both.with_memo)[3] & 0xF == 0


@both_engines
def test_a_bug_while_an_answer_is_looked_at_is_one_failed_query_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with running(tmp_path, upstream.address) as here:
                monkeypatch.setattr(inspect, "check", broken)
                assert dns.rcode.to_text((await here.ask("wikipedia.org")).rcode()) == "SERVFAIL"
                assert here.desk.clients.admit(school.YEAR_5, NINE).quota.pending == 0
                monkeypatch.undo()
                assert sections(await here.ask("wikipedia.org"))[1] == ["192.0.2.1"]

    asyncio.run(walk())


def test_ports_are_left_after_a_few_questions_and_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PORTS", 3)
    monkeypatch.setattr(ports, "USES", 2)

    async def walk() -> None:
        with FakeUpstream({}) as upstream:
            async with running(tmp_path, upstream.address) as here:
                for number in range(12):
                    assert sections(await here.ask(f"page-{number}.example.org"))[0] == "NXDOMAIN"
            assert len(set(upstream.ports)) >= 6

    asyncio.run(walk())


def test_an_upstream_where_nobody_listens_yet_is_asked_again(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as gone:
            place = gone.address
        with FakeUpstream(WEB) as good:
            async with running(tmp_path, upstreams=(place, good.address)) as here:
                assert sections(await here.ask("wikipedia.org"))[1] == ["192.0.2.1"]

    asyncio.run(walk())


def test_a_name_that_the_upstream_filtered_is_marked_so(tmp_path: Path) -> None:
    def change(query: dns.message.Message, answer: dns.message.Message) -> list[bytes]:
        answer.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.FILTERED)])
        return [answer.to_wire()]

    async def walk() -> None:
        with FakeUpstream(WEB, change) as upstream:
            async with running(tmp_path, upstream.address) as here:
                assert edes(await here.ask("nothing.example.org")) == [35]

    asyncio.run(walk())


def test_the_cache_is_bounded_and_forgets_the_oldest() -> None:
    cache = Cache(50_000)
    answer = read_answer(response("wikipedia.org", "A", "wikipedia.org. 300 A 192.0.2.1"), to_wire("wikipedia.org"))
    for number in range(500):
        cache.put(b"key %d" % number, answer, NINE)
    assert 10 < len(cache) < 100
    assert cache.weight <= cache.limit
    assert cache.find(b"key 499", NINE) is not None
    assert cache.find(b"key 0", NINE) is None


def test_a_failure_is_remembered_for_five_seconds_whatever_the_clock_does() -> None:
    cache = Cache(50_000)
    cache.put_failure(b"key", NINE)
    assert [cache.failed(b"key", NINE + after) for after in (0, 4.9, 5.1)] == [True, True, False]
    assert not cache.failed(b"key", NINE - 3600)


def test_a_resolver_that_asks_us_is_not_asked_in_return() -> None:
    routes = Routes((Server("10.10.0.2"), Server("10.10.0.3")))
    usual = Verdict(Action.FORWARD, Code.ALLOWED, "forward")
    assert routes.of(usual, ASH_LANE, "10.10.0.2").servers == (Server("10.10.0.3"),)
    assert routes.of(usual, ASH_LANE, "10.20.0.9").servers == (Server("10.10.0.2"), Server("10.10.0.3"))
    assert routes.of(usual, ASH_LANE, "10.10.0.2").tag != routes.of(usual, ASH_LANE, "10.20.0.9").tag


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("10.1.2.3", Server("10.1.2.3", 53)),
        ("10.1.2.3:5353", Server("10.1.2.3", 5353)),
        ("10.1.2.3#5353", Server("10.1.2.3", 5353)),
        ("fd00::3", Server("fd00::3", 53)),
        ("[fd00::3]", Server("fd00::3", 53)),
        ("[fd00::3]:5353", Server("fd00::3", 5353)),
    ],
)
def test_where_an_upstream_is(text: str, server: Server) -> None:
    assert parse_server(text) == server
    assert parse_server(str(server)) == server


@pytest.mark.parametrize("text", ["", "dns.example.org", "10.1.2.3:0", "10.1.2.3:99999", "10.1.2:53", "[fd00::3]:x"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected an address such as 10\.1\.2\.3"):
        parse_server(text)
