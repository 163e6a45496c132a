"""TCP connections, floods, and whose network may ask at all."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest

from dns_filter import tcp
from dns_filter.limits import Pass, Quota, Quotas, RateLimit, zone_of
from tests.dns_filter import school
from tests.dns_filter.ask import WITHIN, running
from tests.dns_filter.engines import both_engines
from tests.dns_filter.school import wire
from tests.dns_filter.test_answers import sections
from tests.dns_filter.test_upstream import WEB
from tests.fakes.upstream import FakeUpstream


def framed(name: str, qtype: str = "A") -> bytes:
    octets = dns.message.make_query(name, qtype).to_wire()
    return len(octets).to_bytes(2) + octets


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the filter closes the connection, after whatever it still says."""
    try:
        while await asyncio.wait_for(reader.read(65_536), WITHIN):
            continue
    except ConnectionError:
        return True
    return True


@both_engines
def test_a_slow_question_holds_up_no_other_on_its_connection(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            upstream.silent = True
            async with running(tmp_path, upstream.address) as here:
                slow = dns.message.make_query("wikipedia.org", "A")
                quick = [dns.message.make_query(name, "A") for name in ("www.roblox.com", "poki.com")]
                replies = await here.tcp([slow.to_wire(), *(each.to_wire() for each in quick)])
                assert [dns.message.from_wire(each).id for each in replies] == [quick[0].id, quick[1].id, slow.id]

    asyncio.run(walk())


def test_a_question_may_come_octet_by_octet(tmp_path: Path) -> None:
    async def walk() -> None:
        async with running(tmp_path) as here:
            reader, writer = await asyncio.open_connection(here.place.host, here.place.port)
            for octet in framed("www.roblox.com"):
                writer.write(bytes((octet,)))
                await asyncio.sleep(0)
            length = int.from_bytes(await reader.readexactly(2))
            assert len(await reader.readexactly(length)) == length
            writer.write_eof()
            writer.close()

    asyncio.run(walk())


def test_one_client_has_twenty_connections_and_its_neighbour_as_many(tmp_path: Path) -> None:
    async def walk() -> None:
        async with running(tmp_path) as here:
            place = here.place.host, here.place.port
            greedy = [await asyncio.open_connection(*place, local_addr=(school.YEAR_5, 0)) for _ in range(20)]
            reader, writer = await asyncio.open_connection(*place, local_addr=(school.YEAR_5, 0))
            assert await ended(reader)
            said = dns.message.from_wire((await here.tcp([framed("cdninstagram.com")[2:]], school.TEACHER))[0])
            assert said.rcode() == dns.rcode.NOERROR
            for _, each in (*greedy, (reader, writer)):
                each.close()

    asyncio.run(walk())


@pytest.mark.parametrize(
    "sends", [b"", b"\0", framed("www.roblox.com")[:-1]], ids=["nothing", "half a length", "half a question"]
)
def test_who_sends_no_whole_question_is_cut_off(sends: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "IDLE", 0.2)

    async def walk() -> None:
        async with running(tmp_path) as here:
            reader, writer = await asyncio.open_connection(here.place.host, here.place.port)
            writer.write(sends)
            assert await ended(reader)
            writer.close()

    asyncio.run(walk())


async def _ask_without_end(loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
    while True:
        await loop.sock_sendall(sock, framed("www.roblox.com") * 200)


def test_who_asks_and_never_reads_is_cut_off(tmp_path: Path) -> None:
    async def walk() -> None:
        async with running(tmp_path) as here:
            with socket.socket() as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                sock.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_connect(sock, (here.place.host, here.place.port))
                asking = loop.create_task(_ask_without_end(loop, sock))
                with pytest.raises(ConnectionError):
                    await asyncio.wait_for(asking, WITHIN)
            assert sections(await here.ask("poki.com")) == ("NOERROR", [], [6]), "the others are answered"

    asyncio.run(walk())


def test_a_newcomer_takes_the_place_of_the_idlest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "IN_ALL", 3)

    async def walk() -> None:
        async with running(tmp_path) as here:
            place = here.place.host, here.place.port
            idle = [await asyncio.open_connection(*place, local_addr=(f"127.5.2.{n}", 0)) for n in range(1, 4)]
            await asyncio.sleep(0.05)
            assert len(await here.tcp([framed("www.roblox.com")[2:]])) == 1
            assert await ended(idle[0][0])
            for _, writer in idle:
                writer.close()

    asyncio.run(walk())


@both_engines
def test_outside_the_schools_networks_nobody_is_answered(tmp_path: Path) -> None:
    async def walk() -> None:
        async with running(tmp_path, table=school.table(sources=("10.0.0.0/8",))) as here:
            query = dns.message.make_query("www.roblox.com", "A")
            for reply in (await here.udp(query.to_wire()), (await here.tcp([query.to_wire()]))[0]):
                assert reply is not None
                assert dns.message.from_wire(reply).rcode() == dns.rcode.REFUSED

    asyncio.run(walk())


@both_engines
def test_a_flood_is_told_to_come_over_tcp_and_then_told_nothing(tmp_path: Path) -> None:
    async def walk() -> None:
        async with running(tmp_path, rate_limit=True, per_second=1.0, burst=3.0) as here:
            seen = []
            for patience in [WITHIN] * 6 + [0.2] * 2:
                reply = await here.udp(framed("www.roblox.com")[2:], wait=patience)
                said = dns.message.from_wire(reply) if reply else None
                seen.append("nothing" if said is None else "tc" if said.flags & dns.flags.TC else "answer")
            assert seen == ["answer"] * 3 + ["tc"] * 3 + ["nothing"] * 2
            assert sections(await here.ask("cdninstagram.com", client=school.TEACHER))[0] == "NOERROR", "not its doing"
            here.clock.at += 10
            assert not (await here.ask("www.roblox.com")).flags & dns.flags.TC

    asyncio.run(walk())


def test_a_page_load_is_no_flood() -> None:
    quota, limit = Quota(), RateLimit()
    assert {quota.ask(100.0, limit) for _ in range(300)} == {Pass.ANSWER}
    assert quota.ask(100.0, limit) is Pass.TRUNCATE
    assert quota.ask(100.1, limit) is Pass.ANSWER


def test_a_clock_set_back_locks_nobody_out() -> None:
    quota, limit = Quota(), RateLimit()
    for _ in range(700):
        quota.ask(1_000_000.0, limit)
    assert quota.ask(1_000_000.0, limit) is Pass.DROP
    assert quota.ask(5.0, limit) is Pass.ANSWER


def test_strangers_share_a_quota_by_the_network_they_can_choose_addresses_in() -> None:
    quotas = Quotas()
    assert quotas.of("fd00::1", None) is quotas.of("fd00::2:3", None)
    assert quotas.of("fd00::1", None) is not quotas.of("fd00:0:0:1::1", None)
    assert quotas.of("10.20.0.1", None) is not quotas.of("10.20.0.2", None)
    assert quotas.of("10.20.0.1", "02:00:00:00:05:11") is quotas.of("fd00::1", "02:00:00:00:05:11")


def test_one_device_cannot_use_up_all_questions_to_upstreams(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            upstream.silent = True
            async with running(tmp_path, upstream.address) as here:
                client = here.desk.clients.admit(school.YEAR_5, here.clock())
                heard: list[bytes] = []
                for number in range(300):
                    packet = dns.message.make_query(f"page.site-{number}.org", "A").to_wire()
                    here.desk.pipeline.take(packet, client, heard.append, here.clock(), udp=True)
                assert {dns.message.from_wire(each).rcode() for each in heard} == {dns.rcode.SERVFAIL}
                assert len(heard) == 300 - 256
                upstream.silent = False
                assert sections(await here.ask("wikipedia.org", client=school.TEACHER))[1] == ["192.0.2.1"]

    asyncio.run(walk())


def test_names_without_end_below_one_dead_zone_leave_room_for_other_names() -> None:
    quota = Quota()
    entered = [quota.enter(wire(f"x{number}.dead.co.uk"), 256) for number in range(500)]
    assert sum(each is not None for each in entered) == 64 + 32
    assert quota.enter(wire("www.bbc.co.uk"), 256) is not None
    for each in entered:
        if each is not None:
            quota.leave(each)
    assert quota.pending == 1
    assert quota.enter(wire("x.dead.co.uk"), 256) is not None


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("a.b.example.org", "example.org"), ("a.b.example.co.uk", "example.co.uk"), ("example.org", "example.org"),
        ("co.uk", "co.uk"), ("org", "org"), (".", "."),
    ],
)  # fmt: skip
def test_about_which_zone_a_name_is_in(name: str, zone: str) -> None:
    assert zone_of(wire(name)) == wire(zone)


def test_who_asks_for_the_names_of_a_whole_network_leaves_room_for_its_other_questions(tmp_path: Path) -> None:
    async def walk() -> None:
        with FakeUpstream(WEB) as upstream:
            upstream.silent = True
            async with running(tmp_path, upstream.address) as here:
                client = here.desk.clients.admit(school.YEAR_5, here.clock())
                heard: list[bytes] = []
                for number in range(100):
                    packet = dns.message.make_query(f"{number}.8.8.8.in-addr.arpa", "PTR").to_wire()
                    here.desk.pipeline.take(packet, client, heard.append, here.clock(), udp=True)
                assert len(heard) == 100 - 32
                upstream.silent = False
                assert sections(await here.ask("wikipedia.org"))[1] == ["192.0.2.1"]

    asyncio.run(walk())
