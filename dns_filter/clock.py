"""The only file of the filter that asks what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds since 1970 UTC."""

NOT_BEFORE = 1_767_225_600.0
"""1 January 2026. A clock that says less has never been set: nothing that depends on lessons may be believed."""


def now() -> float:
    return time.time()


class FixedClock:
    """A clock that stands still until it is moved, for tests and for explaining another moment."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at
