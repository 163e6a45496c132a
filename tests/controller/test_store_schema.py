"""The migrations make the very tables the code speaks of, once, however many open the database at a time."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st

from controller.store import Store, schema
from controller.store.migrate import SCRIPTS, revision


def test_the_migrations_end_where_the_schema_stands(store: Store) -> None:
    with store._reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        assert revision(connection) == schema.HEAD


def test_the_newest_migration_is_the_one_named_in_the_schema() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_many_may_open_an_empty_database_at_once(url: str) -> None:
    opened: list[int] = []

    def open_it() -> None:
        with Store.open(url) as store:
            opened.append(len(store.audit()))

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [0] * 6


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)), st.integers(-12, 14))  # noqa: DTZ001
def test_a_moment_is_kept_to_the_microsecond_whatever_zone_it_was_said_in(moment: datetime, hours: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    assert schema.Moment.read(schema.micros(elsewhere)) == moment
    assert schema.micros(elsewhere) == schema.micros(moment)


def test_a_moment_of_no_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        schema.micros(datetime(2026, 11, 24, 9))  # noqa: DTZ001
