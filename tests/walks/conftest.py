"""One school for each module of walks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SETTLE
from tests.walks.school import School, open_school


@pytest.fixture(scope="module", autouse=True)
def leaves_nothing_behind() -> Iterator[None]:
    """A school runs from the first test of a module to the last, and its threads come and go: looked at once, after it.

    Takes the place of the fixture of the same name that looks after every single test.
    """
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + SETTLE
    while (left := _running() - before) and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert not left, f"left behind: {left}"


def _running() -> set[threading.Thread]:
    # A web server's own pool of threads outlives it by a few seconds of idleness; they hold nothing.
    return {each for each in threading.enumerate() if "AnyIO" not in each.name and "execnet" not in each.name}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, leaves_nothing_behind: None) -> Iterator[School]:
    folder: Path = tmp_path_factory.mktemp("walks")
    with open_school(folder) as running:
        yield running
