"""What one worker has before it when a query comes: who is known, what is remembered, and the pipeline. ●"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dns_filter import wire
from dns_filter.cache import Cache
from dns_filter.clients import Client, Clients
from dns_filter.clock import Clock
from dns_filter.dice import Dice
from dns_filter.limits import Pass, RateLimit
from dns_filter.memo import Memo
from dns_filter.pipeline import Pipeline, Routes
from dns_filter.querylog import QueryLog
from dns_filter.render import over_the_limit
from dns_filter.resolver import Resolver
from dns_filter.servers import Server
from dns_filter.snapshot import Snapshot
from dns_filter.told import Told
from dns_filter.upstream import Upstreams

Sender = Any
"""A socket address: (host, port), with two more fields for IPv6."""


@dataclass(frozen=True, slots=True)
class DeskSettings:
    upstreams: tuple[Server, ...]
    rate_limit: RateLimit | None = None
    cache_limit: int = 64 << 20
    memo_limit: int = 64 << 20
    why_key: bytes = b"caretaker"


class Desk:
    """Everything of one worker, with the one reference to the snapshot in force."""

    def __init__(
        self, settings: DeskSettings, snapshot: Snapshot, log: QueryLog, loop: asyncio.AbstractEventLoop, clock: Clock
    ) -> None:
        self.clock = clock
        self.log = log
        self.rate_limit = settings.rate_limit
        self.clients = Clients(snapshot)
        self.memo = Memo(settings.memo_limit)
        self.unsent = 0
        self.generation = snapshot.generation
        self.noted: Callable[[tuple[str, Told]], None] = log.sink().append
        dice = Dice()
        self.upstreams = Upstreams(loop, dice)
        self.pipeline = Pipeline(
            snapshot,
            Resolver(Cache(settings.cache_limit), self.upstreams, clock),
            Routes(settings.upstreams),
            self.memo,
            log,
            clock,
            dice.fraction,
            settings.why_key,
            settings.rate_limit,
        )

    @property
    def snapshot(self) -> Snapshot:
        return self.pipeline.snapshot

    def adopt(self, snapshot: Snapshot) -> None:
        """From the next datagram on this snapshot is in force; what was remembered under another is void."""
        self.pipeline.snapshot = snapshot
        self.generation = snapshot.generation
        self.clients.adopt(snapshot)

    def open_sink(self) -> None:
        """Ask the log where the next hits go: it takes its list away once a second."""
        self.noted = self.log.sink().append

    def take(self, data: bytes, client: Client, sock: socket.socket, sender: Sender, now: float) -> None:
        """A datagram that the memo knows nothing of."""

        def reply(octets: bytes) -> None:
            try:
                sock.sendto(octets, sender)
            except OSError:
                self.unsent += 1

        self.pipeline.take(data, client, reply, now, udp=True)

    def over_the_limit(self, data: bytes, passed: Pass, sock: socket.socket, sender: Sender) -> None:
        """Too many from this client: come back over TCP, and beyond that nothing."""
        self.pipeline.counts[passed.value] += 1
        if passed is not Pass.TRUNCATE:
            return
        question = wire.read_question(data)
        if not isinstance(question, bytes):
            try:
                sock.sendto(over_the_limit(question), sender)
            except OSError:
                self.unsent += 1

    def close(self) -> None:
        self.upstreams.close()
