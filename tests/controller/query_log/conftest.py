"""A query log of two days as the filter writes it: a Year 5 iPad, a Year 1 iPad and a stranger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.home import Home
from controller.query_log import Span
from controller.query_log.files import QueryLogFiles
from dns_filter.clock import FixedClock
from dns_filter.model import Code, LogRules
from dns_filter.names import to_wire
from dns_filter.querylog import LogSettings, QueryLog
from dns_filter.told import Told

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
IPAD, OTHER, ADDRESS = "3c:22:fb:05:00:11", "3c:22:fb:01:00:11", "10.99.0.9"
RULES = LogRules(days=7, events_days=365, harm=("adult",), terms=(datetime(2026, 9, 2, tzinfo=UTC).timestamp(),))
ALL = Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))


def said(name: str, code: Code = Code.ALLOWED, category: str = "", profile: str = "key-stage-2") -> Told:
    rule, why = (f"access_levels.key-stage-2.block[{category}]", "abcdefgh") if category else ("nothing blocks it", "")
    return Told(profile, to_wire(name), 1, code, rule, 7, why, category=category, step="categories")


@contextmanager
def filter_log(home: Home, at: datetime) -> Iterator[QueryLog]:
    settings = LogSettings(
        home.query_log, b"", keys=home.pseudonym_keys, counts=home.counts, events=home.events, level="full"
    )
    log = QueryLog(settings, FixedClock(at.timestamp()))
    log.obey(RULES)
    try:
        yield log
    finally:
        log.flush(last=True)
        log.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.make()
    return found


@pytest.fixture
def files(home: Home) -> QueryLogFiles:
    for day in (NINE, TOMORROW):
        with filter_log(home, day) as log:
            log.note(IPAD, said("www.wikipedia.org"), 0.01)
            log.note(IPAD, said("www.roblox.com", Code.CATEGORY, "games"), 0.0)
            log.note(IPAD, said("redlight.example", Code.CATEGORY, "adult"), 0.0)
            log.note(OTHER, said("www.bbc.co.uk", profile="approved-only"), 0.02)
            log.note(ADDRESS, said("stranger.example", Code.UNKNOWN_DEVICE), 0.0)
    return QueryLogFiles.of(home)
