"""What one worker has before it when a query comes: who is known, what is remembered, and the pipeline. ●"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dns_filter import identity, wire
from dns_filter.cache import Cache
from dns_filter.clients import Client, Clients
from dns_filter.clock import Clock
from dns_filter.dice import Dice
from dns_filter.engine import EngineName
from dns_filter.engines import make_engine
from dns_filter.identity import Peer
from dns_filter.limits import Pass, RateLimit
from dns_filter.memo import Memo
from dns_filter.pipeline import Pipeline, Routes, Send
from dns_filter.querylog import QueryLog
from dns_filter.render import over_the_limit
from dns_filter.resolver import Resolver
from dns_filter.servers import Server
from dns_filter.snapshot import Snapshot
from dns_filter.upstream import Upstreams

Sender = Any
"""A socket address: (host, port), with two more fields for IPv6."""


@dataclass(frozen=True, slots=True)
class DeskSettings:
    upstreams: tuple[Server, ...]
    authorities: Path | None = None
    """Whom encrypted upstreams are believed by; None: the machine's own authorities."""
    rate_limit: RateLimit | None = None
    cache_limit: int = 16 << 20
    memo_limit: int = 38 << 20
    why_key: bytes = b"caretaker"
    forwarders: frozenset[str] = frozenset()
    """Addresses of those who are believed when they say for whom they ask."""
    engine: EngineName = "reference"


class Desk:
    """Everything of one worker, with the one reference to the snapshot in force."""

    def __init__(
        self, settings: DeskSettings, snapshot: Snapshot, log: QueryLog, loop: asyncio.AbstractEventLoop, clock: Clock
    ) -> None:
        self.clock = clock
        self.log = log
        self.rate_limit = settings.rate_limit
        self.engine = make_engine(settings.engine, settings.memo_limit, settings.rate_limit)
        self.clients = Clients(snapshot, settings.forwarders, self.engine.quota)
        log.gather = self.engine.gather
        self.unsent = 0
        self.generation = snapshot.generation
        dice = Dice()
        self.upstreams = Upstreams(loop, dice, authorities=settings.authorities)
        self.pipeline = Pipeline(
            snapshot,
            Resolver(Cache(settings.cache_limit), self.upstreams, clock),
            Routes(settings.upstreams),
            self.engine.memory,
            log,
            clock,
            dice.fraction,
            settings.why_key,
            settings.rate_limit,
        )

    @property
    def memo(self) -> Memo:
        """The memory of the reference engine, which its hot loop reads directly."""
        assert isinstance(self.engine.memory, Memo)
        return self.engine.memory

    @property
    def snapshot(self) -> Snapshot:
        return self.pipeline.snapshot

    def adopt(self, snapshot: Snapshot) -> None:
        """From the next datagram on this snapshot is in force; what was remembered under another is void."""
        self.pipeline.adopt(snapshot)
        self.generation = snapshot.generation
        self.engine.memory.begin_era()
        self.clients.adopt(snapshot)

    def take(self, data: bytes, client: Client, sock: socket.socket, sender: Sender, now: float) -> None:
        """A datagram that the memo knows nothing of."""
        reply = self._answering(sock, sender)
        if client.forwards:
            self._take_for_another(data, client, reply, now)
        else:
            self.pipeline.take(data, client, reply, now, udp=True)

    def hear(self, data: bytes, peer: Peer, reply: Send, now: float) -> None:
        """A message that came over a connection."""
        self.pipeline.take(data, self.clients.asker(data, peer, now), reply, now, udp=False)

    def _take_for_another(self, data: bytes, forwarder: Client, reply: Send, now: float) -> None:
        """What a forwarder passes on is its client's: seat, share and all that is remembered of it."""
        try:
            message, proxied = identity.unwrap(data)
        except wire.Malformed:
            self.pipeline.counts["odd"] += 1
            return
        client = self.clients.asker(message, Peer(forwarder.address, proxied), now)
        passed = client.quota.ask(now, self.rate_limit) if self.rate_limit else Pass.ANSWER
        if passed is Pass.ANSWER:
            self.pipeline.take(message, client, reply, now, udp=True)
        else:
            self._refuse(message, passed, reply)

    def may_pass(self, data: bytes, client: Client, sock: socket.socket, sender: Sender, now: float) -> bool:
        """Whether one more datagram of this client fits its share; where not, it is told so, or nothing."""
        passed = client.quota.ask(now, self.rate_limit) if self.rate_limit else Pass.ANSWER
        if passed is not Pass.ANSWER:
            self._refuse(data, passed, self._answering(sock, sender))
        return passed is Pass.ANSWER

    def _refuse(self, data: bytes, passed: Pass, reply: Send) -> None:
        """Too many from this client: come back over TCP, and beyond that nothing."""
        self.pipeline.counts[passed.value] += 1
        if passed is not Pass.TRUNCATE:
            return
        question = wire.read_question(data)
        if not isinstance(question, bytes):
            reply(over_the_limit(question))

    def _answering(self, sock: socket.socket, sender: Sender) -> Send:
        def reply(octets: bytes) -> None:
            try:
                sock.sendto(octets, sender)
            except OSError:
                self.unsent += 1

        return reply

    def close(self) -> None:
        self.upstreams.close()
