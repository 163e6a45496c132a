"""DNS over HTTPS: the verdicts of plain DNS over both kinds of HTTP, paths that name devices, and nonsense refused."""

from __future__ import annotations

import asyncio
import random
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

import dns.message
import dns.rcode
import h2.connection
import h2.errors
import h2.settings
import pytest

from dns_filter import tcp
from dns_filter.encrypted import doh_http2
from dns_filter.identity.paths import chromeos_hash
from tests.dns_filter import school
from tests.dns_filter.ask import WITHIN
from tests.dns_filter.encrypted import NAME, encrypted, frame, get, hang_up, http1_answer, http2_answers
from tests.dns_filter.test_answers import sections
from tests.dns_filter.test_tcp_and_limits import ended
from tests.dns_filter.test_tls_listeners import NAMES, sde_query, told
from tests.dns_filter.test_upstream import WEB
from tests.fakes.upstream import FakeUpstream

ROBLOX = dns.message.make_query("www.roblox.com", "A", use_edns=0, id=511)
TOKEN = "an-ipad-of-year-5-0511"
SALT, SERIAL = "ash lane salt", "5CD1234XYZ"
IPAD, LAPTOP = "02:00:00:00:05:11", "02:00:00:00:30:05"
AT_HOME = "127.66.7.8"
"""An address of the school's that is bound to nobody."""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_doh_gives_the_verdict_that_plain_dns_gives(method: str, tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with encrypted(tmp_path, upstream.address) as here:
                for name in NAMES:
                    for client in (school.YEAR_5, school.TEACHER, school.STRANGER):
                        query = dns.message.make_query(name, "A", use_edns=0)
                        status, headers, body = await here.ask_http1(query, client=client, method=method)
                        answer = dns.message.from_wire(body)
                        assert (status, headers["content-type"]) == (200, "application/dns-message")
                        plain = await here.plain.ask(name, client=client)
                        assert sections(answer) == sections(plain)
                        assert answer.extended_errors() == plain.extended_errors()

    asyncio.run(walk())


def test_http2_answers_many_questions_at_once_and_none_waits_for_a_slow_one(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with encrypted(tmp_path, upstream.address) as here:
                queries = [dns.message.make_query(name, "A", use_edns=0) for name in NAMES * 5]
                answers = await here.ask_http2(queries)
                assert list(answers) == list(range(1, 2 * len(queries), 2))
                for query, (status, body) in zip(queries, answers.values(), strict=True):
                    assert status == "200"
                    assert query.is_response(dns.message.from_wire(body))

    asyncio.run(walk())


@pytest.mark.parametrize(("name", "client"), [("www.roblox.com", school.YEAR_5), ("wikipedia.org", school.YEAR_5)])
def test_no_cache_but_the_clients_own_keeps_an_answer_and_never_past_its_ttl(
    name: str, client: str, tmp_path: Path
) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            async with encrypted(tmp_path, upstream.address) as here:
                _, headers, body = await here.ask_http1(dns.message.make_query(name, "A"), client=client)
                answer = dns.message.from_wire(body)
                shortest = min(rrset.ttl for section in (answer.answer, answer.authority) for rrset in section)
                assert headers["cache-control"] == f"private, max-age={shortest}"

    asyncio.run(walk())


def identifiers(home: Path, text: str) -> dict[str, object]:
    path = home / "identifiers.csv"
    path.write_text(f"device,identifier,token\n{text}")
    return {"identifiers": path, "salt": SALT}


@pytest.mark.parametrize(
    ("part", "client", "blocked_as"),
    [
        (f"/{TOKEN}", AT_HOME, "category"),
        (f"/{chromeos_hash(SALT, SERIAL)}", AT_HOME, "nothing"),
        (f"/{chromeos_hash(SALT, SERIAL).lower()}", AT_HOME, "nothing"),
        ("", school.TEACHER, "nothing"),
        ("", AT_HOME, "unknown-device"),
        # An unknown identifier is a stranger's, wherever it comes from.
        ("/nobody-was-given-this-one", school.TEACHER, "unknown-device"),
        (f"/{chromeos_hash('another salt', SERIAL)}", school.TEACHER, "unknown-device"),
        (f"/{SERIAL}", AT_HOME, "unknown-device"),
        # A path copied to another device: the address says whose it is, the path disagrees.
        (f"/{chromeos_hash(SALT, SERIAL)}", school.YEAR_5, "unknown-device"),
        (f"/{TOKEN}", school.YEAR_5, "category"),
    ],
)
def test_a_path_names_the_device_and_never_adds_to_what_the_address_may(
    part: str, client: str, blocked_as: str, tmp_path: Path
) -> None:
    async def walk() -> None:
        fields = identifiers(tmp_path, f"{IPAD},,{TOKEN}\n{LAPTOP},{SERIAL},\n")
        with FakeUpstream({**WEB, "www.roblox.com": ["300 A 192.0.2.7"]}) as upstream:
            async with encrypted(tmp_path, upstream.address, fields=fields) as here:
                status, _, body = await here.ask_http1(ROBLOX, part, client)
                errors = dns.message.from_wire(body).extended_errors()
                assert (status, errors[0].text.split()[0] if errors else "nothing") == (200, blocked_as)
                ((_, over_http2),) = (await here.ask_http2([ROBLOX], part, client)).values()
                assert sections(dns.message.from_wire(over_http2)) == sections(dns.message.from_wire(body))

    asyncio.run(walk())


def test_identifiers_are_read_again_and_a_broken_file_leaves_the_ones_before(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path, fields=identifiers(tmp_path, f"{IPAD},,{TOKEN}\n")) as here:

            async def outcome(token: str) -> str:
                here.plain.worker._encrypted.look()
                here.plain.worker._encrypted.wait()
                _, _, body = await here.ask_http1(ROBLOX, f"/{token}", AT_HOME)
                return (dns.message.from_wire(body).extended_errors()[0].text or "").split()[0]

            assert await outcome(TOKEN) == "category"
            identifiers(tmp_path, "this is no line of the file\n")
            assert await outcome(TOKEN) == "category"
            identifiers(tmp_path, f"{IPAD},,another-token-of-this-ipad\n")
            assert await outcome(TOKEN) == "unknown-device"
            assert await outcome("another-token-of-this-ipad") == "category"

    asyncio.run(walk())


def test_a_block_is_explained_over_https_too(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            _, _, body = await here.ask_http1(sde_query("www.roblox.com"))
            assert told(dns.message.from_wire(body)).startswith('{"j":"Blocked by the rules of the school.')

    asyncio.run(walk())


def encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("request_line", "headers", "body", "status"),
    [
        ("GET / HTTP/1.1", "", b"", 404),
        ("GET /dns-query/a/b HTTP/1.1", "", b"", 404),
        ("GET /dns-query/%2e%2e HTTP/1.1", "", b"", 404),
        (f"GET /dns-query?dns={encoded(ROBLOX.to_wire())}&dns=AAAA HTTP/1.1", "", b"", 400),
        ("GET /dns-query HTTP/1.1", "", b"", 400),
        ("GET /dns-query?dns= HTTP/1.1", "", b"", 400),
        ("GET /dns-query?dns=A HTTP/1.1", "", b"", 400),
        ("GET /dns-query?dns=+/+/ HTTP/1.1", "", b"", 400),
        (f"GET /dns-query?dns={encoded(bytes(11))} HTTP/1.1", "", b"", 400),
        (f"GET /dns-query?dns={encoded(bytes((0, 0, 128)) + bytes(20))} HTTP/1.1", "", b"", 400),
        ("DELETE /dns-query HTTP/1.1", "", b"", 405),
        ("HEAD /dns-query HTTP/1.1", "", b"", 405),
        ("POST /dns-query HTTP/1.1", "Content-Type: text/plain\r\nContent-Length: 3\r\n", b"abc", 415),
        ("POST /dns-query HTTP/1.1", "Content-Length: 3\r\n", b"abc", 415),
        ("GET /dns-query HTTP/9.9", "", b"", 400),
        ("nonsense", "", b"", 400),
        ("GET /dns-query HTTP/1.1", "No colon here\r\n", b"", 400),
        ("GET /dns-query HTTP/1.1", f"Cookie: {'x' * 40_000}\r\n", b"", 431),
        ("GET /dns-query HTTP/1.1", "Content-Length: 5\r\nContent-Length: 6\r\n", b"", 400),
        ("POST /dns-query HTTP/1.1", "Content-Length: 70000\r\n", bytes(40_000), 413),
    ],
)
def test_what_is_no_question_is_refused_with_a_status(
    request_line: str, headers: str, body: bytes, status: int, tmp_path: Path
) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            text = f"{request_line}\r\nHost: {NAME}\r\n{headers}\r\n".encode() + body
            answered, said, _ = await here.say_http1(text)
            assert answered == status
            assert said.get("allow", "") == ("GET, POST" if status == 405 else "")
            assert (await here.ask_http1(ROBLOX))[0] == 200

    asyncio.run(walk())


def test_a_body_may_come_in_chunks_and_a_connection_takes_one_request_after_another(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            reader, writer = await here.connect(here.doh)
            packet = ROBLOX.to_wire()
            head = f"POST /dns-query HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/dns-message; x=y\r\n"
            chunks = b"".join(b"1\r\n%c\r\n" % octet for octet in packet) + b"0\r\n\r\n"
            whole = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks
            writer.write(whole * 50)
            for _ in range(50):
                status, _, body = await http1_answer(reader)
                assert (status, ROBLOX.is_response(dns.message.from_wire(body))) == (200, True)
            await hang_up(writer)

    asyncio.run(walk())


def test_a_flood_over_https_is_told_so(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path, rate_limit=True, per_second=1.0, burst=10.0) as here:
            answers = await here.ask_http2([ROBLOX] * 8)
            assert [status for status, _ in answers.values()] == ["200"] * 5 + ["429"] * 3
            counts = here.plain.worker._encrypted.counts()
            assert counts["doh_status"] == {"200": 5, "429": 3}

    asyncio.run(walk())


@pytest.mark.parametrize("alpn", ["http/1.1", "h2"])
def test_who_sends_a_request_by_drops_is_cut_off(alpn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "IDLE", 0.3)

    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            reader, writer = await here.connect(here.doh, alpn)
            head = b"GET /dns-query HTTP/1.1\r\nX-A: " if alpn == "http/1.1" else b"PRI * HTTP/2.0\r\n\r\n"
            writer.write(head)

            async def drip() -> None:
                while not writer.transport.is_closing():
                    writer.write(b"x" if alpn == "http/1.1" else b"")
                    await asyncio.sleep(0.02)

            dripping = asyncio.create_task(drip())
            assert await ended(reader)
            dripping.cancel()
            writer.transport.abort()

    asyncio.run(walk())


async def spoken(
    speech: h2.connection.H2Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> h2.errors.ErrorCodes | int | None:
    """Say what is to be said, then hear until the filter says goodbye: with which error.

    None: the connection ended without. Octets of ours that nobody read any more make the kernel reset it, and a reset
    may overtake the goodbye.
    """
    writer.write(speech.data_to_send())
    with suppress(ConnectionResetError):
        while octets := await asyncio.wait_for(reader.read(65_536), WITHIN):
            for event in speech.receive_data(octets):
                if isinstance(event, h2.events.ConnectionTerminated):
                    return event.error_code
    return None


@pytest.mark.parametrize("flood", ["resets", "pings", "settings"])
def test_floods_that_ask_nothing_are_ended(flood: str, tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            reader, writer = await here.connect(here.doh, "h2")
            speech = h2.connection.H2Connection()
            speech.initiate_connection()
            for number in range(doh_http2.CHATTER + 10):
                if flood == "resets":
                    speech.send_headers(2 * number + 1, get("/dns-query", "POST"))
                    speech.reset_stream(2 * number + 1)
                elif flood == "pings":
                    speech.ping(number.to_bytes(8))
                else:
                    speech.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: number})
            assert await spoken(speech, reader, writer) in {h2.errors.ErrorCodes.ENHANCE_YOUR_CALM, None}
            writer.transport.abort()
            assert (await here.ask_http1(ROBLOX))[0] == 200

    asyncio.run(walk())


def test_more_requests_at_once_than_agreed_end_the_connection(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            reader, writer = await here.connect(here.doh, "h2")
            speech = h2.connection.H2Connection()
            speech.initiate_connection()
            for number in range(doh_http2.AT_ONCE + 1):
                speech.send_headers(2 * number + 1, get("/dns-query", "POST"))
            assert await spoken(speech, reader, writer) != h2.errors.ErrorCodes.NO_ERROR
            writer.transport.abort()

    asyncio.run(walk())


def test_an_answer_waits_for_the_clients_window(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            reader, writer = await here.connect(here.doh, "h2")
            speech = h2.connection.H2Connection()
            speech.initiate_connection()
            speech.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 7})
            speech.send_headers(1, get(f"/dns-query?dns={encoded(ROBLOX.to_wire())}"), end_stream=True)
            answers = await http2_answers(speech, reader, writer, 1)
            assert ROBLOX.is_response(dns.message.from_wire(answers[1][1]))
            await hang_up(writer)

    asyncio.run(walk())


@pytest.mark.parametrize("seed", range(4))
def test_octets_thrown_at_either_http_break_nothing(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)

    def broken(octets: bytes) -> bytes:
        mutated = bytearray(octets)
        for _ in range(chance.randint(1, 8)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        return bytes(mutated)

    def http2() -> bytes:
        speech = h2.connection.H2Connection()
        speech.initiate_connection()
        speech.send_headers(1, get(f"/dns-query?dns={encoded(ROBLOX.to_wire())}"), end_stream=True)
        return speech.data_to_send()

    def http1() -> bytes:
        return f"GET /dns-query?dns={encoded(ROBLOX.to_wire())} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode()

    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            for number in range(40):
                alpn, whole = ("h2", http2()) if number % 2 else ("http/1.1", http1())
                _, writer = await here.connect(here.doh, alpn)
                start = 24 if number % 4 == 1 else 0  # past HTTP/2's fixed greeting
                writer.write(whole[:start] + broken(whole[start:]))
                await writer.drain()
                await asyncio.sleep(0)
                writer.transport.abort()
            assert (await here.ask_http1(ROBLOX))[0] == 200
            assert here.plain.desk.pipeline.counts["bug"] == 0

    asyncio.run(walk())


def test_a_connection_closed_with_a_question_under_way_harms_nobody(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            upstream.silent = True
            async with encrypted(tmp_path, upstream.address) as here:
                for alpn in ("h2", "http/1.1"):
                    _, writer = await here.connect(here.doh, alpn)
                    query = dns.message.make_query("wikipedia.org", "A")
                    writer.write(f"GET /dns-query?dns={encoded(query.to_wire())} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                    await writer.drain()
                    await asyncio.sleep(0.05)
                    writer.transport.abort()
                upstream.silent = False
                assert sections(await here.plain.ask("wikipedia.org"))[1] == ["192.0.2.1"]

    asyncio.run(walk())


def test_dot_and_doh_share_one_certificate_and_the_twenty_connections(tmp_path: Path) -> None:
    async def walk() -> None:
        async with encrypted(tmp_path) as here:
            held = [await here.connect(here.dot if n % 2 else here.doh) for n in range(20)]
            with pytest.raises(ConnectionError):
                await here.connect(here.dot)
            reader, writer = held[1]
            writer.write(len(ROBLOX.to_wire()).to_bytes(2) + ROBLOX.to_wire())
            assert ROBLOX.is_response(dns.message.from_wire(await frame(reader)))
            for _, each in held:
                each.transport.abort()

    asyncio.run(walk())
