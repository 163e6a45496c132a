"""The web server: uvicorn in a thread of ours, with limits on what a slow or greedy client can hold."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_DEADLINE = 10.0
"""Seconds from a connection's beginning until the head of its first request must be whole."""
KEEP_ALIVE = 15
MOST_CONNECTIONS = 400
MOST_PER_ADDRESS = 64
"""Beyond these a new connection is closed: one client must not take the places of all."""
LARGEST_HEAD = 32 * 1024
STOP_DEADLINE = 5


class PortTaken(Exception):
    """Nobody can listen there. The message says where and why."""


class CarefulProtocol(H11Protocol):
    """HTTP/1.1 with a deadline for the request's head and a cap per client address."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._too_many():
            transport.abort()
            return
        self._deadline = self.loop.call_later(HEADER_DEADLINE, self._head_is_late)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._forget_deadline_when_begun()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # The head of the next request has to be whole in time too, once it has begun.
        if not self.transport.is_closing() and self._deadline is None:
            self._deadline = self.loop.call_later(KEEP_ALIVE + HEADER_DEADLINE, self._head_is_late)

    def _forget_deadline_when_begun(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._cancel()

    def _head_is_late(self) -> None:
        self._deadline = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_many(self) -> bool:
        if self.client is None:
            return False
        others = (cast(CarefulProtocol, connection).client for connection in self.connections)
        return sum(1 for other in others if other and other[0] == self.client[0]) > MOST_PER_ADDRESS


class _Server(uvicorn.Server):
    """Leaves the signals to the program it runs in, and says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = threading.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()


@dataclass(frozen=True, slots=True)
class RunningApi:
    """`port` is the real one where 0 was asked for."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


@contextmanager
def run_api(app: ASGIApp, host: str, port: int, trusted_proxies: Sequence[str] = ()) -> Iterator[RunningApi]:
    """Serve until the block ends. Raises PortTaken before anything is started.

    `trusted_proxies` are the addresses whose `X-Forwarded-*` is believed; from everybody else it is a lie.
    """
    with _listen(host, port) as listening:
        server = _Server(_config(app, trusted_proxies))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="api", daemon=True)
        thread.start()
        try:
            if not server.answering.wait(30):
                raise PortTaken(f"the API did not start on {host} port {port}")
            yield RunningApi(host, listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(STOP_DEADLINE + 5)


def _config(app: ASGIApp, trusted_proxies: Sequence[str]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=CarefulProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        date_header=True,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=STOP_DEADLINE,
        h11_max_incomplete_event_size=LARGEST_HEAD,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once (TCP_NODELAY) only where it is told by name that this is TCP; else the second
    # half of an answer waits for the caller's ACK, 40 ms on a connection that is kept.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
    except OSError as error:
        listening.close()
        raise PortTaken(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listening
