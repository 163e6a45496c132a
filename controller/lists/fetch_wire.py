"""HTTPS to checked addresses alone, within a deadline that no slow server can stretch. ●

The address that was checked is the one that is connected to: a name that answers differently a moment later (DNS
rebinding) changes nothing. httpx2 speaks HTTP; below it stands a connection of our own.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore2
import httpx2

from controller.lists.fetch_lookup import Lookup
from controller.lists.fetch_place import Address, FetchFailed, PlaceRefused, literal, never, why_refused

CONNECTING, WAITING = 10.0, 30.0
"""Seconds for a connection, and for the next octet."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What fetching may reach, and what it trusts. `internal_hosts` may lead to addresses inside the school."""

    lookup: Lookup
    trust: ssl.SSLContext
    internal_hosts: frozenset[str] = frozenset()
    proxy: str = field(default="", repr=False)
    seconds: float = 900.0

    def addresses(self, host: str) -> tuple[Address, ...]:
        """Raises PlaceRefused where even one of them is out of bounds: it might be the one that is taken."""
        known = literal(host)
        found = (known,) if known else tuple(self.lookup(host))
        for address in found:
            self.check(host, address)
        return found

    def check(self, host: str, address: Address) -> None:
        why = why_refused(address)
        if why and (never(address) or host.lower() not in self.internal_hosts):
            raise PlaceRefused(f"{host} is at {address}, which is {why}")

    def check_literal(self, host: str) -> None:
        """Behind a proxy only what is written down can be checked: the proxy finds the addresses of names."""
        if (known := literal(host)) is not None:
            self.check(host, known)


def trusting(ca_file: str) -> ssl.SSLContext:
    """The machine's authorities, whatever the environment says, and those of the file. Raises FetchFailed."""
    context = httpx2.create_ssl_context(trust_env=False)
    if ca_file:
        try:
            context.load_verify_locations(Path(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise FetchFailed(f"{ca_file}: no certificate authority in it: {error}") from error
    return context


@contextmanager
def client(reach: Reach) -> Iterator[httpx2.Client]:
    """A client that follows no redirect, reads no environment, and is given up when the time is over."""
    backend = _CheckedConnections(reach, time.monotonic() + reach.seconds)
    pool: httpcore2.ConnectionPool
    if reach.proxy:
        pool = httpcore2.HTTPProxy(reach.proxy, ssl_context=reach.trust, network_backend=backend)
    else:
        pool = httpcore2.ConnectionPool(ssl_context=reach.trust, network_backend=backend)
    wire = _Wire(pool)
    timeout = httpx2.Timeout(WAITING, connect=CONNECTING)
    with httpx2.Client(transport=wire, trust_env=False, follow_redirects=False, timeout=timeout) as speaking:
        yield speaking


class _Wire(httpx2.BaseTransport):
    """A pool of connections as httpx2 wants it."""

    def __init__(self, pool: httpcore2.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        sent = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            extensions=request.extensions,
        )
        reply = self._pool.handle_request(sent)
        stream: Any = reply.stream
        return httpx2.Response(reply.status, headers=reply.headers, stream=_Octets(stream), extensions=reply.extensions)

    def close(self) -> None:
        self._pool.close()


class _Octets(httpx2.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()


class _CheckedConnections(httpcore2.NetworkBackend):
    def __init__(self, reach: Reach, until: float) -> None:
        self._reach, self._until = reach, until
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        wrong: Exception = FetchFailed(f"no address of {host}")
        for place in self._places(host):
            try:
                stream = self._sockets.connect_tcp(
                    place, port, _left(self._until, timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                wrong = error
            else:
                return _Timed(stream, self._until)
        raise wrong

    def _places(self, host: str) -> tuple[str, ...]:
        # With a proxy every connection is to the proxy, which the settings name.
        return (host,) if self._reach.proxy else tuple(map(str, self._reach.addresses(host)))


class _Timed(httpcore2.NetworkStream):
    """Every wait is cut short by the end of all time: a server that sends an octet now and then gains nothing."""

    def __init__(self, stream: httpcore2.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._until, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(self._until, timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float, wanted: float | None) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise FetchFailed("it took too long")
    return left if wanted is None else min(left, wanted)
