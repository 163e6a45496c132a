"""The lab's own internet: web, DNS (plain, over TLS, over HTTPS) and a VPN's end, in a namespace. ●

`python -m controller.lab.internet CERTIFICATE KEY` serves until it is ended. Every name exists here, and leads to the
one web server.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from controller.lab.plan import FEEDS, RESOLVERS, UPSTREAM, VPN, WEB_4, WEB_6
from controller.lab.questions import answer
from controller.lab.routes import TUNNELS_TCP, TUNNELS_UDP

ADDRESSES = (WEB_4, WEB_6, VPN, UPSTREAM, *RESOLVERS)
ECHO_PORTS = (443, *TUNNELS_UDP.values())
"""UDP: HTTP/3 and the far ends of tunnels. What comes in goes back."""
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\nthe internet"
LONGEST = 65_535


def links() -> Sequence[str]:
    """For `ip -batch` in the namespace of the internet: every address of it, and the ends of the school's feeds."""
    lines = ["link set lo up"]
    lines += [f"address add {each} dev lo" for each in ADDRESSES]
    for feed, (_, four, _, six) in FEEDS.items():
        lines += [f"address add {four}/30 dev {feed}", f"address add {six}/64 dev {feed} nodad", f"link set {feed} up"]
    return lines


class _Names(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if reply := answer(data, WEB_4, WEB_6):
            self.transport.sendto(reply, addr)


class _Echo(_Names):
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)


async def _names(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """DNS over TCP, and over TLS where the socket is one."""
    try:
        while reply := answer(await _framed(reader), WEB_4, WEB_6):
            writer.write(len(reply).to_bytes(2) + reply)
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        pass
    finally:
        writer.close()


async def _framed(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))


async def _page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """HTTP: a page for every path but `/dns-query`, which is RFC 8484."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        writer.write(await _doh(head, reader) if "/dns-query" in head.split("\r\n", 1)[0] else PAGE)
        await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError):
        pass
    finally:
        writer.close()


async def _doh(head: str, reader: asyncio.StreamReader) -> bytes:
    first, *rest = head.split("\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    if first.startswith("GET"):
        text = first.split()[1].partition("dns=")[2].partition("&")[0]
        asked = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    else:
        asked = await reader.readexactly(min(int(fields.get("content-length", "0")), LONGEST))
    reply = answer(asked, WEB_4, WEB_6) or b""
    kind = "application/dns-message"
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(reply)}\r\nConnection: close\r\n\r\n".encode()
        + reply
    )


async def serve(certificate: Path, key: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    running = []
    for address in ADDRESSES:
        await loop.create_datagram_endpoint(_Names, local_addr=(address, 53))
        for port in ECHO_PORTS:
            await loop.create_datagram_endpoint(_Echo, local_addr=(address, port))
        running += [
            await asyncio.start_server(_names, address, 53),
            await asyncio.start_server(_names, address, 853, ssl=tls),
            await asyncio.start_server(_page, address, 80),
            await asyncio.start_server(_page, address, 443, ssl=tls),
        ]
        running += [await asyncio.start_server(_page, address, port) for port in TUNNELS_TCP.values()]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2])))
