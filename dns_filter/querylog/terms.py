"""Pseudonyms: one for each device and term, so that nobody can be followed through the years."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

_MONTHS = (9, 5, 1)
"""Where the policy names no terms, a new one begins with each of these months."""


@lru_cache(maxsize=10_000)
def pseudonym(key: bytes, who: str) -> str:
    """The same device under the same key, and nobody's name without it: HMAC-SHA-256, cut to 64 bits."""
    return hmac.digest(key, who.encode(), "sha256")[:8].hex()


def term_of(day: date, starts: Sequence[float]) -> str:
    """The first day of the term a day belongs to, as `2026-09-02`. `starts` in seconds UTC, in any order."""
    begun = [start for each in starts if (start := _day(each)) <= day]
    return max(begun).isoformat() if begun else _usual(day).isoformat()


def day_of(moment: float) -> date:
    """The day of the log that a moment belongs to: in UTC, as the files are named."""
    return _day(moment)


def _usual(day: date) -> date:
    return next(date(day.year, month, 1) for month in _MONTHS if month <= day.month)


def _day(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
