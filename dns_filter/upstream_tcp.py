"""One question over TCP to an upstream, where UDP was too small or could not be believed. ●"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

Took = Callable[[bytes | None], None]


class OneQuestion(asyncio.Protocol):
    """Sends one framed query and hands over the first framed answer, or None where none comes."""

    def __init__(self, packet: bytes, took: Took) -> None:
        self._packet, self._took = packet, took
        self._heard = b""
        self._transport: asyncio.Transport | None = None
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(len(self._packet).to_bytes(2) + self._packet)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        length = int.from_bytes(self._heard[:2])
        if len(self._heard) >= 2 + length and len(self._heard) >= 2:
            self.end(self._heard[2 : 2 + length])

    def connection_lost(self, _: Exception | None) -> None:
        self.end(None)

    def end(self, answer: bytes | None) -> None:
        if self._over:
            return
        self._over = True
        if self._transport is not None:
            self._transport.abort()
        self._took(answer)


async def ask_once(host: str, port: int, protocol: OneQuestion) -> None:
    """Connect and ask; a connection that cannot be made ends the question with None."""
    try:
        await asyncio.get_running_loop().create_connection(lambda: protocol, host, port)
    except OSError:
        protocol.end(None)
