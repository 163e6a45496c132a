"""An empty store, on every database there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.store import Store
from tests.controller.store_world import DATABASES, fresh_database


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with fresh_database(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened
