"""The policy in force: read from its file, last good copy in the store, a bad file refused whole."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

from controller.accounts import SYSTEM
from controller.policy import Policy
from controller.policy_file import LoadedPolicy, PolicyError, parse, read
from controller.store import Store


class NoPolicy(Exception):
    """Neither the file nor the store holds a policy that can be enforced."""


class PolicySource:
    """Watches one policy file. `policy` is what is in force; `problem` says why a newer file was refused."""

    def __init__(self, path: Path, store: Store) -> None:
        self._path, self._store = path, store
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] = (0, 0)
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
        """Whether the file is another one than at the last look; costs one stat."""
        return self._stat() != self._stamp

    def refresh(self, now: datetime) -> bool:
        """Read the file if it changed. True where another policy is in force now. Raises NoPolicy at a bad start."""
        with self._lock:
            stamp = self._stat()
            if stamp == self._stamp and self._loaded is not None:
                return False
            self._stamp = stamp
            return self._take(now)

    def _take(self, now: datetime) -> bool:
        try:
            loaded = read(self._path)
        except (PolicyError, OSError) as error:
            self._refuse(str(error), now)
            return self._fall_back()
        known = self._loaded
        self.problem, self._loaded = "", loaded
        if known is None or known.sha256 != loaded.sha256:
            self._store.save_policy(loaded.text, loaded.sha256, SYSTEM, now)
        return known is None or known.sha256 != loaded.sha256

    def _refuse(self, problem: str, now: datetime) -> None:
        self.problem = problem
        detail = {"problem": problem[:2000], "in_force": self._loaded.sha256 if self._loaded else None}
        self._store.record(SYSTEM, "policy.refused", self._path.name, detail, now)

    def _fall_back(self) -> bool:
        """After a restart beside a broken file the last good policy goes on, and it is shown."""
        if self._loaded is not None:
            return False
        last = self._store.last_policy()
        if last is None:
            raise NoPolicy(self.problem)
        self._loaded = parse(last[0], str(self._path))
        return True

    def _stat(self) -> tuple[int, int]:
        try:
            stat = self._path.stat()
        except OSError:
            return (-1, -1)
        return (stat.st_size, stat.st_mtime_ns)
