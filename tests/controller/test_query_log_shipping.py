"""The query log's copies in a real PostgreSQL: each row once, in partitions a day, and late rather than never."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from controller.clock import FixedClock
from controller.home import Home
from controller.query_log import Hold, Subject
from controller.query_log.erasure import erase
from controller.query_log.erasures import Owed, owe, owed
from controller.query_log.files import QueryLogFiles
from controller.query_log.housekeeping import Housekeeping
from controller.query_log.shipping import DatabaseGone, Shipping
from dns_filter.model import Code
from tests.controller.query_log.conftest import ADDRESS, IPAD, NINE, OTHER, TOMORROW, filter_log, said
from tests.postgres_server import private_server

psycopg = pytest.importorskip("psycopg", reason="needs psycopg, which the extra `postgresql` brings")
pytestmark = pytest.mark.needs("postgres")


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """A database of its own, since partitions are counted."""
    name = f"query_log_{os.getpid()}"
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield postgres.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.make()
    return found


def asked(home: Home, at: datetime, *names: str, who: str = IPAD) -> None:
    with filter_log(home, at) as log:
        for name in names:
            log.note(who, said(name), 0.01)


def shipping(home: Home, database: str, now: datetime = TOMORROW, days: int = 7) -> Shipping:
    return Shipping(QueryLogFiles.of(home), FixedClock(now), database, "Ash Lane", days)


def rows(database: str, query: str = "SELECT qname FROM query_log ORDER BY at, qname") -> list[Any]:
    with psycopg.connect(database) as connection:
        found = connection.execute(query.encode()).fetchall()
    return [each[0] if len(each) == 1 else each for each in found]


def partitions(database: str) -> list[str]:
    return rows(database, "SELECT inhrelid::regclass::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent"
                          " WHERE c.relname = 'query_log' ORDER BY 1")  # fmt: skip


def test_each_row_is_copied_once_whatever_comes_between(home: Home, database: str) -> None:
    asked(home, NINE, "a.example", "b.example")
    ship = shipping(home, database)
    ship.turn()
    ship.turn()
    assert rows(database) == ["a.example", "b.example"]
    asked(home, NINE, "c.example")
    asked(home, TOMORROW, "d.example")
    ship.turn()
    assert rows(database) == ["a.example", "b.example", "c.example", "d.example"]


def test_a_row_has_every_field(home: Home, database: str) -> None:
    with filter_log(home, NINE) as log:
        log.note(IPAD, said("redlight.example", Code.CATEGORY, "adult"), 0.25)
    shipping(home, database).turn()
    (found,) = rows(database, "SELECT at, profile, qtype, code, epoch, latency, times, why, category, school, term"
                              " FROM query_log")  # fmt: skip
    assert found == (NINE, "key-stage-2", 1, "category", 7, 0.25, 1, "abcdefgh", "adult", "Ash Lane", "2026-09-02")
    (device,) = rows(database, "SELECT device FROM query_log")
    assert IPAD not in device


def test_there_are_partitions_for_the_days_to_come_and_old_ones_go(home: Home, database: str) -> None:
    asked(home, NINE, "a.example")
    shipping(home, database, NINE).turn()
    found = partitions(database)
    assert (found[0], found[-1], len(found)) == ("query_log_20261123", "query_log_20261201", 9)
    shipping(home, database, NINE + timedelta(days=9)).turn()
    assert partitions(database)[0] == "query_log_20261126"
    assert rows(database) == [], "neither kept, nor copied again from the file"


def test_several_copies_are_made_of_a_long_day(home: Home, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.query_log.shipping.AT_ONCE", 3)
    asked(home, NINE, *(f"a{number}.example" for number in range(8)))
    shipping(home, database).turn()
    assert len(rows(database)) == 8


def test_a_server_that_is_gone_loses_nothing_and_is_caught_up_with(home: Home) -> None:
    with private_server() as server:
        keeping = Housekeeping(QueryLogFiles.of(home), FixedClock(TOMORROW), (shipping(home, server.url).turn,))
        asked(home, NINE, "before.example")
        keeping.turn()
        assert keeping.problem == ""
        server.stop()
        asked(home, NINE, "meanwhile.example")
        keeping.turn()
        assert "PostgreSQL" in keeping.problem
        server.start()
        asked(home, NINE, "after.example")
        keeping.turn()
        assert keeping.problem == ""
        assert rows(server.url) == ["after.example", "before.example", "meanwhile.example"]


def test_an_address_where_nobody_answers_is_said_without_its_password(home: Home, tmp_path: Path) -> None:
    with pytest.raises(DatabaseGone) as raised:
        shipping(home, f"postgresql://u:sesame@/x?host={tmp_path}").turn()
    assert "sesame" not in str(raised.value)


def test_an_erasure_reaches_the_copies_and_spares_what_is_held(home: Home, database: str) -> None:
    asked(home, NINE, "held.example", "shared.example")
    asked(home, TOMORROW, "erased.example")
    asked(home, NINE, "shared.example", who=OTHER)
    ship = shipping(home, database)
    ship.turn()
    pupil = Subject(IPAD, {IPAD: "ipad"}, "")
    hold = Hold("hold-1", IPAD, {IPAD: "ipad"}, NINE, NINE + timedelta(hours=1), "", "", NINE)
    erase(ship.files, pupil, [hold], events=False)
    assert "erased.example" in rows(database), "not before the next turn"
    ship.turn()
    assert rows(database) == ["held.example", "shared.example", "shared.example"]
    assert owed(ship.files.owed) == ()
    erase(ship.files, pupil, (), events=False)
    asked(home, TOMORROW, "new.example")
    ship.turn()
    assert rows(database) == ["shared.example", "new.example"]


def test_what_is_owed_survives_a_crash_and_a_line_cut_off(home: Home, database: str) -> None:
    asked(home, NINE, "stranger.example", who=ADDRESS)
    ship = shipping(home, database)
    ship.turn()
    (device,) = rows(database, "SELECT device FROM query_log")
    owe(ship.files.owed, [Owed(device, ())])
    ship.files.owed.rename(ship.files.owed.with_suffix(".taken"))
    ship.files.owed.write_text('{"device": "cut o')
    ship.turn()
    ship.turn()
    assert rows(database) == []


def test_two_schools_may_share_a_database(home: Home, database: str, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.make()
    asked(home, NINE, "a.example")
    asked(other, NINE, "b.example")
    shipping(home, database).turn()
    replace(shipping(other, database), school="Hill Street").turn()
    assert rows(database, "SELECT school, qname FROM query_log ORDER BY 1") == [
        ("Ash Lane", "a.example"),
        ("Hill Street", "b.example"),
    ]


def test_without_a_database_nothing_is_owed(home: Home) -> None:
    files = QueryLogFiles.of(home)
    owe(files.owed, [Owed("x", ())])
    Housekeeping(files, FixedClock(NINE)).turn()
    assert not files.owed.exists()
