"""Upstreams over TLS and HTTPS: who is believed, what is shared, and what happens when one of them fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest

from dns_filter import flights, table_file, upstream_tls
from dns_filter.servers import Server, one_way_each, parse_upstream
from tests.dns_filter.ask import Running, running
from tests.dns_filter.test_answers import sections
from tests.dns_filter.test_workers import ALWAYS, filter_process
from tests.dns_filter.test_workers import table as workers_table
from tests.fakes.upstream import FakeUpstream
from tests.fakes.upstream import _on_one_port as on_one_port
from tests.fakes.upstream_tls import NAME, Message, TlsUpstream, right, rightly, tls_upstream
from tests.waiting import until

WAYS = pytest.mark.parametrize("way", ["tls", "https"])
TLS_HANDSHAKE = b"\x16"
GOOD: tuple[str, list[str], list[int]] = ("NOERROR", ["192.0.2.1"], [])


@contextlib.asynccontextmanager
async def asking(home: Path, upstream: TlsUpstream, *others: str, ca: str = "theirs") -> AsyncIterator[Running]:
    more = {"upstreams": (upstream.spelled(), *others), "upstream_ca": home / ca / "fullchain.pem"}
    async with running(home, **more) as here:  # type: ignore[arg-type]
        yield here


def counts(here: Running) -> dict[str, int]:
    return dict(here.desk.upstreams.counts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9.9.9.9", Server("9.9.9.9", 53)),
        ("tls://9.9.9.9#dns.example", Server("9.9.9.9", 853, "tls", "dns.example")),
        ("tls://[2001:db8::1]:8853#DNS.example.", Server("2001:db8::1", 8853, "tls", "dns.example")),
        ("tls://[2001:db8::1]#dns.example", Server("2001:db8::1", 853, "tls", "dns.example")),
        ("https://9.9.9.9#dns.example", Server("9.9.9.9", 443, "https", "dns.example", "/dns-query")),
        ("https://9.9.9.9:8443/a/b#dns.example", Server("9.9.9.9", 8443, "https", "dns.example", "/a/b")),
    ],
)
def test_an_upstream_is_read_and_written_the_same(text: str, expected: Server) -> None:
    assert parse_upstream(text) == expected
    assert parse_upstream(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "tls://9.9.9.9",
        "tls://9.9.9.9#",
        "tls://9.9.9.9#under_score.example",
        "tls://9.9.9.9#-a.example",
        "tls://dns.example#dns.example",
        "tls://9.9.9.9:0#dns.example",
        "tls://9.9.9.9/dns-query#dns.example",
        "https://9.9.9.9/?dns=#dns.example",
        "https://9.9.9.9/a b#dns.example",
        "quic://9.9.9.9#dns.example",
        "tls://9.9.9.9#a.example\n",
    ],
)
def test_what_is_no_upstream_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_upstream(text)


def test_one_upstream_is_not_asked_both_with_encryption_and_without() -> None:
    one_way_each((parse_upstream("tls://9.9.9.9#dns.example"), parse_upstream("10.1.2.3")))
    with pytest.raises(ValueError, match=r"9\.9\.9\.9"):
        one_way_each((parse_upstream("tls://9.9.9.9#dns.example"), parse_upstream("9.9.9.9")))


@WAYS
def test_many_questions_share_one_connection_and_are_answered_in_any_order(way: str, tmp_path: Path) -> None:
    async def walk() -> None:
        gathered: list[str] = []
        everybody = asyncio.Event()

        async def all_then_backwards(_: TlsUpstream, query: Message) -> bytes:
            gathered.append(query.question[0].name.to_text())
            mine = len(gathered)
            if mine == 8:
                everybody.set()
            await everybody.wait()
            await asyncio.sleep(0.002 * (8 - mine))
            return right(query).to_wire()

        async with (
            tls_upstream(tmp_path / "theirs", way, all_then_backwards) as upstream,
            asking(tmp_path, upstream) as here,
        ):
            said = await asyncio.gather(*(here.ask(f"n{number}.example.org") for number in range(8)))
            assert [sections(each) for each in said] == [GOOD] * 8
        assert upstream.connections == 1
        assert {name.lower() for name in upstream.asked} == {f"n{number}.example.org" for number in range(8)}
        assert len(set(upstream.ids)) > 1

    asyncio.run(walk())


@pytest.mark.usefixtures("unhurried")
@WAYS
@pytest.mark.parametrize("wrong", ["name", "expired", "authority"])
def test_a_certificate_that_is_not_right_is_refused_and_nothing_is_asked(way: str, wrong: str, tmp_path: Path) -> None:
    async def walk() -> None:
        names = ("other.example",) if wrong == "name" else (NAME,)
        ends = datetime(2026, 3, 1, tzinfo=UTC) if wrong == "expired" else datetime(2126, 1, 1, tzinfo=UTC)
        async with (
            tls_upstream(tmp_path / "others", way),
            tls_upstream(tmp_path / "theirs", way, names=names, ends=ends) as upstream,
        ):
            ca = "others" if wrong == "authority" else "theirs"
            with FakeUpstream({"wikipedia.org": ["300 A 192.0.2.1"]}) as plain:
                async with asking(tmp_path, upstream, plain.address, ca=ca) as here:
                    assert sections(await here.ask("wikipedia.org")) == GOOD
                    assert counts(here)["untrusted"] >= 1
        assert upstream.asked == []

    asyncio.run(walk())


@WAYS
def test_it_is_never_asked_in_the_open(way: str, tmp_path: Path) -> None:
    async def walk() -> None:
        udp, tcp = on_one_port()
        with udp, tcp:
            async with running(tmp_path, f"{way}://127.0.0.1:{udp.getsockname()[1]}#{NAME}") as here:
                assert (await here.ask("wikipedia.org")).rcode() == dns.rcode.SERVFAIL
            udp.setblocking(False)
            with pytest.raises(BlockingIOError):
                udp.recv(1)
            connection, _ = tcp.accept()
            with connection:
                assert connection.recv(65_535)[:1] == TLS_HANDSHAKE

    asyncio.run(walk())


@pytest.mark.usefixtures("unhurried")
@WAYS
def test_a_connection_that_ends_with_a_question_on_it_is_made_anew_once(way: str, tmp_path: Path) -> None:
    async def walk() -> None:
        async with (
            tls_upstream(tmp_path / "theirs", way, ends_after=[1]) as upstream,
            asking(tmp_path, upstream) as here,
        ):
            assert sections(await here.ask("wikipedia.org")) == GOOD
            assert counts(here).get("failed", 0) == 0
        assert upstream.connections == 2

    asyncio.run(walk())


@WAYS
def test_a_connection_that_leads_nowhere_is_left_for_another(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def only_on_the_second(upstream: TlsUpstream, query: Message) -> bytes | None:
        return right(query).to_wire() if upstream.connections > 1 else None

    async def walk() -> None:
        async with (
            tls_upstream(tmp_path / "theirs", way, only_on_the_second) as upstream,
            asking(tmp_path, upstream) as here,
        ):
            assert sections(await here.ask("wikipedia.org")) == GOOD
        assert upstream.connections >= 2

    monkeypatch.setattr(upstream_tls, "MUTE", 0.3)
    asyncio.run(walk())


@pytest.mark.usefixtures("unhurried")
@WAYS
def test_a_connection_that_always_ends_leaves_the_question_to_another_upstream(way: str, tmp_path: Path) -> None:
    async def walk() -> None:
        async with (
            tls_upstream(tmp_path / "theirs", way, ends_after=[1] * 1000) as ending,
            tls_upstream(tmp_path / "theirs", way) as upstream,
            asking(tmp_path, ending, upstream.spelled()) as here,
        ):
            assert sections(await here.ask("wikipedia.org")) == GOOD
        assert len(upstream.asked) == 1

    asyncio.run(walk())


async def _never(_: TlsUpstream, query: Message) -> bytes | None:
    return None


@WAYS
def test_a_silent_one_is_helped_out_by_the_next_and_alone_ends_in_servfail(way: str, tmp_path: Path) -> None:
    async def walk() -> None:
        folder = tmp_path / "theirs"
        async with (
            tls_upstream(folder, way, _never) as silent,
            tls_upstream(folder, way) as upstream,
        ):
            async with asking(tmp_path, silent, upstream.spelled()) as here:
                assert sections(await here.ask("wikipedia.org")) == GOOD
            async with asking(tmp_path, silent) as here:
                assert (await here.ask("wikipedia.org")).rcode() == dns.rcode.SERVFAIL

    asyncio.run(walk())


async def _servfail(_: TlsUpstream, query: Message) -> bytes | None:
    answer = dns.message.make_response(query)
    answer.set_rcode(dns.rcode.SERVFAIL)
    return answer.to_wire()


async def _another_question(_: TlsUpstream, query: Message) -> bytes | None:
    other = dns.message.make_query("evil.example", "A", id=query.id)
    return right(other).to_wire()


async def _another_id(_: TlsUpstream, query: Message) -> bytes | None:
    answer = right(query)
    answer.id ^= 1
    return answer.to_wire()


async def _cut_off(_: TlsUpstream, query: Message) -> bytes | None:
    answer = right(query)
    answer.flags |= dns.flags.TC
    return answer.to_wire()


async def _noise(_: TlsUpstream, query: Message) -> bytes | None:
    return b"\xff\x00"


async def _broken_records(_: TlsUpstream, query: Message) -> bytes | None:
    packet = right(query).to_wire()
    return packet[:-6]


BAD = {
    "SERVFAIL": _servfail,
    "another question": _another_question,
    "another id": _another_id,
    "cut off": _cut_off,
    "noise": _noise,
    "broken records": _broken_records,
}


@WAYS
@pytest.mark.parametrize("how", BAD)
def test_a_bad_answer_is_refused_and_another_upstream_asked(
    way: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Late enough for the bad one's handshake, and once: an answer to nothing that was asked is waited on.
    monkeypatch.setattr(flights, "STAGES", (1.0, 3600.0))

    async def walk() -> None:
        folder = tmp_path / "theirs"
        async with (
            tls_upstream(folder, way, BAD[how]) as bad,
            tls_upstream(folder, way) as upstream,
            asking(tmp_path, bad, upstream.spelled()) as here,
        ):
            assert sections(await here.ask("wikipedia.org")) == GOOD
        assert len(bad.asked) >= 1
        assert len(upstream.asked) == 1

    asyncio.run(walk())


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("how", ["status", "oversized", "not HTTP/2"])
def test_an_https_server_that_is_no_resolver_is_refused(how: str, tmp_path: Path) -> None:
    async def huge(_: TlsUpstream, query: Message) -> bytes | None:
        return right(query).to_wire() + bytes(16_000)

    async def walk() -> None:
        react = huge if how == "oversized" else rightly
        status = "503" if how == "status" else "200"
        alpn = ("http/1.1",) if how == "not HTTP/2" else ("h2",)
        async with (
            tls_upstream(tmp_path / "theirs", "https", status=status, alpn=alpn, react=react) as bad,
            tls_upstream(tmp_path / "theirs", "https") as upstream,
            asking(tmp_path, bad, upstream.spelled()) as here,
        ):
            assert sections(await here.ask("wikipedia.org")) == GOOD
        assert how == "oversized" or len(upstream.asked) == 1

    asyncio.run(walk())


@WAYS
def test_one_that_was_gone_is_asked_again_when_it_is_back(way: str, tmp_path: Path) -> None:
    async def walk() -> None:
        async with (
            tls_upstream(tmp_path / "theirs", way, ends_after=[2, 1, 1]) as upstream,
            asking(tmp_path, upstream) as here,
        ):
            assert sections(await here.ask("wikipedia.org")) == GOOD
            said = [await here.ask(f"n{number}.example.org") for number in range(4)]
            assert sections(said[-1]) == GOOD
        assert upstream.connections == 4

    asyncio.run(walk())


@WAYS
def test_a_whole_filter_asks_an_encrypted_upstream(way: str, tmp_path: Path) -> None:
    async def walk() -> None:
        table_file.write(tmp_path / "table.json", workers_table(1, ALWAYS))
        async with tls_upstream(tmp_path / "theirs", way) as upstream:
            more = {"upstream_ca": str(tmp_path / "theirs" / "fullchain.pem")}
            await asyncio.to_thread(_asked_of_processes, tmp_path, upstream.spelled(), more)
        assert upstream.asked

    asyncio.run(walk())


def _asked_of_processes(home: Path, upstream: str, more: dict[str, str]) -> None:
    with filter_process(home, upstream, workers=1, more=more) as here:
        until(lambda: (said := here.ask()) is not None and sections(said) == GOOD)
