"""What a database says in its own words becomes one of a few plain ones; a mistake of ours stays a mistake."""

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from controller.store import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreGone, StoreReadOnly
from controller.store.errors import plainly


class OperationalError(Exception):
    """As psycopg raises it: with an SQLSTATE, or without one where no server was reached."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("words of\n the server")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        ("55P03", StoreBusy),
        ("40P01", StoreBusy),
        ("40001", StoreBusy),
        ("53100", StoreFull),
        ("25006", StoreReadOnly),
        ("25P03", StoreGone),
        ("57P01", StoreGone),
        ("08006", StoreGone),
        ("53300", StoreGone),
        (None, StoreGone),
        ("XX001", StoreDamaged),
    ],
)
def test_what_postgresql_means(sqlstate: str | None, kind: type[StoreError]) -> None:
    plain = plainly(DBAPIError("SELECT 1", {}, OperationalError(sqlstate)))
    assert type(plain) is kind
    assert "\n" not in str(plain)
    assert "SELECT" not in str(plain)


def test_too_many_at_once_is_busy() -> None:
    assert isinstance(plainly(PoolTimeoutError()), StoreBusy)


@pytest.mark.parametrize("cause", [OperationalError("42601"), OperationalError("23505"), sqlite3.IntegrityError("x")])
def test_a_mistake_of_ours_is_not_dressed_up(cause: Exception) -> None:
    assert plainly(DBAPIError("SELECT 1", {}, cause)) is None
