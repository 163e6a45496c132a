"""A worker in the test's own loop on 127.0.0.1:0, and clients that speak from the school's addresses."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rdatatype

from dns_filter import table_file
from dns_filter.clock import FixedClock
from dns_filter.model import FilterTable
from dns_filter.server import Server as Worker
from dns_filter.servers import Server
from dns_filter.snapshot import Snapshot
from dns_filter.sockets import bind
from dns_filter.worker_settings import WorkerSettings
from tests.dns_filter import engines, school
from tests.fakes.domain_table import FakeDomainTable

WITHIN = 60.0


class Running:
    """A worker that answers by the school's table; `clock` may be moved."""

    def __init__(self, worker: Worker, place: Server, clock: FixedClock) -> None:
        self.worker, self.place, self.clock = worker, place, clock
        self.desk = worker.desk

    def adopt(self, table: FilterTable) -> None:
        """A push, without the file."""
        names = FakeDomainTable(school.LISTS)
        self.desk.adopt(Snapshot(table, names, self.desk.generation + 1))

    async def udp(self, packet: bytes, client: str = school.YEAR_5, wait: float = WITHIN) -> bytes | None:
        """What comes back for a datagram, or None where nothing does."""
        return await asyncio.to_thread(_exchange, packet, client, self.place, wait)

    async def tcp(self, packets: Iterable[bytes], client: str = school.YEAR_5) -> list[bytes]:
        """What comes back for messages written at once to one connection, in the order it comes."""
        reader, writer = await asyncio.open_connection(
            self.place.host, self.place.port, local_addr=(client, 0), limit=1 << 20
        )
        packets = list(packets)
        writer.write(b"".join(len(packet).to_bytes(2) + packet for packet in packets))
        try:
            return [await asyncio.wait_for(_frame(reader), WITHIN) for _ in packets]
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def ask(
        self, name: str, qtype: str = "A", client: str = school.YEAR_5, **options: Any
    ) -> dns.message.Message:
        """The answer to an ordinary question over UDP, checked to be the answer to this one."""
        query = dns.message.make_query(name, qtype, **{"use_edns": 0, **options})
        heard = await self.udp(query.to_wire(), client)
        assert heard is not None, f"no answer for {name}"
        answer = dns.message.from_wire(heard)
        assert query.is_response(answer)
        return answer


@contextlib.asynccontextmanager
async def running(
    home: Path, upstream: str = "127.0.0.1:9", table: FilterTable | None = None, at: float = school.NINE, **more: object
) -> AsyncIterator[Running]:
    table_file.write(home / "table.json", table or school.table())
    (place,), (bound,) = bind([Server("127.0.0.1", 0)], 1)
    settings = WorkerSettings.model_validate(
        {
            "worker": 0,
            "table": home / "table.json",
            "names": home / "names",
            "acks": home / "acks",
            "counters": home / "counters",
            "key": "00" * 16,
            "upstreams": (upstream,),
            "rate_limit": False,
            "engine": engines.current(),
            **more,
        }
    )
    clock = FixedClock(at)
    # Held against a counter that stands still as it does: beside the loop's it would seem set back every two seconds.
    worker = Worker(settings, bound.udp, bound.tcp, asyncio.get_running_loop(), clock, steady=FixedClock(0.0))
    await worker.start()
    here = Running(worker, place, clock)
    here.adopt(table or school.table())
    try:
        yield here
    finally:
        await worker.close()


def _exchange(packet: bytes, client: str, place: Server, wait: float) -> bytes | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(wait)
        sock.bind((client, 0))
        sock.sendto(packet, (place.host, place.port))
        try:
            return sock.recv(65_535)
        except TimeoutError:
            return None


async def _frame(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(2))
    return await reader.readexactly(length)
