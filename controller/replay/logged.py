"""The queries of a query log, gathered: a million rows are some ten thousand that differ. ●"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from controller.query_log import Span
from controller.query_log.files import QueryLogFiles, opened
from controller.replay import Logged

Tell = Callable[[int], None]
"""Hears how many rows have been read."""
_TELL_EVERY = 50_000
_ASKED = "SELECT at, told, times FROM asked WHERE at >= ? AND at < ?"


def logged(files: QueryLogFiles, span: Span, flips: Sequence[float], tell: Tell = lambda _: None) -> Iterator[Logged]:
    """Every name under every profile between two of the `flips`, day by day. Raises sqlite3.Error, OSError."""
    for path in files.days(span):
        with opened(path) as day:
            yield from _of_day(day, span, flips, tell)


def rows_in(files: QueryLogFiles, span: Span) -> int:
    """How many rows there are at most, for a progress bar."""
    return sum(_rows(path) for path in files.days(span))


def _of_day(day: sqlite3.Connection, span: Span, flips: Sequence[float], tell: Tell) -> Iterator[Logged]:
    told = {number: (profile, qname) for number, profile, qname in day.execute("SELECT id, profile, qname FROM told")}
    # [how often, when first] for each name, profile and stretch between two flips.
    found: dict[tuple[tuple[str, str], int], list[float]] = {}
    rows = day.execute(_ASKED, (span.since.timestamp(), span.until.timestamp()))
    for number, (at, said, times) in enumerate(rows, 1):
        key = (told[said], bisect_right(flips, at))
        if (known := found.get(key)) is None:
            found[key] = [times, at]
        else:
            known[0] += times
        if number % _TELL_EVERY == 0:
            tell(_TELL_EVERY)
    for ((profile, qname), _), (times, at) in found.items():
        yield Logged(profile, qname, at, int(times))


def _rows(path: Path) -> int:
    with opened(path) as day:
        return int(day.execute("SELECT max(number) FROM asked").fetchone()[0] or 0)
