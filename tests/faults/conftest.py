"""Twenty switches and their sessions need longer than one to end, on a machine that has much to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

SETTLE = 20.0


@pytest.fixture(autouse=True)
def leaves_nothing_behind() -> Iterator[None]:
    """Takes the place of the fixture of the same name that looks after every test: the same, with more patience."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + SETTLE
    while (left := _running() - before) and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert not left, f"left behind: {left}"


def _running() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if "execnet" not in each.name.lower()}
