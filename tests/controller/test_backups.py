"""The nightly copy of the store: one a day, checked, the newest fortnight, and never in the way of anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from controller import backups
from controller.backups import KEPT, NightlyBackup
from controller.home import Home
from controller.store import Store
from controller.store.backup import check

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.make()
    return made


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with Store.open(home.database_url) as opened:
        yield opened


def names(home: Home) -> list[str]:
    return sorted(path.name for path in home.backups.iterdir())


def test_a_day_has_one_sound_copy_that_its_owner_alone_may_read(home: Home, store: Store) -> None:
    nightly = NightlyBackup(home, store)
    for minutes in range(0, 600, 7):
        nightly.turn(NOON + timedelta(minutes=minutes))
    assert names(home) == ["caretaker-2026-11-24.db"]
    copy = home.backups / "caretaker-2026-11-24.db"
    check(copy)
    assert copy.stat().st_mode & 0o077 == 0
    assert backups.newest(home) == date(2026, 11, 24)


def test_a_copy_that_was_never_finished_goes_with_the_next_one(home: Home, store: Store) -> None:
    for ending in ("", "-wal", "-shm"):
        (home.backups / f"caretaker-2026-11-20.db.part{ending}").write_text("half a copy, with names of children")
    (home.backups / "notes.part").write_text("somebody's own")
    NightlyBackup(home, store).turn(NOON)
    assert names(home) == ["caretaker-2026-11-24.db", "notes.part"]


def test_the_copy_of_a_day_is_due_at_two_in_the_night(home: Home, store: Store) -> None:
    nightly = NightlyBackup(home, store)
    for hour in (13, 24, 25.9, 26.1):
        nightly.turn(NOON.replace(hour=0) + timedelta(hours=hour))
    assert names(home) == ["caretaker-2026-11-24.db", "caretaker-2026-11-25.db"]


def test_the_newest_fortnight_is_kept_and_what_is_not_ours_too(home: Home, store: Store) -> None:
    nightly = NightlyBackup(home, store)
    (home.backups / "caretaker-before-the-move.db").write_bytes(b"a person's own")
    for day in range(20):
        nightly.turn(NOON + timedelta(days=day))
    assert len(names(home)) == KEPT + 1
    assert "caretaker-before-the-move.db" in names(home)
    assert backups.newest(home) == date(2026, 12, 13)


@pytest.mark.fault
def test_a_copy_that_fails_is_tried_again_in_an_hour(home: Home, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Path] = []

    def full(self: Store, target: Path) -> None:
        tries.append(target)
        raise OSError("no space left on device")

    nightly = NightlyBackup(home, store)
    with monkeypatch.context() as disk:
        disk.setattr(Store, "back_up", full)
        for minutes in range(0, 130, 5):
            nightly.turn(NOON + timedelta(minutes=minutes))
    assert len(tries) == 3
    assert backups.newest(home) is None
    nightly.turn(NOON + timedelta(hours=4))
    assert backups.newest(home) == NOON.date()
