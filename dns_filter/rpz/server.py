"""Serves the zones to subscribers: SOA over UDP and TCP, AXFR and IXFR over TCP, signed; NOTIFY when one changes. ●"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import cast

from dns_filter import watch
from dns_filter.clock import Clock
from dns_filter.model import Name
from dns_filter.rpz.files import write_zones
from dns_filter.rpz.keeper import ZoneKeeper
from dns_filter.rpz.notify import Notifier, Subscriber
from dns_filter.rpz.question import read_asked
from dns_filter.rpz.reply import answers, unreadable
from dns_filter.rpz.tsig import Key
from dns_filter.wire import Malformed

log = logging.getLogger(__name__)
IDLE, SLOW = 30.0, 60.0
"""Seconds a connection may say nothing, and may take for one message of an answer."""
CONNECTIONS = 64
_LONGEST_REQUEST = 4096
_CLOSE = 2.0


@dataclass(frozen=True, slots=True)
class Access:
    """Who may have the zones: whoever has one of the keys, and unsigned only the named networks."""

    keys: Mapping[Name, Key]
    unsigned: tuple[IPv4Network | IPv6Network, ...] = ()

    def trusts(self, sender: str) -> bool:
        address = ip_address(sender.partition("%")[0])
        return any(address in network for network in self.unsigned if network.version == address.version)


class ZoneServer:
    """Answers on its sockets from `start` to `close`. It owns the sockets it is given.

    `files`: a directory in which every zone is kept as a master file too, for resolvers that only read files.
    """

    def __init__(
        self,
        keeper: ZoneKeeper,
        access: Access,
        clock: Clock,
        subscribers: Iterable[Subscriber] = (),
        files: Path | None = None,
    ) -> None:
        self.keeper, self._access, self._clock, self._files = keeper, access, clock, files
        self.notifier = Notifier(subscribers, clock)
        self._reader = ThreadPoolExecutor(1, "zone-compiler")
        self._conversations: set[asyncio.Task[None]] = set()

    async def start(self, udp: Iterable[socket.socket], tcp: Iterable[socket.socket]) -> None:
        """Returns when every zone can be had."""
        loop = asyncio.get_running_loop()
        await self.notifier.open()
        await self.look()
        self._listening = [
            await asyncio.start_server(self._converse, sock=sock, limit=_LONGEST_REQUEST) for sock in tcp
        ]
        self._datagrams = [(await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=s))[0] for s in udp]
        self._looking = loop.create_task(self._look_on())

    async def close(self) -> None:
        self._looking.cancel()
        for task in self._conversations:
            task.cancel()
        await asyncio.gather(self._looking, *self._conversations, return_exceptions=True)
        for stream in self._listening:
            stream.close()
        for transport in self._datagrams:
            transport.close()
        await self.notifier.close()
        self._reader.shutdown()
        await asyncio.sleep(0)  # lets the transports close their sockets

    async def serve(self, stop: asyncio.Event) -> None:
        """Until told to stop. Raises what made it give up: a server that no longer looks must not go on answering."""
        stopping = asyncio.get_running_loop().create_task(stop.wait())
        done, _ = await asyncio.wait((stopping, self._looking), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
        for task in done:
            task.result()

    async def look(self) -> None:
        """Bring the zones up to date, and tell who wants to know."""
        loop = asyncio.get_running_loop()
        try:
            changed = await loop.run_in_executor(self._reader, self._refresh)
        except OSError as error:
            log.error("the zones stay as they were: %s", error)
            return
        for zone in changed:
            self.notifier.tell(zone, self.keeper.zones[zone].history.current)

    def _refresh(self) -> Iterable[Name]:
        changed = self.keeper.refresh()
        if self._files is not None and changed:
            try:
                write_zones(self._files, {zone: self.keeper.zones[zone].history.current for zone in changed})
            except OSError as error:
                log.error("the zone files stay as they were: %s", error)
        return changed

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(watch.EVERY)
            await self.look()

    def answer(self, data: bytes, sender: str, *, udp: bool) -> Iterable[bytes]:
        try:
            asked = read_asked(data)
        except Malformed:
            return [said] if (said := unreadable(data)) else []
        return answers(
            data, asked, self.keeper.zones, self._access.keys,
            trusted=self._access.trusts(sender), udp=udp, now=self._clock(),
        )  # fmt: skip

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio runs every conversation as one
        self._conversations.add(task)
        try:
            if len(self._conversations) <= CONNECTIONS:
                await self._talk(reader, writer)
        except (OSError, EOFError, TimeoutError, asyncio.CancelledError):
            pass  # gone, silent, too slow, or the server closes: there is nobody to tell
        finally:
            self._conversations.discard(task)
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), _CLOSE)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        while True:
            length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), IDLE))
            if length > _LONGEST_REQUEST:
                return
            request = await asyncio.wait_for(reader.readexactly(length), IDLE)
            for octets in self.answer(request, peer[0], udp=False):
                writer.write(len(octets).to_bytes(2) + octets)
                await asyncio.wait_for(writer.drain(), SLOW)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: ZoneServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The selector loop's own class is none of asyncio.DatagramTransport (Python 3.11).
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for octets in self._server.answer(data, addr[0], udp=True):
            self._transport.sendto(octets, addr)
