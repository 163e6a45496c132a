"""The query log: what is written down of whom, and that a full disk or a rush costs rows and never an answer."""

from __future__ import annotations

import sqlite3
import threading
from base64 import b32encode
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from dns_filter import querylog
from dns_filter.clock import FixedClock
from dns_filter.model import Code
from dns_filter.names import to_wire
from dns_filter.querylog import LogSettings, QueryLog
from dns_filter.querylog.terms import pseudonym
from dns_filter.steps import ask, first_verdict
from dns_filter.told import Told, tell, why_token
from tests.dns_filter.school import ASH_LANE, NINE, YEAR_5

IPAD = "02:00:00:00:05:11"


def told(name: str, qtype: int = 1) -> Told:
    seat = ASH_LANE.seat(YEAR_5, NINE)
    verdict = first_verdict(ask(to_wire(name), seat.profile, ASH_LANE))
    why = why_token(b"key", "key-stage-2", verdict, to_wire(name)) if verdict.action == "block" else ""
    return tell(verdict, (to_wire(name), qtype), seat, 7, why)


def written(directory: Path, **settings: object) -> tuple[QueryLog, FixedClock]:
    clock = FixedClock(NINE)
    return QueryLog(LogSettings(directory, b"key", **settings), clock), clock  # type: ignore[arg-type]


def rows(directory: Path, columns: str) -> list[tuple[Any, ...]]:
    (path,) = directory.glob("*.sqlite")
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"SELECT {columns} FROM queries ORDER BY number").fetchall()
    finally:
        connection.close()


def test_one_file_a_day_that_only_its_owner_reads(tmp_path: Path) -> None:
    log, clock = written(tmp_path / "log", keep_days=1)
    for _ in range(3):
        log.note(IPAD, told("www.roblox.com"), 0.001)
        log.flush()
        clock.at += 86_400
    log.close()
    found = sorted(path.name for path in (tmp_path / "log").glob("*.sqlite"))
    assert found == ["queries-2026-11-26.sqlite", "queries-2026-11-27.sqlite"], "older ones are removed"
    assert (tmp_path / "log" / found[0]).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "setting", "kept"),
    [
        ("en.wikipedia.org", "domain", "wikipedia.org"),
        ("www.ashlane.kent.sch.uk", "domain", "ashlane.kent.sch.uk"),
        ("en.wikipedia.org", "full", "en.wikipedia.org"),
        ("en.wikipedia.org", "blocked", ""),
        ("games.www.roblox.com", "blocked", "games.www.roblox.com"),
        ("games.www.roblox.com", "domain", "games.www.roblox.com"),
    ],
)
def test_how_much_of_a_name_is_written_down(name: str, setting: str, kept: str, tmp_path: Path) -> None:
    log, _ = written(tmp_path, level=setting)
    log.note(IPAD, told(name), 0.0)
    log.flush()
    log.close()
    assert rows(tmp_path, "qname") == [(kept,)]


def test_a_row_says_why_and_by_a_pseudonym_who(tmp_path: Path) -> None:
    log, _ = written(tmp_path)
    record = told("www.roblox.com", 65)
    log.note(IPAD, record, 0.25)
    log.hits.extend([IPAD, record] * 3)
    log.flush()
    log.close()
    (first, second) = rows(tmp_path, "at, device, profile, qtype, code, rule, epoch, latency, times, why")
    who = first[1]
    assert first == (NINE, who, "key-stage-2", 65, "category", record.rule, 7, 0.25, 1, record.why)
    assert second == (NINE, who, "key-stage-2", 65, "category", record.rule, 7, 0.0, 3, record.why)
    assert IPAD not in who
    assert len(who) == 16
    assert pseudonym(b"next term", IPAD) != who
    assert (log.codes, log.memo_hits) == ({Code.CATEGORY: 4}, 3)


def test_names_below_a_blocked_one_are_written_each_until_they_are_a_flood(tmp_path: Path) -> None:
    log, _ = written(tmp_path)
    record, top = told("www.roblox.com"), to_wire("roblox.com")
    for number in range(3):
        log.note_below(IPAD, record, to_wire(f"a{number}.roblox.com"), top)
    log.flush()
    assert sorted(rows(tmp_path, "qname, why, times")) == [(f"a{n}.roblox.com", record.why, 1) for n in range(3)]
    for number in range(5_000):
        log.note_below(IPAD, record, to_wire(f"b{number}.roblox.com"), top)
    log.flush()
    log.close()
    found = rows(tmp_path, "qname, times")
    assert sum(times for _, times in found) == 5_003
    assert len(found) < 1_100
    assert log.codes[Code.CATEGORY] == log.memo_hits == 5_003
    (crowd,) = (times for qname, times in found if qname == "*.roblox.com")
    assert crowd > 3_900


def test_under_a_load_hits_are_gathered_and_none_is_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(querylog, "_FEW", 5)
    log, clock = written(tmp_path)
    records = [told(f"page-{number}.roblox.com") for number in range(20)]
    for second in range(25):
        for record in records:
            log.note_hit(IPAD, record)
        log.flush(last=second == 24)
        clock.at += 1
    log.close()
    found = rows(tmp_path, "at, times")
    assert sum(times for _, times in found) == 25 * 20
    assert len(found) == 4 * 20, "at once, then every ten seconds, and what is left at the end"
    assert log.codes[Code.CATEGORY] == 500


def test_a_file_that_failed_leaves_no_row_without_its_meaning(tmp_path: Path) -> None:
    log, clock = written(tmp_path / "log")
    record = told("www.roblox.com")
    log.note(IPAD, record, 0.0)
    log.flush()
    clock.at += 86_400
    log.note(IPAD, record, 0.0)
    log.flush()
    log.close()
    for path in sorted((tmp_path / "log").glob("*.sqlite")):
        connection = sqlite3.connect(path)
        assert connection.execute("SELECT qname, times FROM queries").fetchall() == [("www.roblox.com", 1)]
        connection.close()


def test_who_looks_for_help_is_not_written_down(tmp_path: Path) -> None:
    log, _ = written(tmp_path)
    log.note(IPAD, told("www.childline.org.uk"), 0.0)
    log.flush()
    log.close()
    assert rows(tmp_path, "device, code") == [("", "protected")]


def test_names_with_odd_octets_are_written_escaped(tmp_path: Path) -> None:
    log, _ = written(tmp_path, level="full")
    record = Told("staff", to_wire(r"a\.b\000\010<script>.example.org"), 1, Code.ALLOWED, "r", 1)
    log.note(IPAD, record, 0.0)
    log.flush()
    log.close()
    assert rows(tmp_path, "qname") == [(r"a\.b\000\010<script>.example.org",)]


def test_a_log_that_cannot_be_written_costs_rows_and_says_so_once_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "log").write_text("a file where the directory should be")
    log, clock = written(tmp_path / "log")
    for _ in range(3):
        log.note(IPAD, told("www.roblox.com"), 0.0)
        log.flush()
    assert (log.dropped, log.codes[Code.CATEGORY]) == (3, 3)
    assert len(caplog.records) == 1
    (tmp_path / "log").unlink()
    clock.at += 1
    log.note(IPAD, told("www.roblox.com"), 0.0)
    log.flush()
    log.close()
    assert len(rows(tmp_path / "log", "code")) == 1, "it recovers by itself"


def test_a_rush_is_counted_where_there_is_no_room_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(querylog, "MOST_HITS", 2)
    monkeypatch.setattr(querylog, "MOST_NOTES", 2)
    log, _ = written(tmp_path)
    record = told("www.roblox.com")
    for _ in range(5):
        log.note_hit(IPAD, record)
        log.note(IPAD, record, 0.0)
    log.flush()
    log.close()
    assert log.dropped == 6
    assert rows(tmp_path, "sum(times)") == [(4,)]


def test_without_a_directory_only_counters_are_kept(tmp_path: Path) -> None:
    seen: list[int] = []
    log = QueryLog(LogSettings(None, b"key"), FixedClock(NINE), lambda each: seen.append(each.codes.total()))
    log.start()
    log.note(IPAD, told("www.roblox.com"), 0.0)
    log.stop()
    assert seen[-1] == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", range(64))
def test_a_token_is_base_32_of_a_keyed_hash(number: int) -> None:
    key, name = f"key {number}".encode(), to_wire("www.roblox.com")
    verdict = first_verdict(ask(name, ASH_LANE.seat(YEAR_5, NINE).profile, ASH_LANE))
    hashed = b"\0".join((b"key-stage-2", verdict.code.encode(), verdict.rule.encode(), name))
    letters = b32encode(blake2b(hashed, digest_size=5, key=key).digest()).decode().lower()
    assert why_token(key, "key-stage-2", verdict, name) == letters


class Breaths(threading.Event):
    """How often the writing thread stepped aside."""

    count = 0
    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.count += 1
        self.meanwhile()
        return super().wait(0)


def test_whoever_asks_has_his_turn_between_pieces_of_the_log(tmp_path: Path) -> None:
    log, _ = written(tmp_path)
    log._stop = breaths = Breaths()
    record = told("www.roblox.com")
    for _ in range(3_000):
        log.note(IPAD, record, 0.003)
    log.flush()
    log.close()
    counting, writing = 14, 75
    assert breaths.count == counting + writing
    assert log.latencies == {0.005: 3_000}
    assert len(rows(tmp_path, "at")) == 3_000


def test_a_log_that_falls_behind_takes_longer_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that find no room are lost; that is worse than an answer a few milliseconds later."""
    log, _ = written(tmp_path)
    log._stop = breaths = Breaths()
    record = told("www.roblox.com")
    for _ in range(3_000):
        log.note(IPAD, record, 0.003)
    monkeypatch.setattr(querylog, "MOST_NOTES", 2)
    counting, writing = 14, 12
    breaths.meanwhile = lambda: log.notes.append((IPAD, record, 0.0))
    log.flush()
    log.close()
    assert breaths.count == counting + writing
    assert len(rows(tmp_path, "at")) == 3_000
