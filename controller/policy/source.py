"""The policy in force: read from its file, last good copy in the store, a bad file refused whole. ●"""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from controller.accounts import SYSTEM
from controller.policy import Policy
from controller.policy.calendar_files import FOLDER
from controller.policy.file import LoadedPolicy, PolicyError, parse, read, with_calendars
from controller.store import Store

log = structlog.get_logger(__name__)

SETTLED = timedelta(seconds=0.5)
"""How long a changed file has to stand still: an editor or a copy over the network may be in the middle of it."""

Stamp = tuple[tuple[str, int, int], ...]


class NoPolicy(Exception):
    """Neither the file nor the store holds a policy that can be enforced."""


class PolicySource:
    """Watches one policy file. `policy` is what is in force; `problem` says why a newer file was refused."""

    def __init__(self, path: Path, store: Store) -> None:
        self._path, self._store = path, store
        self._lock = threading.Lock()
        self._taken: Stamp = ()
        self._seen: tuple[Stamp, datetime] | None = None
        self._loaded: LoadedPolicy | None = None
        self.problem = ""

    @property
    def policy(self) -> Policy:
        if self._loaded is None:
            raise NoPolicy(self.problem or f"{self._path} has not been read yet")
        return self._loaded.policy

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(str(warning) for warning in self._loaded.warnings) if self._loaded else ()

    def changed(self) -> bool:
        """Whether the file, or a calendar beside it, is another than the one taken last; costs a look at each."""
        return self._stat() != self._taken

    def refresh(self, now: datetime) -> bool:
        """Read the file if it changed and stands still. True where another policy is in force now.

        Raises NoPolicy at a bad start, StoreError where the policy cannot be kept: then it is tried again.
        """
        with self._lock:
            stamp = self._stat()
            if stamp == self._taken or not self._stands_still(stamp, now):
                return False
            took = self._take(now)
            # Not before: what could not be written down is not done, and the next look tries it again.
            self._taken, self._seen = stamp, None
            return took

    def _stands_still(self, stamp: Stamp, now: datetime) -> bool:
        if self._loaded is None:
            return True
        if self._seen is None or self._seen[0] != stamp:
            self._seen = (stamp, now)
        return abs(now - self._seen[1]) >= SETTLED

    def _take(self, now: datetime) -> bool:
        try:
            loaded = read(self._path)
        except PolicyError as error:
            self._refuse(str(error), now)
            return self._fall_back()
        known = self._loaded
        if known is not None and known.sha256 == loaded.sha256:
            self.problem = ""
            return False
        self._store.save_policy(loaded.text, loaded.sha256, SYSTEM, now)
        self.problem, self._loaded = "", loaded
        return True

    def _refuse(self, problem: str, now: datetime) -> None:
        if problem == self.problem:
            return
        detail = {"problem": problem[:2000], "in_force": self._loaded.sha256 if self._loaded else None}
        log.warning("policy refused", problem=problem)
        self._store.record(SYSTEM, "policy.refused", self._path.name, detail, now)
        self.problem = problem

    def _fall_back(self) -> bool:
        """After a restart beside a broken file the last good policy goes on, and it is shown."""
        if self._loaded is not None:
            return False
        last = self._store.last_policy()
        if last is None:
            raise NoPolicy(self.problem)
        try:
            self._loaded = parse(last[0], f"{self._path} (the last good copy)")
        except PolicyError as error:
            raise NoPolicy(f"{self.problem}\n{error}") from error
        with suppress(PolicyError):  # said already; without its calendars the policy plans less
            self._loaded = with_calendars(self._loaded, self._path.parent)
        return True

    def _stat(self) -> Stamp:
        calendars = sorted(self._path.parent.glob(f"{FOLDER}/*.csv"))
        return tuple(_stamp(path) for path in (self._path, *calendars))


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (path.name, -1, -1)
    return (path.name, stat.st_size, stat.st_mtime_ns)
