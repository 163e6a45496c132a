"""Requests on their way to RADIUS clients: sent, sent again later and later, answered or given up. ●"""

from __future__ import annotations

import secrets
import selectors
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.clock import Clock
from controller.radius.client import Client
from controller.radius.ladder import Change, Reply
from controller.radius.progress import Key
from controller.radius.retry import Patience, waits
from controller.radius.wire import Line, Request, read_reply

Answered = tuple[Key, Reply, str]


@dataclass(slots=True)
class Waiting:
    """A request that has no answer yet, and the line it went by."""

    line: Line
    request: Request
    again: Iterator[float]
    due: datetime


@dataclass
class Mail:
    """A line for each client, all of them heard by one thread. `wake` may come from any other.

    Nothing is open before `open`: a school that is only looked at leaves no socket behind.
    """

    clock: Clock
    patience: Patience = field(default_factory=Patience)
    _waiting: dict[Key, Waiting] = field(default_factory=dict)
    _lines: dict[str, Line] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._alarm: tuple[socket.socket, socket.socket] | None = None
        """What is sent into the second end wakes whoever listens to the first."""

    def open(self) -> None:
        self._ready, self._alarm = selectors.DefaultSelector(), socket.socketpair()
        for end in self._alarm:
            end.setblocking(False)
        self._ready.register(self._alarm[0], selectors.EVENT_READ)

    def wake(self) -> None:
        if self._alarm is None:
            return
        try:
            self._alarm[1].send(b"!")
        except OSError:
            return  # it is awake: more is waiting than it has read

    def close(self) -> None:
        if self._alarm is None:
            return
        self._ready.close()
        for end in self._alarm:
            end.close()
        for line in self._lines.values():
            line.close()

    def is_waiting(self, key: Key) -> bool:
        return key in self._waiting

    def send(self, key: Key, client: Client, change: Change) -> None:
        """Raises OSError where no way leads to the client."""
        line, now = self._line(client), self.clock.now()
        request = line.request(change, now)
        again = waits(self.patience, lambda: (secrets.randbelow(2001) - 1000) / 10_000)
        self._waiting[key] = Waiting(line, request, again, now + timedelta(seconds=next(again)))
        line.send(request)

    def forget(self, key: Key) -> None:
        self._waiting.pop(key, None)

    def answers(self, longest: float) -> list[Answered]:
        """Wait for what comes, at most so long or until woken; send again what is due. Silence is an answer too."""
        found: list[Answered] = []
        for ready, _ in self._ready.select(self._pause(longest)):
            if isinstance(ready.data, Line):
                found += self._hear(ready.data)
            else:
                _drain(ready.fileobj)
        return found + self._send_again(self.clock.now())

    def _pause(self, longest: float) -> float:
        due = min((each.due for each in self._waiting.values()), default=None)
        return longest if due is None else max(0.0, min(longest, (due - self.clock.now()).total_seconds()))

    def _hear(self, line: Line) -> list[Answered]:
        """What fits no request that is on its way, or was made with another secret, is passed over."""
        found: list[Answered] = []
        while (octets := line.receive()) is not None:
            for key, waiting in tuple(self._waiting.items()):
                said = read_reply(waiting.request, octets) if waiting.line is line else None
                if said is not None:
                    del self._waiting[key]
                    found.append((key, *said))
        return found

    def _send_again(self, now: datetime) -> list[Answered]:
        silent: list[Answered] = []
        for key, waiting in tuple(self._waiting.items()):
            if waiting.due > now:
                continue
            pause = next(waiting.again, None)
            if pause is None:
                del self._waiting[key]
                silent.append((key, Reply.SILENT, "no answer"))
                continue
            waiting.due = now + timedelta(seconds=pause)
            waiting.line.send(waiting.request)
        return silent

    def _line(self, client: Client) -> Line:
        """A client whose address or secret was changed gets a new one; what is on its way by the old goes with it."""
        line = self._lines.get(client.name)
        if line is not None and line.client == client:
            return line
        if line is not None:
            self._ready.unregister(line)
            line.close()
            self._waiting = {key: each for key, each in self._waiting.items() if each.line is not line}
        line = self._lines[client.name] = Line(client)
        self._ready.register(line, selectors.EVENT_READ, line)
        return line


def _drain(inner: object) -> None:
    assert isinstance(inner, socket.socket)
    try:
        while inner.recv(4096):
            pass
    except OSError:
        return
