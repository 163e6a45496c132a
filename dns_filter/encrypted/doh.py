"""DNS over HTTPS (RFC 8484): one connection, whichever HTTP it speaks, under the same limits as TCP. ●"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Protocol

from dns_filter.encrypted.doh_http1 import Http1
from dns_filter.encrypted.doh_http2 import Http2
from dns_filter.encrypted.doh_request import Answer, Ask, Refusal, Wanted, answer, read_request, refuse
from dns_filter.identity import Peer
from dns_filter.identity.paths import Paths, looked_up
from dns_filter.limits import Pass
from dns_filter.tcp import Conversations, Hear


class Speech(Protocol):
    """One version of HTTP: octets in, whole requests out, and back."""

    done: bool

    @property
    def waiting(self) -> int: ...
    def heard(self, data: bytes, /) -> None: ...
    def ended(self) -> None: ...
    def next_ask(self) -> Ask | None: ...
    def answer(self, stream: int, answer: Answer, /) -> None: ...
    def to_send(self) -> bytes: ...


class HttpConversation(asyncio.Protocol):
    """`paths` gives the identifiers in force; `counts` one number for each HTTP status."""

    def __init__(self, others: Conversations, hear: Hear, paths: Callable[[], Paths], counts: Counter[str]) -> None:
        self._others, self._hear, self._paths, self._counts = others, hear, paths, counts
        self._transport: asyncio.Transport | None = None
        self._speech: Speech | None = None
        self._reading = False
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
        if self._speech is not None:
            self._speech.ended()
        return self._speech is not None and not self._speech.done

    def data_received(self, data: bytes) -> None:
        if self._speech is None:
            assert self._transport is not None
            self._speech = Http2() if self._transport.get_extra_info("alpn") == "h2" else Http1()
        self._speech.heard(data)
        self._go_on(self._speech)
        self._others.cut_if_too_much(self)

    def _go_on(self, speech: Speech) -> None:
        """Take every request that is whole. An answer that comes at once makes room for the next: no recursion."""
        if self._reading:
            return
        self._reading = True
        try:
            while (ask := speech.next_ask()) is not None:
                self.active_at = self._others.loop.time()
                self._take(ask, speech)
        finally:
            self._reading = False
        self._send(speech)

    def _take(self, ask: Ask, speech: Speech) -> None:
        wanted = read_request(ask)
        if isinstance(wanted, Wanted):
            peer = Peer(self.client, devices=looked_up(self._paths(), wanted.part) if wanted.part else None)
            now = self._others.desk.clock()
            if self._may_pass(wanted.message, peer, now):
                self._hear(wanted.message, peer, partial(self._reply, speech, ask.stream), now)
                return
            wanted = Refusal(429)
        self._counts[str(wanted.status)] += 1
        speech.answer(ask.stream, refuse(wanted))

    def _may_pass(self, message: bytes, peer: Peer, now: float) -> bool:
        """Whether there is room in the client's share. Only asked here: the pipeline takes from it, and is silent."""
        desk = self._others.desk
        quota = desk.clients.asker(message, peer, now).quota
        return desk.rate_limit is None or copy(quota).ask(now, desk.rate_limit) is Pass.ANSWER

    def _reply(self, speech: Speech, stream: int, octets: bytes) -> None:
        self._counts["200"] += 1
        self.active_at = self._others.loop.time()
        speech.answer(stream, answer(octets))
        self._go_on(speech)

    def _send(self, speech: Speech) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if out := speech.to_send():
            self._transport.write(out)
        if speech.done:
            self._transport.close()
        else:
            self._others.cut_if_too_much(self)

    @property
    def waiting(self) -> int:
        held = self._speech.waiting if self._speech is not None else 0
        return held + (self._transport.get_write_buffer_size() if self._transport else 0)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
