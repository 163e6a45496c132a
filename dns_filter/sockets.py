"""Binding the filter's addresses: UDP and TCP, once for each worker, refused with a clear reason. ●"""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from dns_filter.servers import Server

_RECEIVE = 4 << 20
_BACKLOG = 512


class PortTaken(Exception):
    """An address cannot be listened on; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One worker's sockets."""

    udp: tuple[socket.socket, ...]
    tcp: tuple[socket.socket, ...]
    dot: tuple[socket.socket, ...] = ()
    doh: tuple[socket.socket, ...] = ()

    @property
    def every(self) -> tuple[socket.socket, ...]:
        return (*self.udp, *self.tcp, *self.dot, *self.doh)

    def close(self) -> None:
        for sock in self.every:
            sock.close()


def bind(places: Sequence[Server], workers: int) -> tuple[tuple[Server, ...], list[Bound]]:
    """Where it listens (a port 0 replaced by the one the system chose), and the sockets of each worker.

    Raises PortTaken; nothing is left open then.
    """
    chosen = tuple(_claim(place) for place in places)
    bound: list[Bound] = []
    try:
        for _ in range(workers):
            udp = tuple(_open(place, socket.SOCK_DGRAM, shared=True) for place in chosen)
            bound.append(Bound(udp, tuple(_open(place, socket.SOCK_STREAM, shared=True) for place in chosen)))
    except OSError as error:
        for each in bound:
            each.close()
        raise _taken(chosen[0], error) from error
    return chosen, bound


def bind_streams(places: Sequence[Server], workers: int) -> tuple[tuple[Server, ...], list[tuple[socket.socket, ...]]]:
    """The same for listeners that are TCP alone. Raises PortTaken; nothing is left open then."""
    opened: list[socket.socket] = []
    chosen: list[Server] = []
    place = Server("")
    try:
        for place in places:
            with _open(place, socket.SOCK_STREAM, shared=False) as claimed:
                chosen.append(Server(place.host, claimed.getsockname()[1]))
        for _ in range(workers):
            for place in chosen:
                opened.append(_open(place, socket.SOCK_STREAM, shared=True))
    except OSError as error:
        for sock in opened:
            sock.close()
        raise _taken(place, error, "TCP") from error
    each = len(chosen)
    return tuple(chosen), [tuple(opened[at * each : (at + 1) * each]) for at in range(workers)]


def _claim(place: Server) -> Server:
    """Prove that the port is nobody's, UDP and TCP. SO_REUSEPORT alone would share it with a stranger."""
    for _ in range(20):
        try:
            with _open(place, socket.SOCK_DGRAM, shared=False) as udp:
                chosen = Server(place.host, udp.getsockname()[1])
                with _open(chosen, socket.SOCK_STREAM, shared=False):
                    return chosen
        except OSError as error:
            if place.port:
                raise _taken(place, error) from error
    raise PortTaken(f"no port of {place.host} is free for both UDP and TCP")


def _open(place: Server, kind: socket.SocketKind, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    sock = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE)
        sock.bind((place.host, place.port))
        if kind == socket.SOCK_STREAM:
            sock.listen(_BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def _taken(place: Server, error: OSError, kinds: str = "UDP and TCP") -> PortTaken:
    todo = {
        errno.EADDRINUSE: "another program listens there; stop it or choose another port",
        errno.EACCES: "a port below 1024 needs root or CAP_NET_BIND_SERVICE; choose another port",
        errno.EADDRNOTAVAIL: "this machine does not have that address",
    }.get(error.errno or 0, str(error))
    return PortTaken(f"cannot listen on {place} ({kinds}): {todo}")
