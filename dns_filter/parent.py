"""The parent of the workers: binds, starts one worker for each core, starts again what dies, ends all cleanly. ●

The sockets are the parent's: while a worker is started again its datagrams wait instead of being lost. A parent that
dies takes its workers along, so that the one after it finds the port free.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dns_filter import clock
from dns_filter.engines import chosen
from dns_filter.parent_settings import EncryptedDns, FilterSettings, Places, without_fast_engine, write_config
from dns_filter.servers import Server, parse_server
from dns_filter.sockets import Bound, PortTaken, bind, bind_streams

__all__ = ["EncryptedDns", "FilterSettings", "PortTaken", "parse_listen", "run"]

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds before a worker is started again; short, since its share of the clients waits for it."""
_LIVED = 10.0
_READY_WITHIN = 30.0
_LEAVE_WITHIN = 5.0
# Glibc would keep what the query log frees once a second, and an arena of its own for each thread: 15 MB a worker.
_ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}

_FAULTS = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)
"""What only compiled code dies of. The reference engine has none of its own."""

Ended = Callable[[], bool]
"""Was the filter asked to end?"""


@dataclass(slots=True)
class Child:
    number: int
    config: Path
    bound: Bound
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0


def run(
    settings: FilterSettings,
    say: Callable[[Mapping[str, Any]], None] | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT (or `stop`). 0: ended as asked; 1: a port is taken or no worker starts.

    `say` hears once where the filter answers: by default one line of JSON on standard output.
    """
    stop, asked = stop or threading.Event(), list[int]()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            # Only written down: setting the event here could wait for ever for the wait that was interrupted.
            signal.signal(number, lambda heard, _: asked.append(heard))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # whoever started us may go; lessons still end on time
    try:
        with contextlib.ExitStack() as opened:
            places, bound = _bind(settings, opened)
            return _keep_running(settings, places, bound, say or _say, lambda: bool(asked) or stop.is_set())
    except (PortTaken, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _bind(settings: FilterSettings, opened: contextlib.ExitStack) -> tuple[Places, list[Bound]]:
    """All sockets of all workers, closed by `opened`. Raises PortTaken, ValueError."""
    plain, bound = bind(tuple(map(parse_listen, settings.listen)), settings.workers)
    for each in bound:
        opened.callback(each.close)
    if settings.encrypted is None:
        return Places(plain), bound
    dot_at, dot = _bind_streams(settings.encrypted.dot, settings.workers, opened)
    doh_at, doh = _bind_streams(settings.encrypted.doh, settings.workers, opened)
    whole = [replace(each, dot=for_dot, doh=for_doh) for each, for_dot, for_doh in zip(bound, dot, doh, strict=True)]
    return Places(plain, dot_at, doh_at), whole


def _bind_streams(
    texts: Sequence[str], workers: int, opened: contextlib.ExitStack
) -> tuple[tuple[Server, ...], list[tuple[socket.socket, ...]]]:
    places, bound = bind_streams(tuple(map(parse_listen, texts)), workers)
    for sock in (sock for each in bound for sock in each):
        opened.callback(sock.close)
    return places, bound


def parse_listen(text: str) -> Server:
    """`127.0.0.1:5353`; unlike an upstream's, a port of 0 is good and means any. Raises ValueError."""
    if text.endswith(":0"):
        return Server(parse_server(text[:-2]).host, 0)
    return parse_server(text)


def _keep_running(
    settings: FilterSettings,
    places: Places,
    bound: list[Bound],
    say: Callable[[Mapping[str, Any]], None],
    ended: Ended,
) -> int:
    settings.run.mkdir(parents=True, exist_ok=True)
    key = settings.key or os.urandom(16).hex()
    engine, why = chosen(settings.engine)
    life, held = os.pipe()
    children = [
        Child(number, write_config(settings, number, each, places, key, life, engine), each)
        for number, each in enumerate(bound)
    ]
    try:
        if not _start(children, life, ended):
            if not ended():
                sys.stderr.write("the DNS filter did not start; what its workers say stands above\n")
            return 0 if ended() else 1
        told = {"engine": engine, **({"engine_because": why} if why else {})}
        say({"ready": True, **places.told(), "workers": [_pid(child) for child in children], **told})
        pause = threading.Event()
        while not ended():
            pause.wait(0.05)
            for child in children:
                _tend(child, life)
        return 0
    finally:
        os.close(held)
        os.close(life)
        _end(children)


def _start(children: list[Child], life: int, ended: Ended) -> bool:
    """Start all workers for the first time; whether every one of them answers."""
    pipes = []
    for child in children:
        ready, told = os.pipe()
        _spawn(child, life, told)
        os.close(told)
        pipes.append(ready)
    try:
        return all(_answers(ready, ended) for ready in pipes)
    finally:
        for ready in pipes:
            os.close(ready)


def _answers(ready: int, ended: Ended) -> bool:
    end = clock.now() + _READY_WITHIN
    while not ended() and clock.now() < end:
        if select.select([ready], [], [], 0.05)[0]:
            return os.read(ready, 1) == b"1"
    return False


def _spawn(child: Child, life: int, ready: int | None = None) -> None:
    handed = [sock.fileno() for sock in child.bound.every]
    words = [sys.executable, "-P", "-m", "dns_filter.worker", "--config", str(child.config)]
    if ready is not None:
        words += ["--ready", str(ready)]
    package_root = str(Path(__file__).resolve().parent.parent)
    paths = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
    child.process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=2,
        pass_fds=[*handed, life, *([ready] if ready is not None else [])],
        env={**os.environ, **_ALLOCATOR, "PYTHONPATH": os.pathsep.join(paths)},
    )
    child.started = clock.now()


def _tend(child: Child, life: int) -> None:
    now = clock.now()
    if child.process is not None and (status := child.process.poll()) is not None:
        child.pause = FIRST_PAUSE if now - child.started > _LIVED else min(child.pause * 2, LONGEST_PAUSE)
        child.process, child.due = None, now + child.pause
        sys.stderr.write(f"filter worker {child.number} ended with status {status}; starting it again\n")
        if -status in _FAULTS and without_fast_engine(child.config):
            sys.stderr.write(f"filter worker {child.number}: its fast engine is no longer trusted; reference engine\n")
    # A clock that was set back must not keep a worker down.
    if child.process is None and not now < child.due <= now + LONGEST_PAUSE:
        _spawn(child, life)


def _end(children: list[Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(_LEAVE_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for child in children:
        child.config.unlink(missing_ok=True)


def _pid(child: Child) -> int:
    return child.process.pid if child.process else 0


def _say(told: Mapping[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever started us is gone; we are not
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
