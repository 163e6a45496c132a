"""`python -m bench.load HOST PORT PER_SECOND ADDRESS...`: a steady stream of queries from many devices.

Told to end, it prints one line of JSON: how many were sent, lost (no answer within a second), failed, and
answered twice.
"""

from __future__ import annotations

import json
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from itertools import cycle

from bench import ask

NAMES = tuple(f"name-{number}.example.org" for number in range(200))
_PATIENCE = 1.0
_GOOD = (0, 3)


class Stream:
    """Queries in turn from every socket; each answer is matched to its query."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self._turn, self._queries = cycle(sockets), cycle([ask.query(name) for name in NAMES])
        self._open: set[tuple[socket.socket, bytes]] = set()
        self.sent = self.answered = self.failed = self.twice = 0

    @property
    def waiting(self) -> int:
        return self.sent - self.answered

    def send(self) -> None:
        sock, identity = next(self._turn), (self.sent & 0xFFFF).to_bytes(2)
        sock.send(identity + next(self._queries))
        self._open.add((sock, identity))
        self.sent += 1

    def take(self, sock: socket.socket) -> None:
        """Everything that waits in this socket."""
        try:
            while reply := sock.recv(4096):
                self._count(sock, reply)
        except BlockingIOError:
            return

    def _count(self, sock: socket.socket, reply: bytes) -> None:
        query = (sock, reply[:2])
        if query not in self._open:
            self.twice += 1
            return
        self._open.remove(query)
        self.answered += 1
        self.failed += reply[3] & 15 not in _GOOD


def main(server: tuple[str, int], per_second: float, addresses: list[str]) -> None:
    # A flag and no exception: a query that is cut off between sending and counting would seem answered twice.
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    sockets = [ask.connected(address, server) for address in addresses]
    for sock in sockets:
        sock.setblocking(False)
    stream, due = Stream(sockets), time.perf_counter()
    while not told.is_set():
        while due <= time.perf_counter():
            stream.send()
            due += 1 / per_second
        for sock in select.select(sockets, [], [], max(0.0, due - time.perf_counter()))[0]:
            stream.take(sock)
    last = time.perf_counter() + _PATIENCE
    while stream.waiting and time.perf_counter() < last:
        for sock in select.select(sockets, [], [], 0.05)[0]:
            stream.take(sock)
    found = {"sent": stream.sent, "lost": stream.waiting, "failed": stream.failed, "twice": stream.twice}
    print(json.dumps(found))


if __name__ == "__main__":
    main((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]), sys.argv[4:])
