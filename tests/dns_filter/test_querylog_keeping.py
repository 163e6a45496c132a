"""How long what is kept: days, terms and their keys, counts without names, and events for the safeguarding lead."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from dns_filter.clock import FixedClock
from dns_filter.model import Code, LogRules
from dns_filter.names import to_wire
from dns_filter.querylog import LogSettings, QueryLog, days, kept, tally
from dns_filter.querylog.keys import KeyRing, read_keys
from dns_filter.querylog.terms import pseudonym, term_of
from dns_filter.told import Told
from tests.dns_filter.school import NINE
from tests.dns_filter.test_querylog import IPAD, told

DAY = 86_400.0
AUTUMN, SPRING = (datetime(2026, 9, 2, tzinfo=UTC).timestamp(), datetime(2027, 1, 4, tzinfo=UTC).timestamp())
RULES = LogRules(days=7, events_days=30, harm=("adult",), terms=(AUTUMN, SPRING))


@contextmanager
def opened(folder: Path, rules: LogRules = RULES, **settings: Any) -> Iterator[tuple[QueryLog, FixedClock]]:
    clock = FixedClock(NINE)
    places = {"keys": folder / "keys", "counts": folder / "counts.sqlite", "events": folder / "events.sqlite"}
    log = QueryLog(LogSettings(folder / "log", b"key", **{**places, **settings}), clock)
    log.obey(rules)
    try:
        yield log, clock
    finally:
        log.flush(last=True)
        log.close()


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def wicked(code: Code = Code.MANDATORY, category: str = "iwf-illegal", *, personal: bool = True) -> Told:
    return Told("key-stage-2", to_wire("wicked.example.org"), 1, code, "mandatory", 7, "why", personal, category, "x")


def asked(log: QueryLog, said: Told, who: str = IPAD) -> None:
    log.note(who, said, 0.002)
    log.flush()


@pytest.mark.parametrize(
    ("day", "starts", "term"),
    [
        (date(2026, 9, 2), (AUTUMN, SPRING), "2026-09-02"),
        (date(2027, 1, 3), (AUTUMN, SPRING), "2026-09-02"),
        (date(2027, 1, 4), (AUTUMN, SPRING), "2027-01-04"),
        (date(2026, 9, 1), (AUTUMN, SPRING), "2026-09-01"),
        (date(2026, 12, 31), (), "2026-09-01"),
        (date(2026, 1, 1), (), "2026-01-01"),
    ],
)
def test_a_day_belongs_to_the_term_that_began_last(day: date, starts: tuple[float, ...], term: str) -> None:
    assert term_of(day, starts) == term


def test_a_device_has_another_pseudonym_in_each_term(tmp_path: Path) -> None:
    with opened(tmp_path) as (log, clock):
        asked(log, told("www.roblox.com"))
        clock.at = SPRING + 3600
        asked(log, told("www.roblox.com"))
    keys = read_keys(tmp_path / "keys")
    assert set(keys) == {"2026-09-02", "2027-01-04"}
    (later,) = sorted((tmp_path / "log").glob("*.sqlite"))
    assert rows(later, "SELECT device FROM queries") == [(pseudonym(keys["2027-01-04"], IPAD),)]
    assert pseudonym(keys["2026-09-02"], IPAD) != pseudonym(keys["2027-01-04"], IPAD)
    assert (tmp_path / "keys" / "2026-09-02.key").stat().st_mode & 0o777 == 0o600


def test_a_key_goes_when_nothing_that_is_kept_was_written_under_it(tmp_path: Path) -> None:
    with opened(tmp_path) as (log, clock):
        asked(log, told("www.roblox.com"))
        clock.at = SPRING + 29 * DAY
        asked(log, told("www.roblox.com"))
        assert len(read_keys(tmp_path / "keys")) == 2, "events of the autumn are still there"
        clock.at = SPRING + 31 * DAY
        asked(log, told("www.roblox.com"))
        assert set(read_keys(tmp_path / "keys")) == {"2027-01-04"}


def test_two_workers_make_one_key(tmp_path: Path) -> None:
    first, second = KeyRing(tmp_path, b""), KeyRing(tmp_path, b"")
    assert first.key("2026-09-02") == second.key("2026-09-02")
    assert len(first.key("2026-09-02")) == 32


def test_terms_that_are_moved_in_the_middle_of_a_day_change_no_pseudonym_of_that_day(tmp_path: Path) -> None:
    with opened(tmp_path) as (log, _):
        asked(log, told("www.roblox.com"))
    with opened(tmp_path, RULES.model_copy(update={"terms": (NINE - DAY,)})) as (log, _):
        asked(log, told("www.roblox.com"))
    (day,) = (tmp_path / "log").glob("*.sqlite")
    assert len(set(rows(day, "SELECT device FROM queries"))) == 1


def test_workers_that_begin_a_day_together_lose_no_row(tmp_path: Path) -> None:
    logs: list[QueryLog] = []

    def work() -> None:
        with opened(tmp_path) as (log, _):
            asked(log, told("www.roblox.com"))
            asked(log, wicked())
            logs.append(log)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [log.dropped for log in logs] == [0] * 8
    (day,) = (tmp_path / "log").glob("*.sqlite")
    assert rows(day, "SELECT sum(times) FROM queries") == [(16,)]
    assert rows(tmp_path / "events.sqlite", "SELECT sum(times) FROM events") == [(8,)]


def test_a_level_of_off_writes_nothing_down_but_is_counted(tmp_path: Path) -> None:
    said = told("www.roblox.com")
    said.level = "off"
    with opened(tmp_path) as (log, _):
        asked(log, said)
        log.note_hit(IPAD, said)
    assert not list((tmp_path / "log").glob("*.sqlite"))
    assert rows(tmp_path / "counts.sqlite", "SELECT code, category, times FROM counts") == [("category", "games", 2)]


def test_a_school_that_turns_the_log_off_has_none_left(tmp_path: Path) -> None:
    with opened(tmp_path) as (log, _):
        asked(log, told("www.roblox.com"))
        log.obey(RULES.model_copy(update={"days": 0}))
        asked(log, told("www.roblox.com"))
        assert list((tmp_path / "log").iterdir()) == []
        log.obey(RULES)
        asked(log, told("www.roblox.com"))
        assert len(list((tmp_path / "log").glob("*.sqlite"))) == 1


def test_the_oldest_days_go_where_all_together_are_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "_LOOK", 0.0)
    with opened(tmp_path, limit=150_000) as (log, clock):
        for _ in range(5):
            asked(log, told("www.roblox.com"))
            clock.at += DAY
    assert 1 <= len(list((tmp_path / "log").glob("*.sqlite"))) < 5
    with opened(tmp_path, limit=1) as (log, _):
        asked(log, told("www.roblox.com"))
        asked(log, told("www.roblox.com"))
        assert log.dropped == 2, "and where one day is too much, it is not written any further"


def test_the_log_gives_way_before_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "_free", lambda _: days.ROOM - 1)
    with opened(tmp_path) as (log, _):
        asked(log, told("www.roblox.com"))
        assert (log.dropped, log.codes[Code.CATEGORY]) == (1, 1)
        monkeypatch.setattr(days, "_free", lambda _: days.ROOM)
        asked(log, told("www.roblox.com"))
        assert log.dropped == 1


def test_counts_of_all_workers_add_up_by_the_hour_and_hold_no_name(tmp_path: Path) -> None:
    for _ in range(2):
        with opened(tmp_path) as (log, clock):
            for _ in range(3):
                asked(log, told("www.roblox.com"))
            clock.at += 3600
            asked(log, told("en.wikipedia.org"))
    found = rows(tmp_path / "counts.sqlite", "SELECT * FROM counts ORDER BY hour")
    assert found == [
        (int(NINE), "key-stage-2", "category", "games", 6),
        (int(NINE) + 3600, "key-stage-2", "allowed", "", 2),
    ]


def test_counts_are_kept_for_thirteen_months(tmp_path: Path) -> None:
    with opened(tmp_path) as (log, clock):
        asked(log, told("www.roblox.com"))
        clock.at += 390 * DAY
        asked(log, told("www.roblox.com"))
        assert len(rows(tmp_path / "counts.sqlite", "SELECT * FROM counts")) == 2
        clock.at += 20 * DAY
        asked(log, told("www.roblox.com"))
    assert len(rows(tmp_path / "counts.sqlite", "SELECT * FROM counts")) == 2


def test_no_flood_of_kinds_makes_the_counts_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST", 10)
    gathered = tally.Tally()
    for number in range(100):
        said = Told(f"profile-{number}", to_wire("a.example"), 1, Code.ALLOWED, "", 1)
        gathered.add(NINE, {said.kind: 2})
    assert (len(gathered.counts), gathered.counts.total()) == (11, 200)


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        (wicked(), 1),
        (wicked(Code.CATEGORY, "adult"), 1),
        (wicked(Code.CATEGORY, "games"), 0),
        (wicked(personal=False), 0),
    ],
)
def test_which_blocks_the_safeguarding_lead_sees(said: Told, noted: int, tmp_path: Path) -> None:
    with opened(tmp_path) as (log, _):
        asked(log, said)
    path = tmp_path / "events.sqlite"
    assert (len(rows(path, "SELECT * FROM events")) if path.exists() else 0) == noted


def test_an_event_is_a_row_for_five_minutes_under_a_pseudonym(tmp_path: Path) -> None:
    with opened(tmp_path) as (log, clock):
        for _ in range(3):
            log.note_hit(IPAD, wicked())
            asked(log, wicked())
            clock.at += 60
        clock.at += 300
        asked(log, wicked())
    found = rows(tmp_path / "events.sqlite", "SELECT at, device, term, qname, code, times FROM events ORDER BY at")
    who = pseudonym(read_keys(tmp_path / "keys")["2026-09-02"], IPAD)
    assert found == [
        (int(NINE), who, "2026-09-02", "wicked.example.org", "mandatory", 6),
        (int(NINE) + 300, who, "2026-09-02", "wicked.example.org", "mandatory", 1),
    ]
    assert (tmp_path / "events.sqlite").stat().st_mode & 0o777 == 0o600


def test_random_names_below_a_wicked_one_are_one_event(tmp_path: Path) -> None:
    with opened(tmp_path) as (log, _):
        top = to_wire("example.org")
        for number in range(50):
            log.note_below(IPAD, wicked(), to_wire(f"a{number}.example.org"), top)
        log.flush()
    assert rows(tmp_path / "events.sqlite", "SELECT qname, times FROM events") == [("example.org", 50)]


def test_events_wait_for_a_disk_that_is_full(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where the folder should be")
    with opened(tmp_path, events=tmp_path / "blocked" / "events.sqlite") as (log, _):
        asked(log, wicked())
        assert log.tally.events.total() == 1
        (tmp_path / "blocked").unlink()
        log.flush()
        assert log.tally.events.total() == 0
    assert len(rows(tmp_path / "blocked" / "events.sqlite", "SELECT * FROM events")) == 1


def test_events_past_their_time_are_deleted(tmp_path: Path) -> None:
    with opened(tmp_path) as (log, clock):
        asked(log, wicked())
        clock.at += 31 * DAY
        log.flush()
    assert rows(tmp_path / "events.sqlite", "SELECT * FROM events") == []


def test_too_many_counts_drop_their_oldest_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_ROWS", 2)
    with opened(tmp_path) as (log, clock):
        for _ in range(4):
            asked(log, told("www.roblox.com"))
            clock.at += 40 * DAY
    assert len(rows(tmp_path / "counts.sqlite", "SELECT * FROM counts")) == 2


def test_steps_and_latencies_are_counted_for_the_metrics(tmp_path: Path) -> None:
    with opened(tmp_path) as (log, _):
        for latency in (0.0004, 0.0004, 0.3, 99.0):
            log.note(IPAD, told("www.roblox.com"), latency)
        log.flush()
        assert log.steps == {"categories": 4}
        assert dict(log.latencies) == {0.001: 2, 0.5: 1, float("inf"): 1}
        assert log.seconds == pytest.approx(99.3008)
