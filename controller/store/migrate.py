"""Bringing the tables to today's shape when the database is opened."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, select, table, text
from sqlalchemy.sql import column

from controller.store.errors import StoreTooNew
from controller.store.schema import HEAD

SCRIPTS = Path(__file__).parent.parent / "migrations"


def revision(connection: Connection) -> str | None:
    """The migration the database stands at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(column("version_num")).select_from(table("alembic_version"))).scalar()


def migrate(connection: Connection) -> None:
    """Run what is missing, in the transaction of the connection. Raises StoreTooNew."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    if connection.dialect.name == "postgresql":
        # Two processes may open an empty database at once; the second then finds it made.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('caretaker migrations'))"))
    here = revision(connection)
    if here == HEAD:
        return
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if here is not None and here not in known:
        raise StoreTooNew(f"A newer Caretaker has written this database (migration {here}, this one knows {HEAD}).")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
