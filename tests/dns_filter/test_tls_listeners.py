"""DNS over TLS: the same verdicts as in the clear, the same limits, and a certificate that may change."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import dns.edns
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from dns_filter import tcp
from tests.dns_filter import school
from tests.dns_filter.encrypted import NAME, Encrypted, encrypted, frame, hang_up, write_pair
from tests.dns_filter.test_answers import sections
from tests.dns_filter.test_tcp_and_limits import ended, framed
from tests.dns_filter.test_upstream import WEB
from tests.fakes.upstream import FakeUpstream

NAMES = ("www.roblox.com", "wikipedia.org", "www.google.com", "captive.apple.com", "dns.google", "ashlane.local")


def test_dot_gives_the_verdict_that_plain_dns_gives(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with encrypted(tmp_path, upstream.address) as here:
                for client in (school.YEAR_5, school.YEAR_5_CLOSED, school.TEACHER, school.STRANGER):
                    queries = [dns.message.make_query(name, "A", use_edns=0) for name in NAMES]
                    over_tls = {each.id: each for each in await here.ask_dot(queries, client)}
                    for query in queries:
                        plain = await here.plain.ask(query.question[0].name.to_text(), client=client)
                        assert sections(over_tls[query.id]) == sections(plain)
                        assert over_tls[query.id].extended_errors() == plain.extended_errors()

    asyncio.run(walk())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2])
def test_an_older_tls_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            for place in (here.dot, here.doh):
                old = here.trusting()
                old.maximum_version = version
                with pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"):
                    await here.connect(place, context=old)
            assert here.plain.worker._encrypted.counts()["dot"] == {"handshake-failed": 1}

    asyncio.run(walk())


def test_a_wrong_name_is_refused_and_no_name_is_not(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
                await here.connect(here.dot, server_hostname="dns.other-school.example")
            # By its address: TLS names no host then, and the certificate holds the address.
            _, writer = await here.connect(here.dot, "dot", server_hostname="127.0.0.1")
            assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "dot"
            assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
            await hang_up(writer)

    asyncio.run(walk())


async def served_until(here: Encrypted) -> str:
    """Until when the certificate is good that a new client is shown."""
    _, writer = await here.connect(here.dot)
    shown = str(writer.get_extra_info("peercert")["notAfter"])
    await hang_up(writer)
    return shown


def test_a_renewed_certificate_is_shown_to_newcomers_and_drops_nobody(tmp_path: Path) -> None:
    async def walk() -> None:
        write_pair(tmp_path, ends=datetime(2120, 5, 1, tzinfo=UTC))
        async with encrypted(tmp_path) as here:
            assert "2120" in await served_until(here)
            reader, writer = await here.connect(here.dot)
            write_pair(tmp_path, ends=datetime(2121, 5, 1, tzinfo=UTC))
            here.plain.worker._encrypted.look()
            assert "2121" in await served_until(here)
            writer.write(framed("www.roblox.com"))
            assert dns.message.from_wire(await frame(reader)).rcode() == dns.rcode.NOERROR
            await hang_up(writer)

    asyncio.run(walk())


def test_a_certificate_without_its_key_changes_nothing_until_the_key_comes(tmp_path: Path) -> None:
    async def walk() -> None:
        (tmp_path / "new").mkdir()
        async with encrypted(tmp_path) as here:
            certificate, key = write_pair(tmp_path / "new", ends=datetime(2121, 5, 1, tzinfo=UTC))
            old = (tmp_path / "fullchain.pem").read_bytes()
            certificate.replace(tmp_path / "fullchain.pem")
            here.plain.worker._encrypted.look()
            new = (tmp_path / "fullchain.pem").read_bytes()
            (tmp_path / "fullchain.pem").write_bytes(old)  # what a client trusts, only
            assert "2126" in await served_until(here)
            (tmp_path / "fullchain.pem").write_bytes(new)
            key.replace(tmp_path / "privkey.pem")
            here.plain.worker._encrypted.look()
            assert "2121" in await served_until(here)
            assert here.plain.worker._encrypted.counts()["certificate_refused"] == 1

    asyncio.run(walk())


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\n"], ids=["empty", "half"])
def test_without_a_certificate_plain_dns_answers_and_tls_closes(content: bytes, tmp_path: Path) -> None:
    async def walk() -> None:
        (tmp_path / "fullchain.pem").write_bytes(content)
        (tmp_path / "privkey.pem").write_bytes(content)
        async with encrypted(tmp_path) as here:
            assert sections(await here.plain.ask("www.roblox.com")) == ("NOERROR", [], [6])
            for place in (here.dot, here.doh):
                with pytest.raises(ConnectionError):
                    await here.connect(place, context=ssl.create_default_context())
            write_pair(tmp_path)
            here.plain.worker._encrypted.look()
            assert len(await here.ask_dot([dns.message.make_query("www.roblox.com", "A")])) == 1

    asyncio.run(walk())


def test_strangers_from_elsewhere_get_no_handshake(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path, table=school.table(sources=("10.0.0.0/8",))) as here:
            with pytest.raises(ConnectionError):
                await here.connect(here.dot)
            assert here.plain.worker._encrypted.counts()["dot"] == {"turned-away": 1}

    asyncio.run(walk())


@pytest.mark.parametrize("sends", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["nothing", "half a greeting"])
def test_who_never_finishes_a_handshake_is_cut_off(
    sends: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "IDLE", 0.2)

    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            reader, writer = await asyncio.open_connection(here.dot.host, here.dot.port)
            writer.write(sends)
            assert await ended(reader)
            writer.close()

    asyncio.run(walk())


def test_half_open_handshakes_count_among_the_twenty_of_a_client(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            place = here.dot.host, here.dot.port
            idle = [await asyncio.open_connection(*place, local_addr=(school.YEAR_5, 0)) for _ in range(20)]
            with pytest.raises(ConnectionError):
                await here.connect(here.doh)
            assert len(await here.ask_dot([dns.message.make_query("poki.com", "A")], school.TEACHER)) == 1
            for _, writer in idle:
                writer.close()

    asyncio.run(walk())


def test_handshakes_are_paid_for_out_of_the_clients_share(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path, rate_limit=True, per_second=1.0, burst=12.0) as here:
            for _ in range(2):
                _, writer = await here.connect(here.dot)
                await hang_up(writer)
            with pytest.raises(ConnectionError):
                await here.connect(here.dot)
            _, writer = await here.connect(here.dot, client=school.TEACHER)
            await hang_up(writer)

    asyncio.run(walk())


def test_what_is_no_tls_is_told_so_and_closed(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            for place in (here.dot, here.doh):
                reader, writer = await asyncio.open_connection(place.host, place.port)
                writer.write(b"GET /dns-query HTTP/1.1\r\nHost: x\r\n\r\n")
                assert await ended(reader)
                writer.close()
            assert sections(await here.plain.ask("www.roblox.com")) == ("NOERROR", [], [6])

    asyncio.run(walk())


def test_who_asks_and_never_reads_is_cut_off(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            _, writer = await here.connect(here.dot)
            writer.transport.pause_reading()
            with pytest.raises((ConnectionError, ssl.SSLError)):  # noqa: PT012 (which write fails is the kernel's affair)
                while True:
                    writer.write(framed("www.roblox.com") * 500)
                    await asyncio.wait_for(writer.drain(), 20)
                    if writer.transport.is_closing():
                        raise ConnectionError
            writer.transport.abort()
            assert sections(await here.plain.ask("poki.com")) == ("NOERROR", [], [6])

    asyncio.run(walk())


def sde_query(name: str, *, content: bytes = b"") -> dns.message.Message:
    return dns.message.make_query(name, "A", use_edns=0, options=[dns.edns.GenericOption(26, content)])


def told(answer: dns.message.Message) -> str:
    (error,) = answer.extended_errors()
    return error.text or ""


def test_a_block_is_explained_in_json_to_who_asks_for_it_over_tls_alone(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path, fields={"contacts": ("mailto:office@ashlane.example",)}) as here:
            (answer,) = await here.ask_dot([sde_query("www.roblox.com")])
            plain = await here.plain.ask("www.roblox.com")
            why = told(plain).partition("why=")[2]
            assert told(answer) == (
                '{"c":["mailto:office@ashlane.example"],"j":"Blocked by the rules of the school. To staff this block '
                f'is known as {why}.","s":5,"o":"Ash Lane Primary School","l":"en-GB"}}'
            )
            assert sections(answer) == sections(plain)
            packet = await here.plain.udp(sde_query("www.roblox.com").to_wire())
            assert packet is not None
            assert told(dns.message.from_wire(packet)) == told(plain)
            (over_tcp,) = await here.plain.tcp([sde_query("www.roblox.com").to_wire()])
            assert told(dns.message.from_wire(over_tcp)) == told(plain)

    asyncio.run(walk())


@pytest.mark.parametrize(
    ("name", "client", "text"),
    [
        ("wicked.example.org", school.YEAR_5, ""),
        ("wikipedia.org", school.STRANGER, "unknown-device why="),
        ("www.roblox.com", school.YEAR_5_CLOSED, '{"j"'),
    ],
)
def test_nothing_but_a_plain_block_is_explained(name: str, client: str, text: str, tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            (answer,) = await here.ask_dot([sde_query(name)], client)
            assert told(answer).startswith(text)
            assert bool(text) == bool(told(answer))

    asyncio.run(walk())


def test_an_option_with_something_in_it_asks_for_nothing(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            (answer,) = await here.ask_dot([sde_query("www.roblox.com", content=b"x")])
            assert told(answer).startswith("category why=")

    asyncio.run(walk())


@pytest.mark.parametrize("qtype", [dns.rdatatype.A, dns.rdatatype.SVCB])
def test_the_plain_resolver_names_its_encrypted_self_only_where_there_is_one(
    qtype: dns.rdatatype.RdataType, tmp_path: Path
) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            worker = here.plain.worker
            # The table that the worker read by itself, not the one that the test put into its place.
            worker.desk.adopt(worker._keeper.load(table=True, names=False))
            answer = await here.plain.ask("_dns.resolver.arpa", dns.rdatatype.to_text(qtype))
            if qtype == dns.rdatatype.A:
                assert sections(answer) == ("NOERROR", [], [6])
                return
            first, second = sorted(answer.answer[0], key=lambda each: each.priority)
            assert first.to_text() == f'1 {NAME}. alpn="dot" port="{here.dot.port}" ipv4hint="127.0.0.1"'
            assert second.to_text() == (
                f'2 {NAME}. alpn="h2,http/1.1" port="{here.doh.port}" ipv4hint="127.0.0.1" dohpath="/dns-query{{?dns}}"'
            )

    asyncio.run(walk())
