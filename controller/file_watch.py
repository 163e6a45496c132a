"""Keeps inventory and lists in step with their files: what changed is taken, what is broken stays as it was. ●"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import structlog

from controller.chromeos_identifiers import IdentifierFile
from controller.home import Home
from controller.inventory_files import take_in
from controller.lists.keeper import ListKeeper
from controller.policy.source import PolicySource
from controller.store import Store

log = structlog.get_logger(__name__)


class FileWatch:
    """`problems` says what is wrong with the files now, one line each."""

    def __init__(self, home: Home, store: Store, source: PolicySource, lists: ListKeeper) -> None:
        self._home, self._store, self._source, self._lists = home, store, source, lists
        self._stamps: tuple[tuple[int, int], ...] | None = None
        self._identifiers = IdentifierFile(home, store.inventory)
        self._refused: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(filter(None, (*self._refused, self._identifiers.problem)))

    def take(self, now: datetime) -> bool:
        """Take what changed. True where the loop has something new to look at. Raises StoreError or OSError."""
        taken = self._stand_still() and self._inventory(now)
        self._lists.refresh(self._source.policy)
        self._identifiers.turn(now)
        return taken

    def _stand_still(self) -> bool:
        """Whether the files are as at the look before; else somebody may be in the middle of writing them."""
        stamps = tuple(_stamp(path) for path in (self._home.people, self._home.switches, self._home.devices))
        before, self._stamps = self._stamps, stamps
        return before in (None, stamps)

    def _inventory(self, now: datetime) -> bool:
        taken = take_in(self._home, self._store, self._source.policy.enforcement.modes(), now)
        problems = tuple(map(str, taken.problems))
        for problem in problems if problems != self._refused else ():
            log.warning("inventory file refused", problem=problem)
        self._refused = problems
        return any(taken.stored.values())


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (-1, -1)
    return (stat.st_size, stat.st_mtime_ns)
