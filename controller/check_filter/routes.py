"""Ways past the filter, tried from where the check runs: does a resolver outside answer (F10)? ●

Only an answer proves a way: a connection that is refused, or a packet that comes to nothing, does not.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from dnslib import DNSError, DNSRecord

from controller.addresses import Endpoint
from controller.check_filter.outcome import Finding

Way = Literal["udp", "tcp", "tls"]
WAIT = 2.0
NAME = "example.com"
OUTSIDE = ("1.1.1.1", "8.8.8.8", "9.9.9.9", "208.67.222.222", "2606:4700:4700::1111", "2001:4860:4860::8888")
"""Resolvers that everybody knows, and so does whoever wants to get round the filter."""
AT_ONCE = 8
_WAYS: tuple[tuple[Way, int], ...] = (("udp", 53), ("tcp", 53), ("tls", 853), ("tls", 443))


@dataclass(frozen=True, slots=True)
class Route:
    """`tls` is a connection that is accepted: what would be said in it (DoT, DoH) nobody outside sees."""

    way: Way
    to: Endpoint

    def __str__(self) -> str:
        return f"{self.way} to {self.to}"


def usual(outside: Iterable[str] = OUTSIDE) -> tuple[Route, ...]:
    return tuple(Route(way, Endpoint(address, port)) for address in outside for way, port in _WAYS)


def open_routes(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Those on which something came back."""
    asked = tuple(routes)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(_is_open, asked)
        return tuple(route for route, is_open in zip(asked, found, strict=True) if is_open)


def findings(segment: str, opened: Iterable[Route]) -> Iterator[Finding]:
    for route in opened:
        text = f"an answer came back past the filter, by {route}"
        yield Finding(kind="route", subject=f"{route}, from {segment}", text=text, clauses=("F10",))


def _is_open(route: Route) -> bool:
    try:
        return _answered_udp(route.to) if route.way == "udp" else _answered_tcp(route)
    except OSError:
        return False


def _answered_udp(to: Endpoint) -> bool:
    query = DNSRecord.question(NAME)
    with socket.socket(_family(to), socket.SOCK_DGRAM) as sock:
        sock.settimeout(WAIT)
        sock.connect((to.host, to.port))
        sock.send(query.pack())
        return _is_answer(sock.recv(65_535), query)


def _answered_tcp(route: Route) -> bool:
    query = DNSRecord.question(NAME)
    with socket.create_connection((route.to.host, route.to.port), WAIT) as sock:
        if route.way == "tls":
            return True
        sock.settimeout(WAIT)
        sock.sendall(len(query.pack()).to_bytes(2) + query.pack())
        return _is_answer(sock.recv(65_535)[2:], query)


def _is_answer(data: bytes, query: DNSRecord) -> bool:
    try:
        return bool(DNSRecord.parse(data).header.id == query.header.id)
    except DNSError:
        return False


def _family(to: Endpoint) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in to.host else socket.AF_INET
