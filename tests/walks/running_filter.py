"""A DNS filter of its own for a test: `caretaker dns`, a process tree that no test leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from controller.home import Home

PYTHON = (sys.executable, "-P", "-m")


@contextmanager
def running_filter(home: Home, words: tuple[str, ...]) -> Iterator[int]:
    """`caretaker dns` with these options; the port it took."""
    with (home.log / "filter.log").open("a") as log:
        process = subprocess.Popen(
            (*PYTHON, "controller", "dns", *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        told = process.stdout.readline()
        assert told, (home.log / "filter.log").read_text()
        yield int(json.loads(told)["listen"][0].rpartition(":")[2])
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()
