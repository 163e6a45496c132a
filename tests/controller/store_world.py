"""The databases the store's tests run on, and the people and things in them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from controller.accounts import SCOPES
from controller.model import AccessWindow, Actor
from inventory.model import Admission, Device, parse_mac

POSTGRES = os.environ.get("CARETAKER_TEST_POSTGRES_URL", "")
"""A server to use instead of a private one, as SQLAlchemy names it: `postgresql+psycopg://…`."""

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TEACHER = Actor("year-5-teacher", "teacher", SCOPES["teacher"], frozenset({"year-5"}))
TECHNICIAN = Actor("technician", "technician", SCOPES["technician"])
IPAD = Device(parse_mac("3c:22:fb:05:00:11"), "iPad 11", "school-ipad", Admission.REGISTERED, room="Oak")


def after(**span: float) -> datetime:
    return NINE + timedelta(**span)


def lesson(minutes: int = 60, group: str = "year-5", opens_at: datetime = NINE) -> AccessWindow:
    return AccessWindow("", group, opens_at, opens_at + timedelta(minutes=minutes), TEACHER.name, why="computing")


@contextmanager
def fresh_database(server_url: str, folder: Path) -> Iterator[str]:
    """The address of an empty database: a file, or a schema of its own of the server, gone afterwards."""
    if not server_url:
        yield f"sqlite:///{folder}/state/caretaker.db"
        return
    schema, server = f"test_{secrets.token_hex(8)}", create_engine(server_url)
    with server.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        yield f"{server_url}{'&' if '?' in server_url else '?'}options=-csearch_path%3D{schema}"
    finally:
        with server.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        server.dispose()
