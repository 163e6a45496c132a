"""UDP sockets towards one upstream: many at random ports, so that an answer's port cannot be guessed. ●

Each is connected, so that the kernel drops what another address sends. A port serves a few questions and is closed:
one that stays open can be found by probing (SAD DNS, 2020). All are watched through one descriptor: answers come one
to a port, and a turn of the event loop for each would cost more than reading it.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dns_filter.dice import Dice

PORTS = 320
USES = 32
_AT_ONCE = 16
_READY = 128
Receive = Callable[["Port", bytes], None]


@dataclass(slots=True, eq=False)
class Port:
    """One socket, and who waits for which id on it."""

    socket: socket.socket
    waiting: dict[bytes, object] = field(default_factory=dict)
    uses: int = 0


class Way(Protocol):
    """How packets without an id get to an upstream: `Ports`, or the one connection of `upstream_tls`."""

    def send(self, packet: bytes, waiter: object) -> tuple[Port | None, bytes]: ...

    def forget(self, port: Port | None, identity: bytes) -> None: ...

    def close(self) -> None: ...


class Ports:
    """`receive` gets every datagram, `refused` hears that the host says nobody listens there."""

    def __init__(
        self,
        address: tuple[str, int],
        loop: asyncio.AbstractEventLoop,
        dice: Dice,
        receive: Receive,
        refused: Callable[[Port], None],
    ) -> None:
        self._address = address
        self._family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._loop, self._dice = loop, dice
        self._receive, self._refused = receive, refused
        self._open: list[Port] = []
        self._leaving: set[Port] = set()
        self._all: dict[int, Port] = {}
        self._ready = select.epoll()
        loop.add_reader(self._ready.fileno(), self._arrived)

    def send(self, packet: bytes, waiter: object) -> tuple[Port, bytes]:
        """Send a query under a fresh id; where it waits and under which id. Raises OSError."""
        port = self._port()
        identity = self._dice.octets(2)
        while identity in port.waiting:
            identity = self._dice.octets(2)
        port.socket.send(identity + packet)
        port.waiting[identity] = waiter
        return port, identity

    def forget(self, port: Port | None, identity: bytes) -> None:
        assert port is not None
        port.waiting.pop(identity, None)
        if not port.waiting and port in self._leaving:
            self._close(port)

    def close(self) -> None:
        for port in (*self._open, *self._leaving):
            self._close(port)
        self._open.clear()
        self._loop.remove_reader(self._ready.fileno())
        self._ready.close()

    def _port(self) -> Port:
        if len(self._open) < PORTS:
            self._open.append(self._opened())
            port = self._open[-1]
        else:
            port = self._dice.choice(self._open)
        port.uses += 1
        if port.uses >= USES:
            self._open.remove(port)
            self._leaving.add(port)
        return port

    def _opened(self) -> Port:
        sock = socket.socket(self._family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self._bind_at_random(sock)
            sock.connect(self._address)
        except OSError:
            sock.close()
            raise
        port = Port(sock)
        self._all[sock.fileno()] = port
        self._ready.register(sock.fileno(), select.EPOLLIN)
        return port

    def _bind_at_random(self, sock: socket.socket) -> None:
        # The kernel's own choice is nearly sequential on some systems; ours only fails where the port is taken.
        anywhere = "::" if self._family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104 an outgoing socket, then connected
        for _ in range(8):
            number = 1024 + int.from_bytes(self._dice.octets(4)) % (65_536 - 1024)
            with contextlib.suppress(OSError):
                sock.bind((anywhere, number))
                return
        sock.bind((anywhere, 0))

    def _arrived(self) -> None:
        for number, _ in self._ready.poll(0, _READY):
            # One that is gone may stand here still, and even another in its place: that one has nothing to read.
            if (port := self._all.get(number)) is not None:
                self._drain(port)

    def _drain(self, port: Port) -> None:
        for _ in range(_AT_ONCE):
            try:
                packet = port.socket.recv(65_535)
            except BlockingIOError:
                return
            except OSError:
                self._refused(port)
                return
            self._receive(port, packet)
            if not port.waiting:
                return  # the next look would nearly always find nothing; what does come late is read in another turn

    def _close(self, port: Port) -> None:
        self._leaving.discard(port)
        del self._all[port.socket.fileno()]
        port.socket.close()
