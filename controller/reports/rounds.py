"""What reports need from time to time: whoever is due is asked and written to, rules that ended are written off. ●"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog

from controller.clock import Clock
from controller.policy import Policy
from controller.query_log import Span
from controller.query_log.files import QueryLogFiles, moment, opened
from controller.reports.model import Asked, Stage
from controller.reports.notices import Notice, notices
from controller.reports.stages import ORDER, due, remind, waits
from controller.store import Store, StoreError

log = structlog.get_logger(__name__)
EVERY = 1.0
"""Seconds between two turns."""
SELDOM = timedelta(hours=6)
MOST = 1000
"""Cases that are looked at for a reminder, the oldest."""
AGAIN = timedelta(minutes=1)
"""After a letter that could not be sent."""
_RULE = re.compile(r"rule (r[1-9][0-9]{0,17})$")


class Sends(Protocol):
    def __bool__(self) -> bool: ...
    def send(self, notice: Notice) -> bool: ...


@dataclass(slots=True)
class Rounds:
    """Level, not edge: a turn looks at what waits, so one that was missed is made up for."""

    store: Store
    clock: Clock
    policy: Callable[[], Policy]
    wake: Callable[[str], None]
    sender: Sends
    files: QueryLogFiles
    _seldom: datetime | None = None
    _not_before: dict[Stage, datetime] = field(default_factory=dict)
    problem: str = ""

    def run(self, stop: threading.Event) -> None:
        while not self.clock.wait(stop, EVERY):
            try:
                self.turn()
                self.problem = ""
            except (StoreError, OSError, sqlite3.Error) as error:
                if str(error) != self.problem:
                    log.warning("reports not looked after", problem=str(error))
                self.problem = str(error)

    def turn(self) -> None:
        """Raises StoreError, OSError, sqlite3.Error; the next turn tries again."""
        now, policy = self.clock.now(), self.policy()
        if self.store.lapse_site_rules(now):
            self.wake("a rule for a site has ended")
        waiting = self.store.cases_to_ask([wait for _, wait in waits(policy.reports)], now)
        if asks := {case.id: asked for case in waiting if (asked := due(case, policy.reports, now))}:
            self.store.ask_about(asks, now)
        if self._seldom is None or now - self._seldom >= SELDOM:
            self._now_and_then(policy, now)
            self._seldom = now
        if self.sender:
            self._write(policy, now)

    def _write(self, policy: Policy, now: datetime) -> None:
        unsent = [each for each in self.store.unsent_asks() if self._not_before.get(each.stage, now) <= now]
        if not unsent:
            return
        cases = {case.id: case for case in self.store.cases_named({each.case for each in unsent})}
        last = {stage: self.store.last_told(stage) for stage in Stage}
        for notice in notices(unsent, cases, policy, last, now):
            if self.sender.send(notice):
                self.store.mark_told(notice.asks, now)
            else:
                self._not_before[notice.stage] = now + AGAIN

    def _now_and_then(self, policy: Policy, now: datetime) -> None:
        forgotten = [case for case in self.store.cases(MOST, waiting=True) if remind(case, policy.reports, now)]
        everybody = [Asked(stage, now) for stage in ORDER]
        self.store.ask_about({case.id: everybody for case in forgotten[:MOST]}, now, again=True)
        self.store.forget_reporters(now - policy.reports.keep, now)
        known = {rule.id: rule.last_hit for rule in self.store.inventory().site_rules}
        hits = hits_of(self.files, Span(now - timedelta(days=2), now))
        fresh = {rule: day for rule, day in hits.items() if rule in known and day > (known[rule] or date.min)}
        self.store.note_hits(fresh)


def hits_of(files: QueryLogFiles, span: Span) -> dict[str, date]:
    """Rule -> the last day on which it decided a query that was written down."""
    found: dict[str, date] = {}
    for path in files.days(span):
        with opened(path) as day:
            query = "SELECT rule, max(at) FROM queries WHERE rule LIKE '%rule r%' GROUP BY rule"
            for line, at in day.execute(query):
                if match := _RULE.search(line):
                    found[match[1]] = max(moment(at).date(), found.get(match[1], date.min))
    return found
