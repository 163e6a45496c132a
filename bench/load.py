"""`python -m bench.load HOST PORT PER_SECOND ADDRESS...`: a steady stream of queries from many devices.

Told to end, it prints one line of JSON: how many were sent and how many had an answer within a second.
"""

from __future__ import annotations

import json
import select
import signal
import socket
import sys
import time
from itertools import cycle
from types import FrameType

from bench import ask

NAMES = tuple(f"name-{number}.example.org" for number in range(200))
_PATIENCE = 1.0


class _Ended(Exception):
    pass


def main(server: tuple[str, int], per_second: float, addresses: list[str]) -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        raise _Ended

    sockets = [ask.connected(address, server) for address in addresses]
    for sock in sockets:
        sock.setblocking(False)
    sent = answered = 0
    queries, turn, due = cycle([ask.query(name) for name in NAMES]), cycle(sockets), time.perf_counter()
    signal.signal(signal.SIGTERM, end)
    try:
        while True:
            while due <= time.perf_counter():
                next(turn).send((sent & 0xFFFF).to_bytes(2) + next(queries))
                sent, due = sent + 1, due + 1 / per_second
            ready = select.select(sockets, [], [], max(0.0, due - time.perf_counter()))[0]
            answered += sum(_taken(sock) for sock in ready)
    except _Ended:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    last = time.perf_counter() + _PATIENCE
    while answered < sent and time.perf_counter() < last:
        answered += sum(_taken(sock) for sock in select.select(sockets, [], [], 0.05)[0])
    print(json.dumps({"sent": sent, "answered": answered}))


def _taken(sock: socket.socket) -> int:
    """How many answers wait in this socket."""
    count = 0
    try:
        while sock.recv(4096):
            count += 1
    except BlockingIOError:
        pass
    return count


if __name__ == "__main__":
    main((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]), sys.argv[4:])
