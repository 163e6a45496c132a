"""DNS over TCP: framed by two octets, many questions on one connection, answered as they are ready (RFC 7766). ●"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from dns_filter.desk import Desk
from dns_filter.identity import Peer
from dns_filter.identity.proxy import announced, read_preface
from dns_filter.pipeline import Send
from dns_filter.wire import Malformed

IDLE = 9.5
"""Seconds without a whole question or an answer; a client that sends one octet now and then is idle too."""
CONNECTIONS, OCTETS = 20, 65_536
"""For one client: open connections, and octets waiting to be read or sent."""
IN_ALL = 400
_SWEEP = 0.25
Hear = Callable[[bytes, Peer, Send, float], None]
"""What takes a message, whose connection it came over, how to answer it, and when it came."""


class Party(Protocol):
    """One connection, as the limits see it: whatever is spoken over it."""

    client: str
    active_at: float

    @property
    def waiting(self) -> int: ...
    def abort(self) -> None: ...


class Conversations:
    """All connections of one worker, the encrypted ones among them: the limits hold for all together."""

    def __init__(self, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self.desk, self.loop = desk, loop
        self.of_client: dict[str, set[Party]] = {}
        self._sweeping = loop.call_later(_SWEEP, self._sweep)

    @property
    def count(self) -> int:
        """Connections open now. Any thread may ask."""
        return sum(map(len, list(self.of_client.values())))

    def make(self) -> Conversation:
        return Conversation(self, self.desk.hear)

    def enter(self, new: Party) -> bool:
        """Whether there is room. The idlest of all makes room for a newcomer; one client's own share does not grow."""
        own = self.of_client.setdefault(new.client, set())
        if len(own) >= CONNECTIONS and not self.desk.clients.forwards(new.client):
            return False
        others = self._all()
        if len(others) >= IN_ALL:
            # It leaves now: of many newcomers in one turn of the loop each must find another one to make room.
            idlest = min(others, key=lambda each: each.active_at)
            self.leave(idlest)
            idlest.abort()
            own = self.of_client.setdefault(new.client, set())
        own.add(new)
        return True

    def leave(self, gone: Party) -> None:
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

    def cut_if_too_much(self, party: Party) -> None:
        """Who lets more pile up than one client may is cut off, with this connection."""
        if party.waiting and self.waiting(party.client) > OCTETS:
            party.abort()

    def _all(self) -> list[Party]:
        return [each for own in self.of_client.values() for each in own]

    def _sweep(self) -> None:
        oldest = self.loop.time() - IDLE
        for each in self._all():
            if each.active_at < oldest:
                each.abort()
        self._sweeping = self.loop.call_later(_SWEEP, self._sweep)


class Conversation(asyncio.Protocol):
    """One connection. A question that waits for an upstream holds up no other."""

    def __init__(self, others: Conversations, hear: Hear) -> None:
        self._others, self._hear = others, hear
        self._transport: asyncio.Transport | None = None
        self._heard = b""
        self.client = ""
        self.active_at = 0.0
        self._peer = Peer("")
        self._preface_due = self._ended = False
        self._owed = 0
        """Questions without an answer yet."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        self._transport, self.client = transport, peer[0] if peer else ""
        self._peer, self._preface_due = Peer(self.client), self._others.desk.clients.forwards(self.client)
        self.active_at = self._others.loop.time()
        if not peer or not self._others.enter(self):
            transport.abort()

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._others.leave(self)

    def eof_received(self) -> bool:
        """Whether the connection stays: a client may close its side and still read the answers under way."""
        self._ended = True
        return self._owed > 0

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if self._preface_due and not self._heard_preface():
            return
        while (frame := self._next_frame()) is not None:
            self.active_at = self._others.loop.time()
            self._owed += 1
            self._hear(frame, self._peer, self._reply, self._others.desk.clock())
        self._others.cut_if_too_much(self)

    def _heard_preface(self) -> bool:
        """Whether a forwarder has said all that it says before the first question (PROXY protocol)."""
        try:
            if len(self._heard) < announced(self._heard):
                return False
            if (preface := read_preface(self._heard)) is not None:
                self._peer = Peer(self.client, preface.client)
                self._heard = self._heard[preface.length :]
        except Malformed:
            self.abort()
            return False
        self._preface_due = False
        return True

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
        self._owed -= 1
        if self._ended and not self._owed:
            self._transport.close()
        self._others.cut_if_too_much(self)

    @property
    def waiting(self) -> int:
        """Octets heard and not understood yet, and answers that the client does not take."""
        return len(self._heard) + (self._transport.get_write_buffer_size() if self._transport else 0)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
