"""When every worker of the filter had a rule or a lesson in force: written into the audit, once for each. ●

It is the end of a proof: what somebody decided is of no use before the place that enforces it has it (F2, T2).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from controller import publish
from controller.accounts import SYSTEM
from controller.clock import Clock
from controller.model import IntendedState
from controller.publish import Ack
from controller.store import Store, StoreError

log = structlog.get_logger(__name__)
EVERY = 0.5
"""Seconds between two looks. A table that replaces another within that time is what a worker tells of."""
RULE, WINDOW = "site-rule.in-force", "window.in-force"

Thing = tuple[str, str]
"""Action of the audit row, and what it is about: `("site-rule.in-force", "r7")`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """From which table on something is in force, and when that table was decided."""

    epoch: int
    at: datetime


def things_of(intent: IntendedState) -> frozenset[Thing]:
    return frozenset((RULE, each) for each in intent.site_rules) | frozenset((WINDOW, each) for each in intent.windows)


def arrived(wanted: Wanted, workers: Iterable[Ack]) -> Mapping[str, datetime] | None:
    """Worker -> since when it has it, at the latest; None while one of them goes by an older table. Pure."""
    found = {}
    for ack in workers:
        if ack.epoch < wanted.epoch:
            return None
        # A table that says nothing new is not published again: what was in force before was so then.
        found[str(ack.worker)] = max(datetime.fromtimestamp(ack.at, UTC), wanted.at)
    return found or None


@dataclass(slots=True)
class Arrivals:
    """Level, not edge: what a restart interrupted is looked at again, because the audit says what is told already."""

    store: Store
    clock: Clock
    acks: Path
    _wanted: Mapping[Thing, Wanted] = field(default_factory=dict)
    _told: frozenset[Thing] = frozenset()
    _hearing: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, intent: IntendedState) -> None:
        with self._hearing:
            new, things = Wanted(intent.table.epoch, intent.at), things_of(intent)
            self._wanted = {each: self._wanted.get(each, new) for each in things}
            self._told &= things

    def run(self, stop: threading.Event) -> None:
        problem = ""
        while not self.clock.wait(stop, EVERY):
            try:
                self.turn()
                problem = ""
            except (StoreError, OSError) as error:
                if str(error) != problem:
                    log.warning("arrivals not written down", problem=str(error))
                problem = str(error)

    def turn(self) -> None:
        """Raises StoreError, OSError; the next turn tries again."""
        with self._hearing:
            waiting = {each: wanted for each, wanted in self._wanted.items() if each not in self._told}
        if not waiting:
            return
        workers = publish.acknowledged(self.acks)
        found = {each: (wanted.epoch, told) for each, wanted in waiting.items() if (told := arrived(wanted, workers))}
        if not found:
            return
        fresh = sorted(found.keys() - self._known(found))
        entries = [(*each, {"epoch": found[each][0], "workers": found[each][1]}) for each in fresh]
        if entries:
            self.store.record_each(SYSTEM, entries, self.clock.now())
        with self._hearing:
            self._told |= found.keys()

    def _known(self, things: Iterable[Thing]) -> frozenset[Thing]:
        by_action: dict[str, list[str]] = {}
        for action, subject in things:
            by_action.setdefault(action, []).append(subject)
        return frozenset(
            (row.action, row.subject)
            for action, subjects in by_action.items()
            for row in self.store.acts(action, len(subjects), subjects)
        )
