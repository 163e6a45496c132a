"""An empty store, on every database there is."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.store import Store
from tests.controller.store_world import POSTGRES, fresh_database
from tests.postgres_server import private_server

NEEDS_SERVER = () if POSTGRES else (pytest.mark.needs("postgres"),)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of this run, as libpq reads it; empty where there is none."""
    if POSTGRES or not shutil.which("postgres"):
        yield POSTGRES.replace("+psycopg", "")
        return
    with private_server() as server:
        yield server.url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=NEEDS_SERVER)])
def url(request: pytest.FixtureRequest, tmp_path: Path, postgres: str) -> Iterator[str]:
    server = postgres.replace("postgresql:", "postgresql+psycopg:", 1) if request.param == "postgresql" else ""
    with fresh_database(server, tmp_path) as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened
