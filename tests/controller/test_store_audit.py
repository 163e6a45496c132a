"""The audit can be added to and read, and nothing else; whatever is done to it behind our back is found."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from controller.store import Store
from controller.store.audit import _seal
from tests.controller.store_world import IPAD, NINE, TEACHER, TECHNICIAN, after, lesson


def fill(store: Store, rows: int = 5) -> None:
    for number in range(rows):
        store.record(TEACHER, "session.refused", f"try {number}", {"why": "password", "tries": number}, NINE)


@pytest.mark.parametrize(
    "attempt", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE number = 2", "DELETE FROM audit"]
)
def test_the_database_itself_refuses_to_change_a_row(store: Store, url: str, attempt: str) -> None:
    fill(store)
    stranger = create_engine(url)
    with pytest.raises(DBAPIError, match="append-only"), stranger.begin() as connection:
        connection.execute(text(attempt))
    stranger.dispose()
    assert store.verify_audit() is None


@contextmanager
def behind_our_back(store: Store) -> Iterator[sqlite3.Connection]:
    """Somebody with the file in the hand: the triggers go first."""
    connection = sqlite3.connect(str(store._engine.url.database), isolation_level=None)
    for trigger in ("update", "delete", "replace"):
        connection.execute(f"DROP TRIGGER audit_keeps_{trigger}")
    yield connection
    connection.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/caretaker.db") as opened:
        fill(opened)
        yield opened


@pytest.mark.parametrize(
    ("attempt", "broken"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE number = 3", 3),
        ("UPDATE audit SET detail = '{}' WHERE number = 1", 1),
        ("UPDATE audit SET at = at + 1 WHERE number = 5", 5),
        ("UPDATE audit SET hash = (SELECT hash FROM audit WHERE number = 2) WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 4", 4),
        ("DELETE FROM audit WHERE number >= 4", 4),
        ("DELETE FROM audit", 1),
        ("INSERT INTO audit SELECT 6, at, actor, action, subject, detail, hash FROM audit WHERE number = 5", 6),
    ],
)
def test_a_changed_a_missing_and_an_added_row_are_found(sqlite_store: Store, attempt: str, broken: int) -> None:
    with behind_our_back(sqlite_store) as connection:
        connection.execute(attempt)
    assert sqlite_store.verify_audit() == broken


def test_a_forger_who_seals_a_changed_row_anew_breaks_the_next_one(sqlite_store: Store) -> None:
    with behind_our_back(sqlite_store) as connection:
        connection.row_factory = sqlite3.Row
        second, third = map(dict, connection.execute("SELECT * FROM audit WHERE number IN (2, 3) ORDER BY number"))
        third["actor"] = "nobody"
        connection.execute(
            "UPDATE audit SET actor = 'nobody', hash = ? WHERE number = 3", (_seal(second["hash"], third),)
        )
    assert sqlite_store.verify_audit() == 4


def test_insert_or_replace_is_refused_as_well(sqlite_store: Store) -> None:
    stranger = sqlite3.connect(str(sqlite_store._engine.url.database))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        stranger.execute("INSERT OR REPLACE INTO audit SELECT 2, at, 'x', action, subject, detail, hash FROM audit")
    stranger.close()


def test_rows_are_numbered_without_gaps_from_one(store: Store) -> None:
    fill(store, 3)
    store.put_devices([IPAD], TECHNICIAN, NINE, reason="new trolley")
    assert [row.number for row in store.audit()] == [1, 2, 3, 4]
    assert len({row.hash for row in store.audit()}) == 4


def test_pages_follow_each_other_and_the_newest_can_be_asked_for(store: Store) -> None:
    fill(store, 5)
    assert [row.number for row in store.audit(after=2, limit=2)] == [3, 4]
    assert [row.number for row in store.latest_audit(2)] == [5, 4]


def test_rows_are_found_by_action_and_by_noun(store: Store) -> None:
    opened = store.open_window(lesson(), TEACHER, NINE)
    store.end_window(opened.id, TEACHER, after(minutes=1))
    store.record(TEACHER, "windows_elsewhere.open", "x", {}, NINE)
    assert [row.action for row in store.audit(action="window")] == ["window.open", "window.end"]
    assert [row.action for row in store.audit(action="window.end")] == ["window.end"]
    assert store.audit(action="win%") == ()


def test_a_row_says_when_who_what_and_how(store: Store) -> None:
    detail = {"when": after(hours=1), "for": timedelta(minutes=5), "who": {"b", "a"}, "device": IPAD}
    store.record(TEACHER, "a.b", "c", detail, NINE)
    row = store.audit()[0]
    assert (row.at, row.actor, row.action, row.subject) == (NINE, "year-5-teacher", "a.b", "c")
    assert row.detail["when"] == "2026-11-24T10:00:00+00:00"
    assert row.detail["who"] == ["a", "b"]
    assert row.detail["device"]["name"] == "iPad 11"  # type: ignore[index]


@pytest.mark.parametrize("subject", ["nul\x00", "half \ud800", "<b>&\"'", "=1+1", "line\r\nline", "x" * 9000])
def test_hostile_text_is_kept_as_text_and_breaks_no_chain(store: Store, subject: str) -> None:
    store.record(TEACHER, "device.note", subject, {"said": subject}, NINE)
    assert store.audit()[0].detail == {"said": subject}
    assert store.verify_audit() is None


@pytest.mark.parametrize("detail", [{"x": float("nan")}, {"x": object()}, {"x": float("inf")}])
def test_what_has_no_plain_form_is_refused_whole(store: Store, detail: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        store.record(TEACHER, "a.b", "c", detail, NINE)
    assert store.audit() == ()
    fill(store, 1)
    assert store.verify_audit() is None
