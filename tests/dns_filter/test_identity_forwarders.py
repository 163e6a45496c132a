"""Forwarders that are not ours pass on the queries of a classroom."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import dns.message
import pytest

from dns_filter.servers import Server
from tests.dns_filter import school
from tests.dns_filter.ask import WITHIN, Running, _exchange, running
from tests.dns_filter.engines import both_engines
from tests.dns_filter.test_identity import FORWARDER, GAMES, ecs, query
from tests.fakes.upstream import FakeUpstream


@contextlib.asynccontextmanager
async def dnsmasq(home: Path, here: Running, *options: str) -> AsyncIterator[Server]:
    """Where a dnsmasq on the forwarder's address answers: it asks the filter, and adds what `options` say."""
    with socket.create_server((FORWARDER, 0)) as free:
        place = Server(FORWARDER, free.getsockname()[1])
    words = [
        *("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--no-daemon", "--conf-file=/dev/null"),
        *("--cache-size=0", "--bind-interfaces", f"--listen-address={FORWARDER}", f"--port={place.port}"),
        *(f"--pid-file={home / 'pid'}", f"--server={here.place.host}#{here.place.port}@{FORWARDER}", *options),
    ]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        for _ in range(20):
            line = (await asyncio.to_thread(process.stderr.readline)).decode()
            if "using nameserver" in line:
                break
            assert line, "dnsmasq ended"
        yield place
    finally:
        process.terminate()
        process.wait(WITHIN)
        assert process.stderr is not None
        process.stderr.close()


async def outcome(packet: bytes, client: str, place: Server) -> str:
    heard = await asyncio.to_thread(_exchange, packet, client, place, WITHIN)
    assert heard is not None
    answer = dns.message.from_wire(heard)
    return "allowed" if answer.answer else "blocked"


@both_engines
@pytest.mark.needs("dnsmasq")
@pytest.mark.parametrize(("options", "spoofed"), [((), "allowed"), (("--strip-subnet",), "blocked")])
def test_dnsmasq_says_for_whom_it_asks_and_must_be_told_to_strip_what_clients_say(
    options: tuple[str, ...], spoofed: str, tmp_path: Path
) -> None:
    """Without `strip-subnet` dnsmasq passes on a client's own claim: the operating guide says so."""

    async def walk() -> None:
        with FakeUpstream(GAMES) as upstream:
            async with (
                running(tmp_path, upstream.address, forwarders=(FORWARDER,)) as here,
                dnsmasq(tmp_path, here, "--add-subnet=32,128", *options) as place,
            ):
                for _ in range(2):
                    assert await outcome(query(), school.TEACHER, place) == "allowed"
                    assert await outcome(query(), school.YEAR_5, place) == "blocked"
                    assert await outcome(query(), school.STRANGER, place) == "blocked"
                assert await outcome(query(ecs(school.TEACHER)), school.YEAR_5, place) == spoofed

    asyncio.run(walk())
