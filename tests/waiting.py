"""Waiting for something that another process or thread is about to do."""

import threading
import time
from collections.abc import Callable


def until(happened: Callable[[], object], seconds: float = 10.0) -> None:
    """Return as soon as `happened()` is true; fail where it is not within the time."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s"
        threading.Event().wait(0.02)
