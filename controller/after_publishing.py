"""What a published table leaves to be done, off the next stranger's way: a copy for the past, the next epoch. ●"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from queue import Queue

import structlog

from controller import table_history
from controller.home import Home
from controller.policy import Policy
from controller.store import Store, StoreError
from dns_filter.model import FilterTable

log = structlog.get_logger(__name__)

MOST_WAITING = 20
"""Tables that may wait for a slow disk; then whoever publishes the next waits as well."""
_LEAVE_WITHIN = 10.0


@dataclass(frozen=True, slots=True)
class Published:
    table: FilterTable
    policy: Policy
    at: datetime


class AfterPublishing:
    """Between `start` and `stop` in a thread of its own; before and after, whoever publishes does it itself."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home, self._store = home, store
        self._waiting: Queue[Published | None] = Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._reserved = 0

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="after publishing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """What waits is done before this returns."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join(_LEAVE_WITHIN)

    def hear(self, published: Published) -> None:
        if self._thread is not None:
            self._waiting.put(published)
        else:
            self._keep(published)

    def next_epoch(self, now: datetime) -> int:
        """As `Store.next_epoch`; mostly one that was written down while nobody waited. Raises StoreError."""
        reserved, self._reserved = self._reserved, 0
        # Another controller may have taken a later one since: no table may count from below it.
        if reserved and self._store.last_epoch() == reserved:
            return reserved
        return self._store.next_epoch(now)

    def _run(self) -> None:
        while (published := self._waiting.get()) is not None:
            self._keep(published)
            if self._waiting.empty():
                self._reserve(published.at)

    def _keep(self, published: Published) -> None:
        try:
            table_history.keep(self._home.table_history, published.table, published.policy)
        except OSError as error:
            # The table is in force: that the past cannot be explained later is no reason to try again.
            log.warning("history of tables not kept", problem=str(error))

    def _reserve(self, now: datetime) -> None:
        try:
            self._reserved = self._store.next_epoch(now)
        except StoreError as error:
            # The next turn asks for itself, and says so if it cannot have one.
            log.debug("no epoch ahead", problem=str(error))
