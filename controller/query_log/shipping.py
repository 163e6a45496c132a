"""Copies of the query log for PostgreSQL: COPY into a partition a day, each row once, and late rather than never. ●

The filter writes its SQLite files whether or not the database can be reached; what it missed is copied when it is
back, as long as the files are kept. How far each file was copied stands in the database, in the same transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controller.clock import Clock
from controller.query_log import Span
from controller.query_log.erasures import Owed, owed
from controller.query_log.files import COLUMNS, QueryLogFiles, opened, term_of_file

if TYPE_CHECKING:
    from psycopg import Connection

AHEAD, AT_ONCE, PATIENCE = 7, 50_000, 5
"""Days for which there are partitions already, rows in one COPY, seconds until a server counts as gone."""
_OLDEST = datetime(2020, 1, 1, tzinfo=UTC)
_PARTITION = re.compile(r"query_log_(\d{8})")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS query_log (
    at timestamptz NOT NULL, device text NOT NULL, profile text NOT NULL, qname text NOT NULL, qtype integer NOT NULL,
    code text NOT NULL, rule text NOT NULL, epoch bigint NOT NULL, latency double precision NOT NULL,
    times integer NOT NULL, why text NOT NULL, category text NOT NULL, school text NOT NULL, term text NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX IF NOT EXISTS query_log_device ON query_log (device, at);
CREATE TABLE IF NOT EXISTS query_log_shipped (
    school text NOT NULL, day text NOT NULL, number bigint NOT NULL, PRIMARY KEY (school, day)
);
"""


class DatabaseGone(OSError):
    """It cannot be reached, or refuses: the rows stay in their files, and the next turn tries again."""


@dataclass(frozen=True, slots=True)
class Shipping:
    """`database` is `postgresql://…`; `school` tells schools apart that share one; `days` are kept there."""

    files: QueryLogFiles
    clock: Clock
    database: str
    school: str
    days: int

    def turn(self) -> None:
        """Copy all that is new, carry out erasures, make partitions for the days to come, drop old ones.

        Raises DatabaseGone, OSError, sqlite3.Error.
        """
        now = self.clock.now()
        with _connected(self.database) as connection:
            with connection.transaction():
                # Two controllers that start at once must not make one table twice.
                connection.execute("SELECT pg_advisory_xact_lock(hashtext('caretaker query log'))")
                connection.execute(_SCHEMA)
                self._partitions(connection, now.date())
            # First: what was asked for after an erasure is not part of it.
            self._erase(connection)
            for path in self.files.days(Span(_OLDEST, now + timedelta(days=1))):
                while self._copy(connection, path):
                    pass

    def _partitions(self, connection: Connection[Any], today: date) -> None:
        for day in (today + timedelta(days=number) for number in range(-1, AHEAD + 1)):
            _make_partition(connection, day)
        rows = connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'query_log'::regclass"
        )
        for (name,) in rows.fetchall():
            match = _PARTITION.fullmatch(name)
            if match and _day(match[1]) < today - timedelta(days=self.days):
                connection.execute(f"DROP TABLE {match[0]}")
        oldest = f"queries-{today - timedelta(days=400)}"
        connection.execute("DELETE FROM query_log_shipped WHERE day < %s", (oldest,))

    def _copy(self, connection: Connection[Any], path: Path) -> bool:
        """Copy the next rows of one file; whether there may be more."""
        today = self.clock.now().date()
        if _day(path.stem.removeprefix("queries-").replace("-", "")) < today - timedelta(days=self.days):
            return False
        with connection.transaction():
            query = "SELECT number FROM query_log_shipped WHERE school = %s AND day = %s FOR UPDATE"
            found = connection.execute(query, (self.school, path.stem)).fetchone()
            rows, term = _rows_after(path, found[0] if found else 0)
            if rows:
                self._put(connection, rows, term)
                query = (
                    "INSERT INTO query_log_shipped VALUES (%s, %s, %s)"
                    " ON CONFLICT (school, day) DO UPDATE SET number = excluded.number"
                )
                connection.execute(query, (self.school, path.stem, rows[-1][0]))
        return len(rows) == AT_ONCE

    def _put(self, connection: Connection[Any], rows: Sequence[Sequence[Any]], term: str) -> None:
        for day in {datetime.fromtimestamp(row[1], UTC).date() for row in rows}:
            _make_partition(connection, day)
        columns = f"{COLUMNS}, school, term"
        with connection.cursor() as cursor, cursor.copy(f"COPY query_log ({columns}) FROM STDIN") as copy:
            for _, at, *rest in rows:
                copy.write_row((datetime.fromtimestamp(at, UTC), *map(_storable, rest), self.school, term))

    def _erase(self, connection: Connection[Any]) -> None:
        taken = self.files.owed.with_suffix(".taken")
        if self.files.owed.exists() and not taken.exists():
            # What is added from now on begins another file, so that nothing is lost when this one is done.
            self.files.owed.rename(taken)
        with connection.transaction():
            for each in owed(taken):
                _erase(connection, self.school, each)
        taken.unlink(missing_ok=True)


@contextmanager
def _connected(database: str) -> Iterator[Connection[Any]]:
    try:
        import psycopg
    except ImportError as error:
        raise DatabaseGone("the driver is missing: install caretaker[postgresql]") from error
    try:
        with psycopg.connect(database, connect_timeout=PATIENCE, autocommit=True) as connection:
            yield connection
    except psycopg.Error as error:
        # Its first line alone: further ones may repeat a row.
        raise DatabaseGone(
            f"PostgreSQL: {str(error).strip().splitlines()[0][:200] if str(error) else error!r}"
        ) from error


def _rows_after(path: Path, number: int) -> tuple[list[Sequence[Any]], str]:
    query = f"SELECT number, {COLUMNS} FROM queries WHERE number > ? ORDER BY number LIMIT ?"  # noqa: S608
    with opened(path) as day:
        return day.execute(query, (number, AT_ONCE)).fetchall(), term_of_file(day)


def _make_partition(connection: Connection[Any], day: date) -> None:
    begin, end = f"{day} 00:00:00+00", f"{day + timedelta(days=1)} 00:00:00+00"
    name = f"query_log_{day:%Y%m%d}"
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF query_log FOR VALUES FROM ('{begin}') TO ('{end}')"
    )


def _erase(connection: Connection[Any], school: str, each: Owed) -> None:
    kept = " ".join(["AND NOT (at >= to_timestamp(%s) AND at < to_timestamp(%s))"] * len(each.held))
    values = [moment for span in each.held for moment in span]
    query = f"DELETE FROM query_log WHERE school = %s AND device = %s {kept}"  # noqa: S608
    connection.execute(query.encode(), (school, each.device, *values))


def _storable(value: Any) -> Any:
    """PostgreSQL takes no NUL in a text."""
    return value.replace("\x00", "\\000") if isinstance(value, str) else value


def _day(text: str) -> date:
    return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:8]}")
