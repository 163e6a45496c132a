"""The query log read back: what a device asked for, what is held as evidence, what is counted of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the query log. `times`: how often within the second, or under a heavy load within ten.

    `device` is a pseudonym, empty where nobody may know who asked; `qname` as its profile lets it be written down.
    """

    at: datetime
    device: str
    profile: str
    qname: str
    qtype: str
    code: str
    rule: str
    epoch: int
    latency: float
    """Seconds; 0 where the answer was remembered."""
    times: int
    why: str
    """The token that the blocked client was given; empty where it was not blocked."""
    category: str


@dataclass(frozen=True, slots=True)
class Event:
    """A blocked mandatory or harmful name, gathered over five minutes from `at`. `term`: whose key `device` is of."""

    at: datetime
    device: str
    term: str
    profile: str
    qname: str
    code: str
    category: str
    rule: str
    times: int


@dataclass(frozen=True, slots=True)
class Count:
    """How often one outcome was told to one profile, from `begins` on for an hour or a day."""

    begins: datetime
    profile: str
    code: str
    category: str
    times: int


@dataclass(frozen=True, slots=True)
class Span:
    """`since <= moment < until`."""

    since: datetime
    until: datetime

    def covers(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a look-up is about: what was asked, and the devices and addresses that the filter may know it by.

    `clients` maps each to the name staff know it by.
    """

    asked: str
    clients: Mapping[str, str]
    how: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Evidence that is kept whatever retention and erasure say (M5). `until` None: as long as it is not released.

    `clients` as in `Subject`; `rows` were copied so far, and `sha256` seals them.
    """

    id: str
    subject: str
    clients: Mapping[str, str]
    since: datetime
    until: datetime | None
    reason: str
    by: str
    made_at: datetime
    rows: int = 0
    sha256: str = ""

    def covers(self, key: str, moment: datetime) -> bool:
        return key in self.clients and self.since <= moment and (self.until is None or moment < self.until)
