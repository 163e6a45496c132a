"""Ports for programs that must be told one before they start.

They lie below the range from which the kernel hands out ports by itself: what is free there stays free until the
program takes it, however many questions other tests ask meanwhile. Two workers of pytest-xdist choose from different
ones.
"""

import os
import random
import socket

_FIRST, _END = 15_000, 32_000
_random = random.Random()


def free_ports(count: int = 1, host: str = "127.0.0.1") -> int:
    """The first of so many in a row that nobody listens on, for TCP and UDP."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = (_END - _FIRST) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    for _ in range(200):
        first = _FIRST + worker * share + _random.randrange(share - count)
        if all(is_free(port, host) for port in range(first, first + count)):
            return first
    raise AssertionError(f"no {count} free ports in a row were found")


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as trial:
            if kind == socket.SOCK_STREAM:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except OSError:
                return False
    return True
