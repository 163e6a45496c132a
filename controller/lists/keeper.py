"""Keeps the compiled domain table in step with the lists that the policy names: fetched, compiled, opened. ●"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from controller.clock import Clock
from controller.home import Home
from controller.lists.compile import ListsFailed, Tell, compile_names
from controller.lists.fetch import Fetcher
from controller.lists.fetch_kept import Busy, alone, compiling, content_of, read_kept
from controller.lists.manifest import further_lists, manifest, stamp
from controller.policy import ListSource, Policy
from dns_filter.compile_lists import REPORT, status
from dns_filter.domain_table import DomainTable
from dns_filter.generations import open_current, read_current

__all__ = ["ListKeeper", "further_lists"]

MOST_LOOKS = 60
"""Looks that pass at most before a compilation that failed is tried again."""
LOOK = 10.0
"""Seconds between two looks at which lists are due."""
TOLERATED = 2
"""So many failures in a row to fetch a list of which there is a good version are nobody's business."""


class ListKeeper:
    """The compiled domain table of one school: compiled again when a list changes, opened for explain."""

    def __init__(
        self,
        home: Home,
        further: Sequence[ListSource] = (),
        root: Path | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        """`root` is the folder from which the policy's paths are meant; left out: the home."""
        self.frozen: Callable[[], bool] = lambda: False
        """Whether the table in force stays as it is, whatever changes: an exam is being written (T2)."""
        self._home, self._further, self._root, self._fetcher = home, further, root or home.root, fetcher
        self._open: tuple[str, DomainTable] | None = None
        self._lock = threading.Lock()
        self._failures, self._looks_left = 0, 0
        self._failed, self._held, self._unfetched = "", "", ""
        self._report = (0, 0)

    @property
    def problem(self) -> str:
        """What is wrong with the lists, though the last good ones are in force; empty when all is well."""
        return "; ".join(filter(None, (self._failed, self._held, self._unfetched)))

    def refresh(self, policy: Policy, tell: Tell = lambda *_: None) -> bool:
        """Compile what changed. A failure is kept in `problem`; the last good table stays in force."""
        if self._looks_left > 0:
            self._looks_left -= 1
            return False
        if self._home.current_names.is_file() and self.frozen():
            return False
        fetched = self._fetcher.folder if self._fetcher else None
        try:
            with alone(compiling(self._home.names), wait=False):
                compiled = compile_names(self._home, manifest(policy, self._root, self._further, fetched), tell)
        except Busy:
            return False
        except (ListsFailed, OSError) as error:
            self._failed, self._failures = str(error), self._failures + 1
            # What failed now would fail at the next look too, and costs a core each time.
            self._looks_left = min(2**self._failures, MOST_LOOKS)
            return False
        self._failed, self._failures = "", 0
        self._look_at_report()
        return compiled

    def _look_at_report(self) -> None:
        """Read again where it is another one: a command may have compiled beside us."""
        written = stamp(self._home.names / REPORT)
        if written != self._report:
            self._held, self._report = "; ".join(held_back(self._home)), written

    def keep_fetching(self, policy: Callable[[], Policy | None], clock: Clock, stop: threading.Event) -> None:
        """Fetch lists as they become due, and compile them, until told to stop."""
        while self._fetcher is not None:
            try:
                if in_force := policy():
                    self._fetch_due(self._fetcher, in_force, clock, stop)
            except OSError as error:
                self._unfetched = f"lists cannot be kept: {error}"
            if clock.wait(stop, LOOK):
                return

    def _fetch_due(self, fetcher: Fetcher, policy: Policy, clock: Clock, stop: threading.Event) -> None:
        for source in fetcher.due(policy.lists, clock.now()):
            if stop.is_set() or self.frozen():
                return
            fetcher.fetch(source, clock.now())
        self._unfetched = "; ".join(_unfetched(fetcher.folder, policy))
        self.refresh(policy)

    def names(self) -> DomainTable | None:
        """The table in force, None where no list has been compiled yet."""
        current = read_current(self._home.names)
        with self._lock:
            if current is None:
                return None
            if self._open is None or self._open[0] != current.file:
                self._open = (current.file, open_current(self._home.names))
            return self._open[1]


def held_back(home: Home) -> Iterator[str]:
    """The lists of which a new version waits for a person, or of which nothing can be used."""
    report = status(home.names)
    for each in report.lists if report else ():
        why = ", ".join(f"{reason.kind}: {reason.detail}" for reason in each.reasons)
        if each.state == "quarantined":
            yield f"list {each.name}: a new version waits for a person ({why}); the last good one is in force"
        elif each.state == "left-out":
            yield f"list {each.name}: nothing of it can be used ({why})"


def _unfetched(fetched: Path, policy: Policy) -> Iterator[str]:
    for source in policy.lists:
        kept = read_kept(fetched, source.name) if source.url else None
        if kept and kept.problem and (kept.failures > TOLERATED or not content_of(fetched, source.name)):
            yield f"list {source.name}: cannot be fetched ({kept.problem})"
