"""One running demo school for the tests that only look at it or put back what they changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.demo.running import Demo, demo_school, small_upstream
from tests.shared_data import shared_data


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with small_upstream() as address:
        yield address


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, upstream: str) -> Iterator[Demo]:
    """Up, with the real UT1 list of games loaded by its path."""
    games = next(shared_data("blocklists/ut1/games").glob("domains*"))
    with demo_school(tmp_path_factory.mktemp("demo"), "--upstream", upstream, "--list", f"games={games}") as school:
        school.up()
        yield school


@pytest.fixture
def quiet_demo(tmp_path_factory: pytest.TempPathFactory, upstream: str) -> Iterator[Demo]:
    """Not started yet: for tests that start, kill and start again."""
    with demo_school(tmp_path_factory.mktemp("demo"), "--upstream", upstream) as school:
        yield school
