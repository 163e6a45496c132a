"""A filter alone: compiles lists and table from a policy file, keeps both in step with it, and runs the workers. ●"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from controller import publish
from controller.assume import table_without_inventory
from controller.clock import Clock
from controller.home import Home
from controller.list_keeper import ListKeeper
from controller.policy import Policy
from controller.policy_file import LoadedPolicy, PolicyError, read
from dns_filter import table_file

LOOK = 1.0
"""Seconds between two looks at the policy file."""
REPUBLISH = 3600.0
"""Seconds after which the table is made anew, so that it always reaches 14 days ahead."""


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
    made: datetime | None = None
    _stamp: tuple[int, int] = (0, 0)

    def prepare(self) -> Policy:
        """Read the policy, compile lists and table. Raises PolicyError, OSError or ValueError."""
        self.state.make()
        self.epoch = _last_epoch(self.state.table)
        loaded = self._read()
        self._compile(loaded.policy)
        return loaded.policy

    def watch(self, stop: threading.Event) -> None:
        """Follow the policy file and the clock until told to stop. A bad file changes nothing and is told once."""
        while not self.clock.wait(stop, LOOK):
            if self._old() or self._file_stamp() != self._stamp:
                try:
                    self._compile(self._read().policy)
                except (PolicyError, ValueError, OSError) as error:
                    self.made = self.clock.now()
                    self.tell(f"the policy stays as it was: {error}")

    def _read(self) -> LoadedPolicy:
        self._stamp = self._file_stamp()
        return read(self.policy_file)

    def _compile(self, policy: Policy) -> None:
        self.lists.refresh(policy)
        if self.lists.problem:
            self.tell(f"lists: {self.lists.problem}; the last good ones stay")
        self.made = self.clock.now()
        self.epoch += 1
        publish.publish(self.state.table, table_without_inventory(policy, self.made, self.epoch, self.assume))

    def _old(self) -> bool:
        return self.made is None or (self.clock.now() - self.made).total_seconds() > REPUBLISH

    def _file_stamp(self) -> tuple[int, int]:
        try:
            stat = self.policy_file.stat()
        except OSError:
            return (-1, -1)
        return (stat.st_size, stat.st_mtime_ns)


def _last_epoch(table: Path) -> int:
    try:
        return table_file.read_last_good(table).epoch
    except table_file.DamagedTableFile:
        return 0


def to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
