"""Fixtures of the filter's tests: the engines, of which the compiled one is built when it is first needed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dns_filter import flights
from dns_filter.engine import EngineName
from dns_filter.fast import build
from tests.dns_filter import engines


@pytest.fixture(scope="session")
def fast_engine() -> None:
    """The compiled engine stands where the filter looks for it. Only for tests that are marked as needing gcc."""
    build.build()


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No upstream is asked a second time for being slow: a loaded machine is, and the test counts what was asked."""
    monkeypatch.setattr(flights, "STAGES", (3600.0,))


@pytest.fixture(params=["reference", pytest.param("fast", marks=pytest.mark.needs("gcc", "gencat"))])
def engine(request: pytest.FixtureRequest) -> Iterator[EngineName]:
    """Each engine in turn, for every worker that the test starts."""
    if request.param == "fast":
        request.getfixturevalue("fast_engine")
    with engines.taken(request.param):
        yield request.param
