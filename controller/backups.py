"""A checked copy of the store every night, the newest fortnight of them kept. ●"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import structlog

from controller.home import Home
from controller.store import Store, StoreError

KEPT = 14
NIGHT = timedelta(hours=2)
"""The copy of a day is due from two o'clock, UTC; a machine that was off then makes it when it is on again."""
PAUSE = timedelta(hours=1)
"""Between a copy that failed and the next try: the disk will hardly be less full in a minute."""
_NAME = "caretaker-{day}.db"
log = structlog.get_logger(__name__)


class NightlyBackup:
    """`turn` is called again and again, and makes the copy when it is due."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home, self._store = home, store
        self._not_before: datetime | None = None

    def turn(self, now: datetime) -> None:
        """A failure is logged and tried again in an hour: nothing else may wait for it."""
        day = (now - NIGHT).date()
        target = self._home.backups / _NAME.format(day=day)
        if target.exists() or (self._not_before is not None and now < self._not_before):
            return
        try:
            self._home.backups.mkdir(mode=0o700, exist_ok=True)
            self._store.back_up(target)
            _forget_old(self._home)
        except (StoreError, OSError) as error:
            self._not_before = now + PAUSE
            log.warning("the nightly backup failed", problem=str(error))


def newest(home: Home) -> date | None:
    """The day of the newest copy; None where there is none."""
    days = [day for path in home.backups.glob(_NAME.format(day="*")) if (day := _day_of(path.stem)) is not None]
    return max(days, default=None)


def _day_of(stem: str) -> date | None:
    try:
        return date.fromisoformat(stem.removeprefix("caretaker-"))
    except ValueError:
        return None  # somebody's own copy beside ours


def _forget_old(home: Home) -> None:
    """Ours alone: what a person put into the folder stays."""
    ours = sorted(path for path in home.backups.glob(_NAME.format(day="*")) if _day_of(path.stem) is not None)
    for path in (*ours[:-KEPT], *home.backups.glob(f"{_NAME.format(day='*')}.part*")):
        # A copy that was never finished, because the machine went off: the names of children are in it.
        path.unlink()
