"""The files of the query log, a day each: the one of today, and how old ones go. ●

Room comes first: where the disk is nearly full, or all days together are too large, the log gives way to everything
else that must be written.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from dns_filter.model import LogRules
from dns_filter.querylog.day_file import DayFile, Row
from dns_filter.querylog.keys import KeyRing
from dns_filter.querylog.settings import LogSettings
from dns_filter.querylog.terms import day_of, pseudonym, term_of
from dns_filter.told import Told

PATTERN = "queries-*.sqlite"
ROOM = 64 << 20
"""Octets that must be left on the disk: tables and lists need them more."""
_LOOK = 60.0


class Days:
    """Writes rows into the file of their day. Raises sqlite3.Error and OSError; the next row then tries again."""

    def __init__(self, settings: LogSettings, keys: KeyRing, spell: Callable[[Told], str]) -> None:
        self._settings, self._keys, self._spell = settings, keys, spell
        self._file: DayFile | None = None
        self._key = b""
        self._looked_at = -1e9
        self._too_large = False

    def write(self, directory: Path, rows: list[Row], rules: LogRules, now: float) -> None:
        file = self._opened(directory, rules, now)
        self.tidy(directory, rules, now)
        if self._too_large:
            raise OSError(errno.EDQUOT, f"the log of this day alone takes more than {self._settings.limit >> 20} MiB")
        if _free(directory) < ROOM:
            raise OSError(errno.ENOSPC, f"less than {ROOM >> 20} MiB are left on the disk")
        file.write(rows, lambda who: pseudonym(self._key, who))

    def tidy(self, directory: Path, rules: LogRules, now: float) -> None:
        """Drop what is too old, also on a day on which nobody asks for anything."""
        if self._settings.days(rules) == 0 and self._file is not None:
            self.close()
            self._looked_at = -1e9
        if not self._looked_at <= now < self._looked_at + _LOOK:
            self._looked_at = now
            self._make_room(directory, rules, now)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self, directory: Path, rules: LogRules, now: float) -> DayFile:
        day = day_of(now)
        path = directory / f"queries-{day}.sqlite"
        if self._file is None or self._file.path != path:
            self.close()
            file = DayFile(path, self._settings.worker, term_of(day, rules.terms), self._spell)
            # Before the file is anybody's: no row may be written under another key.
            self._key = self._keys.key(file.term)
            self._file = file
            self._looked_at = -1e9
        return self._file

    def _make_room(self, directory: Path, rules: LogRules, now: float) -> None:
        """Whole days go, the oldest first: what is past its time, and what is too much for the disk."""
        today = day_of(now)
        days = self._settings.days(rules)
        # Without any day to keep, what was written of this one goes too.
        remove_before(directory, today - timedelta(days=days) if days else today + timedelta(days=1))
        self._keys.forget_before((today - timedelta(days=max(days, rules.events_days))).isoformat())
        files = sorted(directory.glob(PATTERN))
        total = sum(map(_size, files))
        for path in files[:-1]:
            if total <= self._settings.limit:
                break
            total -= _size(path)
            remove(path)
        self._too_large = total > self._settings.limit


def remove_before(directory: Path, day: date) -> None:
    for path in directory.glob(PATTERN):
        if path.name < f"queries-{day}":
            remove(path)


def remove(path: Path) -> None:
    """A day with the files SQLite keeps beside it."""
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        each.unlink(missing_ok=True)


def _size(path: Path) -> int:
    parts = (path, path.with_name(f"{path.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _free(directory: Path) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize
