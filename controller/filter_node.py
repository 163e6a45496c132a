"""A filter alone: compiles lists and table from a policy file, keeps both in step with it, and runs the workers. ●"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from controller import publish
from controller.assume import table_without_inventory
from controller.check_filter.seats import seated
from controller.clock import Clock
from controller.home import Home
from controller.lists.keeper import ListKeeper
from controller.policy import Policy
from controller.policy.file import LoadedPolicy, PolicyError, read

LOOK = 1.0
"""Seconds between two looks at the policy file."""
SOON = timedelta(seconds=10)
"""Until a table that could not be written is tried again."""
REPUBLISH = timedelta(hours=1)
"""Time after which the table is made anew, so that it always reaches 14 days ahead."""


@dataclass
class FilterNode:
    """`state` holds what a home's `state/` holds; `tell` hears one line for each thing a person should know."""

    policy_file: Path
    state: Home
    lists: ListKeeper
    clock: Clock
    assume: str | None
    tell: Callable[[str], None]
    epoch: int = 0
    _again: datetime | None = None
    _stamp: tuple[int, int] = (0, 0)
    _said: str = ""
    _policy: Policy | None = None

    def prepare(self) -> Policy:
        """Read the policy, compile lists and table. Raises PolicyError, OSError or ValueError."""
        self.state.make()
        self.epoch = publish.last_epoch(self.state.table)
        loaded = self._read()
        self._compile(loaded.policy)
        return loaded.policy

    def watch(self, stop: threading.Event) -> None:
        """Follow the policy file and the clock until told to stop. A bad file changes nothing and is told once."""
        fetching = threading.Thread(target=self._fetch, args=(stop,), name="lists", daemon=True)
        fetching.start()
        self._follow(stop)
        fetching.join(5)

    def _fetch(self, stop: threading.Event) -> None:
        self.lists.keep_fetching(lambda: self._policy, self.clock, stop)

    def _follow(self, stop: threading.Event) -> None:
        seen = self._stamp
        while not self.clock.wait(stop, LOOK):
            before, seen = seen, self._file_stamp()
            # Only a file that stands still: somebody may be in the middle of writing it.
            if self._due() or before == seen != self._stamp:
                try:
                    self._compile(self._read().policy)
                except (PolicyError, ValueError, OSError) as error:
                    # A full disk may have room in a moment; a bad file is looked at again when it changed.
                    self._again = self.clock.now() + (SOON if isinstance(error, OSError) else REPUBLISH)
                    self._say(f"the policy stays as it was: {error}")

    def _read(self) -> LoadedPolicy:
        self._stamp = self._file_stamp()
        return read(self.policy_file)

    def _compile(self, policy: Policy) -> None:
        now, self._policy = self.clock.now(), policy
        self.lists.refresh(policy)
        if self.lists.problem:
            self.tell(f"lists: {self.lists.problem}; the last good ones stay")
        table = table_without_inventory(policy, now, self.epoch + 1, self.assume)
        table = table if self.assume else seated(table, policy, now)
        publish.publish(self.state.table, table)
        self.epoch, self._again, self._said = table.epoch, now + REPUBLISH, ""

    def _due(self) -> bool:
        return self._again is None or self.clock.now() >= self._again

    def _say(self, text: str) -> None:
        if text != self._said:
            self.tell(text)
        self._said = text

    def _file_stamp(self) -> tuple[int, int]:
        try:
            stat = self.policy_file.stat()
        except OSError:
            return (-1, -1)
        return (stat.st_size, stat.st_mtime_ns)


def to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
