"""Waiting for something that another process or thread is about to do."""

import threading
import time
from collections.abc import Callable


def until_it_stands_still(happened: Callable[[], object], moves: Callable[[], object], seconds: float = 60.0) -> None:
    """Return as soon as `happened()` is true; fail where `moves()` has given the same for so long. What shares its
    processors with a dozen others takes long and is not wrong."""
    deadline, last = time.monotonic() + seconds, moves()
    while not happened():
        now = moves()
        if now != last:
            deadline, last = time.monotonic() + seconds, now
        assert time.monotonic() < deadline, f"nothing has moved for {seconds} s, and it did not happen"
        threading.Event().wait(0.02)


def until(happened: Callable[[], object], seconds: float = 60.0) -> None:
    """Return as soon as `happened()` is true; fail where it is not within the time. That is what a loaded machine needs
    at worst: how soon a thing has to come is not asserted here."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s"
        threading.Event().wait(0.02)
