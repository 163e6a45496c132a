"""Watching a verdict at one worker of the filter: asked without pause, and the moment it changes is kept."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle

from bench import ask
from bench.ask import Heard

_SOURCES_EACH = 8
_SILENCE = 0.3
BETWEEN = 0.001
"""Seconds between two queries of a watch."""

Verdict = Callable[[Heard], bool]


def is_answered(heard: Heard) -> bool:
    return heard.answers > 0


def is_quarantined(heard: Heard) -> bool:
    """EDE 18, Prohibited: what a device in quarantine is told."""
    return heard.ede == 18


class Watch:
    """Asks for one name from many devices in turn, so that none of them reaches its limit of queries a second."""

    def __init__(self, sockets: Sequence[socket.socket], name: str, verdict: Verdict, between: float = BETWEEN) -> None:
        self._sockets, self._query, self._verdict, self._between = sockets, ask.query(name), verdict, between
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._since: dict[bool, float] = {}
        self._now: bool | None = None
        self.silent = 0

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for sock in self._sockets:
            sock.close()

    def since(self, wanted: bool) -> float | None:
        """Since when (of `time.perf_counter`) it is so; None while it is otherwise."""
        return self._since.get(wanted) if self._now is wanted else None

    def _run(self) -> None:
        for sock in cycle(self._sockets):
            if self._stop.is_set():
                return
            try:
                found = self._verdict(ask.heard(ask.ask(sock, self._query)))
            except TimeoutError:
                self.silent += 1
                continue
            if found is not self._now:
                self._since[found] = time.perf_counter()
                self._now = found
            time.sleep(self._between)


def sockets_of_workers(
    sources: Iterable[str], server: tuple[str, int], workers: Sequence[int]
) -> Sequence[Sequence[socket.socket]]:
    """For each worker one socket of each source that the kernel leads to it.

    Which worker a socket reaches follows from its two addresses and ports. A worker that is stopped for a moment
    answers none of its own. On a loaded machine others may be late as well: a socket that was silent for two workers
    is nobody's for sure and is left out. The one it leads to is always among them.
    """
    tried = [ask.connected(source, server, _SILENCE) for source in sources for _ in range(_SOURCES_EACH)]
    silent = [_silent_without(pid, tried) for pid in workers]
    sure = {sock for sock in tried if sum(sock in each for each in silent) == 1}
    chosen = [_one_of_each_source(each & sure) for each in silent]
    for sock in set(tried).difference(*chosen):
        sock.close()
    if not all(chosen):
        raise RuntimeError(f"of {len(tried)} sockets none leads to some worker for sure: {list(map(len, chosen))}")
    return chosen


def _silent_without(pid: int, sockets: Sequence[socket.socket]) -> set[socket.socket]:
    """Those that are not answered while this worker is stopped."""
    asked, marks = ask.query("sign-of-life.com"), {sock: os.urandom(2) for sock in sockets}
    os.kill(pid, signal.SIGSTOP)
    try:
        for sock, mark in marks.items():
            sock.send(mark + asked)
        time.sleep(_SILENCE)
        return {sock for sock, mark in marks.items() if mark not in _answered(sock)}
    finally:
        os.kill(pid, signal.SIGCONT)
        time.sleep(_SILENCE)


def _answered(sock: socket.socket) -> set[bytes]:
    """The marks of all that came: a late answer to an earlier question is no sign of life now."""
    sock.setblocking(False)
    found = set()
    try:
        while True:
            found.add(sock.recv(4096)[:2])
    except BlockingIOError:
        return found
    finally:
        sock.settimeout(1.0)


def _one_of_each_source(sockets: Iterable[socket.socket]) -> Sequence[socket.socket]:
    return list({sock.getsockname()[0]: sock for sock in sockets}.values())
