"""One turn of the compiled loop, and what it leaves to Python: strangers, floods, and what nobody remembers. ●"""

from __future__ import annotations

import os
import socket
from ctypes import string_at
from typing import TYPE_CHECKING, Any

from dns_filter.clients import Client
from dns_filter.engine import Drain
from dns_filter.fast.library import BATCH, BELOW, LIMITED, MISSING, NO_CLIENT, UNKNOWN, Held
from dns_filter.recall import make_note_below

if TYPE_CHECKING:
    from dns_filter.desk import Desk
    from dns_filter.fast.engine import Fast

_COUNT = 0xFFFF
_TURNS, _LONGEST = range(64), 0.004
"""Batches in a row, and seconds, before timers and connections have their turn again."""
_PATIENCE = 500
"""Microseconds. Where many ask, the next comes sooner than the event loop would be back here."""


def make_drain(sock: socket.socket, desk: Desk, engine: Fast, poller: int | None) -> Drain:
    """A function that answers what waits in the socket, at most a few batches, and returns.

    It waits a moment for more, unless something else has come meanwhile, or Python has begun something that must go on.
    """
    batch, wait, handle = engine.library.caretaker_batch, engine.library.caretaker_wait, engine.handle
    left, number, clock = Left(sock, desk, engine), sock.fileno(), desk.clock

    def drain() -> None:
        began = now = clock()
        for _ in _TURNS:
            came = batch(handle, number, now)
            if came < 0:
                raise OSError(-came, os.strerror(-came))
            for which in range(came >> 16):
                left.look_at(which, now)
            if came == 0 or (came >> 16 and came & _COUNT < BATCH):
                return
            if came < BATCH and (poller is None or not wait(poller, _PATIENCE)):
                return
            now = clock()
            if not began <= now < began + _LONGEST:
                return

    return drain


class Left:
    """What the loop has left: each is one datagram, which stays where it is until the next batch."""

    def __init__(self, sock: socket.socket, desk: Desk, engine: Fast) -> None:
        self._sock, self._number, self._desk, self._engine = sock, sock.fileno(), desk, engine
        self._held = engine.library.caretaker_held(engine.handle)
        self._note_below = make_note_below(desk.log)

    def look_at(self, which: int, now: float) -> None:
        held, engine, desk = self._held[which], self._engine, self._desk
        reason = held.reason
        if reason == UNKNOWN:
            engine.admit(held.address, desk.clients.admit(_text(held), now))
            reason = engine.library.caretaker_again(engine.handle, which, self._number, now)
        if reason not in (UNKNOWN, LIMITED, MISSING, BELOW):
            return
        data, sender = string_at(held.data, held.length), _sender(held)
        client = engine.clients.get(held.client) or desk.clients.admit(sender[0], now)
        if reason in (UNKNOWN, LIMITED) and not desk.may_pass(data, client, self._sock, sender, now):
            return
        if reason == BELOW and self._is_told_below(which, held, data, client, now):
            return
        desk.take(data, client, self._sock, sender, now)

    def _is_told_below(self, which: int, held: Held, data: bytes, client: Client, now: float) -> bool:
        """Whether it was answered with what is told of all below a parent, since no list knows a name in between."""
        name: Any = data[12 : 12 + held.name_length].lower()
        names, at = self._desk.snapshot.names, 0
        while at < held.top:
            if names.knows(name[at:]):
                return False
            at += 1 + name[at]
        told = self._engine.library.caretaker_below(self._engine.handle, which, self._number, now)
        if told == NO_CLIENT:
            return False
        self._note_below(client.who, self._engine.memory.kept[told], name, held.top, self._desk.log.sink())
        return True


def _text(held: Held) -> str:
    octets = bytes(held.address.octets)
    return socket.inet_ntop(held.address.family, octets[:4] if held.address.family == socket.AF_INET else octets)


def _sender(held: Held) -> tuple[Any, ...]:
    if held.address.family == socket.AF_INET:
        return _text(held), held.port
    return _text(held), held.port, held.flow, held.scope
