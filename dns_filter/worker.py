"""One filter worker: `python -m dns_filter.worker --config FILE.json`. Ends on SIGTERM, or when its parent dies. ●"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import resource
import selectors
import signal
import socket
import sys
from pathlib import Path

from dns_filter import clock, tidying
from dns_filter.log_lines import to_stderr
from dns_filter.server import Server
from dns_filter.worker_settings import WorkerSettings

_TURN = 0.0005
"""Seconds that one thread may go on while another waits; Python's own 5 ms are half of what a query may take."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dns_filter.worker", description="One worker of the DNS filter.")
    parser.add_argument("--config", type=Path, required=True, help="a JSON file written by the parent")
    parser.add_argument("--ready", type=int, help="a descriptor: one octet in it says that this worker answers")
    asked = parser.parse_args()
    settings = WorkerSettings.model_validate_json(asked.config.read_bytes())
    to_stderr(f"%(asctime)s filter worker {settings.worker}: %(message)s", logging.INFO)
    # While the log or a new table keeps another thread busy, no query is to wait for long until it is its turn.
    sys.setswitchinterval(_TURN)
    # Ctrl-C goes to the whole group; the parent hears it and ends its workers in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _allow_many_files()
    poller = selectors.EpollSelector()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(poller)) as runner:
        runner.run(_serve(settings, asked.ready, poller.fileno()))
    return 0


async def _serve(settings: WorkerSettings, ready: int | None, poller: int) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    if settings.life is not None:
        loop.add_reader(settings.life, stop.set)
    udp, tcp = ([socket.socket(fileno=number) for number in given] for given in (settings.udp, settings.tcp))
    server = Server(settings, udp, tcp, loop, clock.now, poller)
    await server.start()
    tidying.begin()
    if ready is not None:
        os.write(ready, b"1")
        os.close(ready)
    await stop.wait()
    if settings.life is not None:
        loop.remove_reader(settings.life)
    await server.close()


def _allow_many_files() -> None:
    """Every question under way to an upstream has a socket of its own."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536) if most > 0 else 65_536, most))


if __name__ == "__main__":
    sys.exit(main())
