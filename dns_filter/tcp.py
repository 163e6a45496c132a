"""DNS over TCP: framed by two octets, many questions on one connection, answered as they are ready (RFC 7766). ●"""

from __future__ import annotations

import asyncio

from dns_filter.desk import Desk

IDLE = 9.5
"""Seconds without a whole question or an answer; a client that sends one octet now and then is idle too."""
CONNECTIONS, OCTETS = 20, 65_536
"""For one client: open connections, and octets waiting to be read or sent."""
IN_ALL = 400
_SWEEP = 0.25


class Conversations:
    """All connections of one worker."""

    def __init__(self, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self.desk, self.loop = desk, loop
        self.of_client: dict[str, set[Conversation]] = {}
        self._sweeping = loop.call_later(_SWEEP, self._sweep)

    def make(self) -> Conversation:
        return Conversation(self)

    def enter(self, new: Conversation) -> bool:
        """Whether there is room. The idlest of all makes room for a newcomer; one client's own share does not grow."""
        own = self.of_client.setdefault(new.client, set())
        if len(own) >= CONNECTIONS:
            return False
        others = self._all()
        if len(others) >= IN_ALL:
            min(others, key=lambda each: each.active_at).abort()
        own.add(new)
        return True

    def leave(self, gone: Conversation) -> None:
        own = self.of_client.get(gone.client, set())
        own.discard(gone)
        if not own:
            self.of_client.pop(gone.client, None)

    def waiting(self, client: str) -> int:
        return sum(each.waiting for each in self.of_client.get(client, ()))

    def close(self) -> None:
        self._sweeping.cancel()
        for each in self._all():
            each.abort()

    def _all(self) -> list[Conversation]:
        return [each for own in self.of_client.values() for each in own]

    def _sweep(self) -> None:
        oldest = self.loop.time() - IDLE
        for each in self._all():
            if each.active_at < oldest:
                each.abort()
        self._sweeping = self.loop.call_later(_SWEEP, self._sweep)


class Conversation(asyncio.Protocol):
    """One connection. A question that waits for an upstream holds up no other."""

    def __init__(self, others: Conversations) -> None:
        self._others = others
        self._transport: asyncio.Transport | None = None
        self._heard = b""
        self.client = ""
        self.active_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        self._transport, self.client = transport, peer[0] if peer else ""
        self.active_at = self._others.loop.time()
        if not peer or not self._others.enter(self):
            transport.abort()

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._others.leave(self)

    def eof_received(self) -> bool:
        return True  # a client may close its side and still read the answers under way

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (frame := self._next_frame()) is not None:
            self.active_at = self._others.loop.time()
            now = self._others.desk.clock()
            client = self._others.desk.clients.admit(self.client, now)
            self._others.desk.pipeline.take(frame, client, self._reply, now, udp=False)
        self._cut_if_too_much()

    def _next_frame(self) -> bytes | None:
        length = int.from_bytes(self._heard[:2])
        if len(self._heard) < 2 or len(self._heard) < 2 + length:
            return None
        frame, self._heard = self._heard[2 : 2 + length], self._heard[2 + length :]
        return frame

    def _reply(self, octets: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self.active_at = self._others.loop.time()
        self._transport.write(len(octets).to_bytes(2) + octets)
        self._cut_if_too_much()

    @property
    def waiting(self) -> int:
        """Octets heard and not understood yet, and answers that the client does not take."""
        return len(self._heard) + (self._transport.get_write_buffer_size() if self._transport else 0)

    def _cut_if_too_much(self) -> None:
        if self.waiting and self._others.waiting(self.client) > OCTETS:
            self.abort()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
