"""Is this the controller that leads? Only it speaks to devices; others on the same database wait. ●

The lease stands in the store. Whoever waits believes the holder dead once its beat has not moved for as long as a
lease lasts, on the waiter's own clock, so that clocks need not agree. A holder that was held up meanwhile finds the
number gone up: what it begins is refused by the store, and what it had begun stops at the next line.
"""

from __future__ import annotations

import fcntl
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO

import structlog

from controller.clock import Clock
from controller.home import Home
from controller.store import LeadLost, Lease, Store, StoreError

log = structlog.get_logger(__name__)

LASTS = timedelta(seconds=18)
BEATS = 4
"""In the time of a lease, of whoever leads; and looks of whoever waits: taken over within five quarters of a lease."""
LOCK = "leader.lock"


class Leader:
    """`start` takes the lead if it is free. `on_taken` hears of each time it was taken, before `start` returns."""

    def __init__(
        self, home: Home, store: Store, clock: Clock, on_taken: Callable[[], None], lasts: timedelta = LASTS
    ) -> None:
        self._store, self._clock, self._on_taken = store, clock, on_taken
        self._lasts, self._beat_every = lasts, lasts.total_seconds() / BEATS
        self._holder = f"{socket.gethostname()}:{home.root.resolve()}"
        self._file = home.run / LOCK
        self._lock: IO[str] | None = None
        self._lease: Lease | None = None
        self._sure_until: datetime | None = None
        self._seen: tuple[Lease | None, datetime] | None = None
        self._stepping, self._stopped = threading.RLock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="leader", daemon=True)

    def start(self) -> None:
        self._step()
        self._thread.start()

    def stop(self) -> None:
        """Give the lead up, so that the next one need not wait."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(5)
        with self._stepping:
            try:
                if self._lease is not None:
                    self._store.give_up_lead(self._lease)
            except StoreError as error:
                log.warning("lead not given up", problem=str(error))
            self._lease = None
            if self._lock is not None:
                self._lock.close()

    def fence(self) -> int:
        """The number under which may be pushed now. Raises LeadLost, or StoreError where nobody can tell."""
        lease, sure_until = self._lease, self._sure_until
        if lease is None or sure_until is None or self._clock.now() >= sure_until:
            # Held up for long: the store alone knows who leads by now.
            lease = self._renew()
        return lease.number

    @property
    def leads(self) -> bool:
        return self._lease is not None

    def _renew(self) -> Lease:
        with self._stepping:
            if self._lease is None:
                raise LeadLost(f"Another controller leads ({self._other()}); this one waits.")
            self._beat(self._lease)
            return self._lease

    def _beat(self, lease: Lease) -> None:
        # Counted from before the write: it may take long.
        now = self._clock.now()
        try:
            self._lease = self._store.beat(lease)
        except LeadLost:
            self._lease, self._seen = None, None
            log.warning("lead lost", to=self._other())
            raise
        self._sure_until = now + self._lasts / 2

    def _run(self) -> None:
        while not self._clock.wait(self._stopped, self._beat_every):
            self._step()

    def _step(self) -> None:
        try:
            with self._stepping:
                if self._lease is not None:
                    self._beat(self._lease)
                    return
                taken = self._take_if_free(self._clock.now())
            if taken:
                self._on_taken()
        except LeadLost:
            return
        except StoreError as error:
            # Nothing is pushed while it lasts: every push asks the store first.
            log.warning("nobody can tell who leads", problem=str(error))

    def _take_if_free(self, now: datetime) -> bool:
        lease = self._store.lease()
        if self._seen is None or self._seen[0] != lease:
            self._seen = (lease, now)
        if not self._is_free(lease, now - self._seen[1]):
            return False
        self._lease = self._store.take_lead(self._holder, lease, now)
        self._sure_until = now + self._lasts / 2
        log.info("leads", number=self._lease.number)
        return True

    def _is_free(self, lease: Lease | None, still: timedelta) -> bool:
        alone = self._lock_folder()
        if lease is None or not lease.holder or still >= self._lasts:
            return True
        # Ours, of an earlier start: the lock on the folder says that it is dead.
        return alone and lease.holder == self._holder

    def _lock_folder(self) -> bool:
        """Whether no other process of this very folder is alive."""
        if self._lock is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            lock = self._file.open("a")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                return False
            self._lock = lock
        return True

    def _other(self) -> str:
        try:
            lease = self._store.lease()
        except StoreError:
            return "the database cannot be asked"
        return lease.holder if lease and lease.holder else "nobody yet"
