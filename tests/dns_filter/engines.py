"""Which engine the workers of a test have: the reference, or in a test marked `both_engines` each in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pytest

from dns_filter.engine import EngineName

_CURRENT: ContextVar[EngineName] = ContextVar("engine", default="reference")
both_engines = pytest.mark.usefixtures("engine")


def current() -> EngineName:
    return _CURRENT.get()


@contextmanager
def taken(engine: EngineName) -> Iterator[None]:
    """The workers that are started inside have this one."""
    before = _CURRENT.set(engine)
    try:
        yield
    finally:
        _CURRENT.reset(before)
