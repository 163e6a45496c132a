"""Databases, as `disk_writers.py` looks at a writer: the store, its copies and the way back, the query log. ●"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from controller.backups import NightlyBackup
from controller.home import Home
from controller.store import Store, StoreDamaged, StoreError
from controller.store.backup import check, restore
from dns_filter.clock import FixedClock
from dns_filter.querylog import LogSettings, QueryLog
from dns_filter.querylog.keys import read_keys
from tests.controller.store_writer import put
from tests.dns_filter.school import NINE
from tests.dns_filter.test_querylog import told

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
Say = Callable[[str, str], None]


def opened(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder}/caretaker.db")


class Records:
    """The store: two transactions for each acknowledgement, each with its row of the audit."""

    files = ("caretaker.db",)

    def prepare(self, folder: Path) -> None:
        opened(folder).close()

    def write(self, folder: Path, say: Say) -> None:
        try:
            with opened(folder) as store:
                for number in range(1, 4):
                    try:
                        say("kept", put(store, number))
                    except StoreError as error:
                        say("refused", str(error))
        except StoreError as error:
            say("refused", str(error))

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        with opened(folder) as store:
            devices = store.inventory().devices
            for window, mac in map(str.split, kept):
                assert store.window(window) is not None
                assert mac in devices
            assert store.verify_audit() is None
            rows = store.audit(limit=1000)
            assert {row.subject for row in rows if row.action == "device.register"} == set(devices)
            assert all(store.window(row.subject) for row in rows if row.action == "window.open")
            put(store, 9)


class Queries:
    """The query log, its counts, and the keys of its pseudonyms."""

    files = ("log/queries-*.sqlite", "keys/*.key", "counts.sqlite")
    names = ("wikipedia.org", "www.roblox.com", "bbc.co.uk")

    def prepare(self, folder: Path) -> None:
        (folder / "log").mkdir()

    def write(self, folder: Path, say: Say) -> None:
        log = self._log(folder)
        for name in self.names:
            dropped = log.dropped
            log.note("02:00:00:00:05:11", told(name), 0.001)
            log.flush()
            say("kept", name) if log.dropped == dropped else say("refused", "dropped")
        log.flush(last=True)
        log.close()

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        keys = read_keys(folder / "keys")
        log = self._log(folder)
        log.note("02:00:00:00:05:11", told("bbc.co.uk"), 0.001)
        log.flush(last=True)
        log.close()
        (day,) = folder.glob("log/*.sqlite")
        with closing(sqlite3.connect(day)) as store:
            rows = store.execute("SELECT qname, device FROM queries").fetchall()
        assert set(kept) <= {name for name, _ in rows}
        # One device has one pseudonym, whatever happened when its key was made.
        assert len({device for _, device in rows}) == 1
        assert keys.items() <= read_keys(folder / "keys").items()
        with closing(sqlite3.connect(folder / "counts.sqlite")) as store:
            assert store.execute("SELECT sum(times) FROM counts").fetchone()[0] >= 1

    def _log(self, folder: Path) -> QueryLog:
        places = {"keys": folder / "keys", "counts": folder / "counts.sqlite"}
        return QueryLog(LogSettings(folder / "log", b"", **places), FixedClock(NINE))


class Copies:
    """The nightly copy of the store."""

    files = (
        "state/caretaker.db",
        "state/backups/caretaker-*.db",
        "state/backups/caretaker-*.db-*",
    )

    def prepare(self, folder: Path) -> None:
        Home(folder).make()
        with Store.open(Home(folder).database_url) as store:
            put(store, 1)

    def write(self, folder: Path, say: Say, days: Sequence[int] = (0, 1)) -> None:
        home = Home(folder)
        try:
            with Store.open(home.database_url) as store:
                nightly = NightlyBackup(home, store)
                for day in days:
                    now = NOON + timedelta(days=day)
                    nightly.turn(now)
                    copy = home.backups / f"caretaker-{now.date()}.db"
                    say("kept", copy.name) if copy.exists() else say("refused", "said in the log")
        except StoreError as error:
            say("refused", str(error))

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        copies = list(Home(folder).backups.glob("caretaker-*.db"))
        assert set(kept) <= {each.name for each in copies}
        for each in copies:
            check(each)
        self.write(folder, lambda *_: None, (2,))


class PuttingBack:
    """A backup in the place of a damaged database."""

    files = ("caretaker.db", "caretaker.db.damaged-*", "backup.db", "backup.db-*")

    def prepare(self, folder: Path) -> None:
        with opened(folder) as store:
            put(store, 1)
            store.back_up(folder / "backup.db")
        with (folder / "caretaker.db").open("r+b") as file:
            file.write(b"\xa5" * 4096)

    def write(self, folder: Path, say: Say) -> None:
        try:
            restore(folder / "backup.db", folder / "caretaker.db", NOON)
            say("kept", "put back")
        except (StoreError, OSError) as error:
            say("refused", str(error))

    def look(self, folder: Path, kept: Sequence[str]) -> None:
        # Where there were none for a moment, the next start would make an empty school.
        assert (folder / "caretaker.db").exists()
        try:
            opened(folder).close()
        except StoreDamaged:
            assert not kept
        restore(folder / "backup.db", folder / "caretaker.db", NOON + timedelta(days=1))
        with opened(folder) as store:
            assert len(store.inventory().devices) == 1
            assert store.verify_audit() is None
