"""A resolver on loopback that speaks TLS or HTTPS, in the test's own loop, and answers as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset
import h2.connection
import h2.events
import h2.exceptions
from h2.config import H2Configuration

from tests.dns_filter.encrypted import LONG, frame, hang_up, write_pair

NAME = "resolver.example"
Message = dns.message.Message
React = Callable[["TlsUpstream", Message], Awaitable[bytes | None]]
"""What is sent for a query; None: nothing."""


def right(query: Message) -> Message:
    """192.0.2.1 for every name."""
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    answer.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "A", "192.0.2.1"))
    return answer


async def rightly(_: TlsUpstream, query: Message) -> bytes | None:
    return right(query).to_wire()


@dataclass(slots=True)
class TlsUpstream:
    """`ends_after`: with how many questions unanswered each connection is ended; connections beyond go on."""

    way: str
    react: React = rightly
    ends_after: list[int] = field(default_factory=list)
    status: str = "200"
    asked: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    connections: int = 0
    place: str = ""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def spelled(self, name: str = NAME) -> str:
        return f"{self.way}://{self.place}{'/dns-query' if self.way == 'https' else ''}#{name}"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        left = self.ends_after.pop(0) if self.ends_after else -1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError, h2.exceptions.ProtocolError):
            await (self._dot if self.way == "tls" else self._doh)(reader, writer, left)
        with contextlib.suppress(OSError):
            await hang_up(writer)

    async def _dot(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int) -> None:
        def say(packet: bytes) -> None:
            writer.write(len(packet).to_bytes(2) + packet)

        while True:
            packet = await frame(reader)
            left -= 1
            if left == 0:
                return
            self._begin(packet, say)

    async def _doh(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int) -> None:
        speech = h2.connection.H2Connection(H2Configuration(client_side=False, header_encoding=None))
        speech.initiate_connection()
        bodies: dict[int, bytes] = {}

        def say(stream: int, packet: bytes) -> None:
            with contextlib.suppress(h2.exceptions.ProtocolError):
                headers = [(":status", self.status), ("content-type", "application/dns-message")]
                speech.send_headers(stream, headers)
                speech.send_data(stream, packet, end_stream=True)
                writer.write(speech.data_to_send())

        while True:
            writer.write(speech.data_to_send())
            if not (octets := await reader.read(65_536)):
                return
            for event in speech.receive_data(octets):
                match event:
                    case h2.events.RequestReceived(stream_id=int(stream), headers=headers):
                        told = dict(headers or ())
                        assert (told[b":method"], told[b":path"]) == (b"POST", b"/dns-query")
                        assert told[b":authority"].startswith(NAME.encode())
                        bodies[stream] = b""
                    case h2.events.DataReceived(stream_id=int(stream), data=data):
                        bodies[stream] += data or b""
                        speech.acknowledge_received_data(event.flow_controlled_length or 0, stream)
                    case h2.events.StreamEnded(stream_id=int(stream)):
                        left -= 1
                        if left == 0:
                            return
                        self._begin(bodies.pop(stream), lambda packet, stream=stream: say(stream, packet))  # type: ignore[misc]

    def _begin(self, packet: bytes, say: Callable[[bytes], None]) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(packet, say))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, packet: bytes, say: Callable[[bytes], None]) -> None:
        query = dns.message.from_wire(packet)
        self.asked.append(query.question[0].name.to_text(omit_final_dot=True))
        self.ids.append(query.id)
        if (said := await self.react(self, query)) is not None:
            say(said)


@contextlib.asynccontextmanager
async def tls_upstream(
    folder: Path,
    way: str,
    react: React = rightly,
    *,
    names: Sequence[str] = (NAME,),
    ends: datetime = LONG,
    ends_after: Sequence[int] = (),
    status: str = "200",
    alpn: Sequence[str] = ("h2",),
) -> AsyncIterator[TlsUpstream]:
    """Running; its certificate, `folder/fullchain.pem`, is also its authority, and that of others in this folder."""
    folder.mkdir(exist_ok=True)
    if not (folder / "fullchain.pem").exists():
        write_pair(folder, names, ends)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "fullchain.pem", folder / "privkey.pem")
    if way == "https":
        context.set_alpn_protocols(list(alpn))
    upstream = TlsUpstream(way, react, list(ends_after), status)
    server = await asyncio.start_server(upstream.meet, "127.0.0.1", 0, ssl=context)
    upstream.place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield upstream
    finally:
        server.close()
        for task in list(upstream._tasks):
            task.cancel()
        await server.wait_closed()
