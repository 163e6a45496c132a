"""What the query log is told at its start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dns_filter.model import LogLevel, LogRules

LIMIT = 2 << 30
"""Octets of all days together."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`directory` None: no query is written down. `counts`, `events` None: neither are those.

    `keys` is the folder of the keys of pseudonyms, one for each term; None: `key` at all times.
    """

    directory: Path | None
    key: bytes
    worker: int = 0
    level: LogLevel = "domain"
    """For profiles that say nothing of their own."""
    keep_days: int = 7
    keys: Path | None = None
    counts: Path | None = None
    events: Path | None = None
    limit: int = LIMIT

    def days(self, rules: LogRules) -> int:
        """How many days are kept; 0: nothing is written down."""
        return self.keep_days if rules.days is None else rules.days
