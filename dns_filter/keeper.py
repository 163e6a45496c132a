"""Keeping a worker's snapshot up to date with the published files, and never letting go of a good one. ●"""

from __future__ import annotations

import logging
from ipaddress import ip_network
from pathlib import Path

from dns_filter import table_file
from dns_filter.clock import NOT_BEFORE, Clock
from dns_filter.clock_steps import StepBack, without_what_was_over
from dns_filter.domain_table import DamagedTable, DomainTable
from dns_filter.generations import CURRENT, open_current
from dns_filter.model import Cohort, FilterProfile, FilterTable
from dns_filter.snapshot import Snapshot
from dns_filter.table_file import DamagedTableFile
from dns_filter.watch import Watch

log = logging.getLogger(__name__)
_PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10")


def no_table() -> FilterTable:
    """What holds before there ever was a table: nobody is known, and only essential names are answered."""
    profile = FilterProfile(name="not-ready", access_level="none")
    return FilterTable(
        epoch=0,
        made_at=0.0,
        horizon=0.0,
        school="",
        sources=tuple(str(ip_network(network)) for network in _PRIVATE),
        profiles={"not-ready": profile},
        cohorts={"everybody": Cohort(id="everybody", resting="not-ready")},
        unknown="everybody",
    )


class Keeper:
    """Reads table and names when they change. Only `look` and `load` touch the disk; `load` may run in a thread."""

    def __init__(self, table: Path, names_dir: Path, clock: Clock, designated: tuple[bytes, ...] = ()) -> None:
        self._table_watch, self._names_watch = Watch(table), Watch(names_dir / CURRENT)
        self._path, self._names_dir, self._clock = table, names_dir, clock
        self._table: FilterTable | None = None
        self._names: DomainTable | None = None
        self._generation = 0
        self._clock_was_right = True
        self._told: dict[str, str] = {}
        self._designated = designated
        self._steps: tuple[StepBack, ...] = ()
        self._set_back = False

    def set_back(self, low: float, high: float) -> None:
        """The clock was set back: what was over must not be open again, by this table or by one that is to come."""
        self._steps = (*(step for step in self._steps if step[1] > low), (low, high))
        self._set_back = True

    @property
    def epoch(self) -> int:
        return self._table.epoch if self._table else 0

    def look(self) -> tuple[bool, bool]:
        """Whether the table and the names must be read again."""
        # A clock that is set right changes what the same table means.
        clock_turned = (self._clock() >= NOT_BEFORE) != self._clock_was_right
        set_back, self._set_back = self._set_back, False
        return self._table_watch.changed() or clock_turned or set_back, self._names_watch.changed()

    def load(self, table: bool, names: bool) -> Snapshot | None:
        """Read what changed; the snapshot that is in force now, or None where the old one stays."""
        if names:
            self._read_names()
        newer = self._read_table() if table else self._table
        try:
            snapshot = self._compiled(newer)
        except ValueError as error:
            self._refuse("table", f"{self._path}: {error}")
            if self._generation:
                return None
            newer, snapshot = None, self._compiled(None)
        self._table = newer
        return snapshot

    def _compiled(self, table: FilterTable | None) -> Snapshot:
        self._clock_was_right = self._clock() >= NOT_BEFORE
        unavailable = "" if self._clock_was_right else "the clock has not been set"
        if table is None:
            unavailable = "no table has been published yet"
        snapshot = Snapshot(
            without_what_was_over(table or no_table(), self._steps),
            self._names,
            self._generation + 1,
            unavailable=unavailable,
            designated=self._designated,
        )
        self._generation += 1
        if unavailable:
            self._refuse("state", f"whoever is filtered is closed: {unavailable}")
        return snapshot

    def _read_table(self) -> FilterTable | None:
        """The table on disk, or the one in force where that is damaged or older."""
        try:
            table = table_file.read(self._path) if self._table else table_file.read_last_good(self._path)
        except (DamagedTableFile, OSError) as error:
            self._refuse("table", f"{error}; epoch {self.epoch} stays in force")
            return self._table
        if table.epoch < self.epoch:
            self._refuse("table", f"{self._path}: epoch {table.epoch} is older than {self.epoch}, which stays in force")
            return self._table
        return table

    def _read_names(self) -> None:
        try:
            self._names = open_current(self._names_dir)
        except (DamagedTable, OSError) as error:
            stays = f"version {self._names.version} stays in force" if self._names else "no categories are known"
            self._refuse("names", f"{error}; {stays}")

    def _refuse(self, what: str, why: str) -> None:
        if self._told.get(what) != why:
            self._told[what] = why
            log.error("%s", why)
