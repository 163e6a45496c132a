"""What is done with the query log beside writing it: holds that go on, and copies for a database. ●"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from controller.clock import Clock
from controller.query_log.erasure import sweep
from controller.query_log.evidence import extend, holds
from controller.query_log.files import QueryLogFiles

log = structlog.get_logger(__name__)
EVERY = 60.0
Work = Callable[[], None]
"""Raises OSError or sqlite3.Error where it must be tried again."""


@dataclass(slots=True)
class Housekeeping:
    """One thread's work, once a minute. What fails is said once and tried again the next time."""

    files: QueryLogFiles
    clock: Clock
    more: Sequence[Work] = ()
    problem: str = field(default="", init=False)

    def run(self, stop: threading.Event) -> None:
        while not self.clock.wait(stop, EVERY):
            self.turn()

    def turn(self) -> None:
        works = (self.extend_holds, self.sweep, *(self.more or (self.forget_owed,)))
        wrong = [said for each in works if (said := _tried(each))]
        if (problem := "; ".join(wrong)) != self.problem:
            self.problem = problem
            if problem:
                log.warning("query log", problem=problem)

    def sweep(self) -> None:
        sweep(self.files)

    def forget_owed(self) -> None:
        """Where there is no further database, nothing is owed to it."""
        self.files.owed.unlink(missing_ok=True)

    def extend_holds(self) -> None:
        for hold in holds(self.files):
            extend(self.files, hold.id)


def _tried(work: Work) -> str:
    try:
        work()
    except (OSError, sqlite3.Error) as error:
        return f"the query log: {error}"
    return ""
