"""Certificates made on the spot, a worker that also answers DoT and DoH, and clients that speak TLS to it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dns.message
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dns_filter.model import FilterTable
from dns_filter.servers import Server
from dns_filter.sockets import bind_streams
from tests.dns_filter import school
from tests.dns_filter.ask import WITHIN, Running, running

NAME = "dns.ashlane.example"
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
LONG = datetime(2126, 1, 1, tzinfo=UTC)


def write_pair(
    folder: Path, names: Sequence[str] = (NAME,), ends: datetime = LONG, address: str = "127.0.0.1"
) -> tuple[Path, Path]:
    """A self-signed certificate for these names and its key, as `fullchain.pem` and `privkey.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ash Lane Primary School")])
    held: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    held.append(x509.IPAddress(ipaddress.ip_address(address)))
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(min(BEGINS, ends - timedelta(days=1)))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName(held), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "fullchain.pem", folder / "privkey.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate, private


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A running worker with its two encrypted listeners, and the folder its certificate lies in."""

    plain: Running
    dot: Server
    doh: Server
    folder: Path

    def trusting(self, *alpn: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    async def connect(
        self, place: Server, *alpn: str, client: str = school.YEAR_5, context: ssl.SSLContext | None = None, **how: Any
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        context = context or self.trusting(*alpn)
        how = {"server_hostname": NAME, **how}
        return await asyncio.open_connection(
            place.host, place.port, ssl=context, local_addr=(client, 0), limit=1 << 20, **how
        )

    async def ask_dot(
        self, queries: Iterable[dns.message.Message], client: str = school.YEAR_5
    ) -> list[dns.message.Message]:
        """The answers, in the order they come."""
        reader, writer = await self.connect(self.dot, "dot", client=client)
        packets = [query.to_wire() for query in queries]
        writer.write(b"".join(len(packet).to_bytes(2) + packet for packet in packets))
        try:
            return [dns.message.from_wire(await frame(reader)) for _ in packets]
        finally:
            await hang_up(writer)

    async def ask_http1(
        self, query: dns.message.Message, part: str = "", client: str = school.YEAR_5, method: str = "GET"
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer."""
        packet = query.to_wire()
        if method == "GET":
            encoded = urlsafe_b64encode(packet).rstrip(b"=").decode()
            text = f"GET /dns-query{part}?dns={encoded} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode()
        else:
            head = f"POST /dns-query{part} HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: application/dns-message\r\n"
            text = f"{head}Content-Length: {len(packet)}\r\n\r\n".encode() + packet
        return await self.say_http1(text, client)

    async def say_http1(self, text: bytes, client: str = school.YEAR_5) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await self.connect(self.doh, "http/1.1", client=client)
        writer.write(text)
        try:
            return await http1_answer(reader)
        finally:
            await hang_up(writer)

    async def ask_http2(
        self, queries: Sequence[dns.message.Message], part: str = "", client: str = school.YEAR_5
    ) -> dict[int, tuple[str, bytes]]:
        """Status and body by stream: 1, 3, 5… in the order of the queries, all asked at once."""
        reader, writer = await self.connect(self.doh, "h2", client=client)
        speech = h2.connection.H2Connection()
        speech.initiate_connection()
        for number, query in enumerate(queries):
            encoded = urlsafe_b64encode(query.to_wire()).rstrip(b"=").decode()
            speech.send_headers(2 * number + 1, get(f"/dns-query{part}?dns={encoded}"), end_stream=True)
        try:
            return await http2_answers(speech, reader, writer, len(queries))
        finally:
            await hang_up(writer)


def get(path: str, method: str = "GET") -> list[tuple[str, str]]:
    return [(":method", method), (":path", path), (":scheme", "https"), (":authority", NAME)]


async def frame(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), WITHIN))
    return await asyncio.wait_for(reader.readexactly(length), WITHIN)


async def http1_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WITHIN)).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await asyncio.wait_for(reader.readexactly(int(headers["content-length"])), WITHIN)
    return int(first.split()[1]), headers, body


async def http2_answers(
    speech: h2.connection.H2Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wanted: int
) -> dict[int, tuple[str, bytes]]:
    status: dict[int, str] = {}
    bodies: dict[int, bytes] = {}
    ended: set[int] = set()
    while len(ended) < wanted:
        writer.write(speech.data_to_send())
        octets = await asyncio.wait_for(reader.read(65_536), WITHIN)
        if not octets:
            raise ConnectionError("the filter hung up")
        for event in speech.receive_data(octets):
            match event:
                case h2.events.ResponseReceived(stream_id=int(stream), headers=headers):
                    status[stream] = dict(headers or ())[b":status"].decode()
                case h2.events.DataReceived(stream_id=int(stream), data=data):
                    bodies[stream] = bodies.get(stream, b"") + (data or b"")
                    speech.acknowledge_received_data(event.flow_controlled_length or 0, stream)
                case h2.events.StreamEnded(stream_id=int(stream)):
                    ended.add(stream)
    return {stream: (status[stream], bodies.get(stream, b"")) for stream in sorted(ended)}


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), WITHIN)


@contextlib.asynccontextmanager
async def encrypted(
    home: Path,
    upstream: str = "127.0.0.1:9",
    table: FilterTable | None = None,
    at: float = school.NINE,
    fields: dict[str, object] | None = None,
    **more: object,
) -> AsyncIterator[Encrypted]:
    """`fields` of `EncryptedSettings`, `more` of `WorkerSettings`. The certificate is made where there is none."""
    if not (home / "fullchain.pem").exists():
        write_pair(home)
    (dot, doh), ((for_dot, for_doh),) = bind_streams([Server("127.0.0.1", 0)] * 2, 1)
    told = {
        "dot": (for_dot.detach(),),
        "doh": (for_doh.detach(),),
        "dot_at": (str(dot),),
        "doh_at": (str(doh),),
        "certificate": home / "fullchain.pem",
        "certificate_key": home / "privkey.pem",
        **(fields or {}),
    }
    async with running(home, upstream, table, at, encrypted=told, **more) as here:
        yield Encrypted(here, dot, doh, home)
