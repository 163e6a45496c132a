"""Erasing and holding: what was erased is gone from the disk too, and evidence is not erased."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from controller.clock import FixedClock
from controller.home import Home
from controller.query_log import Hold, Subject, evidence
from controller.query_log.erasure import Erased, erase
from controller.query_log.evidence import NoSuchHold
from controller.query_log.files import QueryLogFiles
from controller.query_log.housekeeping import Housekeeping
from dns_filter.querylog.days import remove_before
from tests.controller.query_log.conftest import ALL, IPAD, NINE, OTHER, TOMORROW, filter_log, said

PUPIL = Subject(IPAD, {IPAD: "ipad-5-11"}, "the device ipad-5-11")


def hold(since: datetime = NINE, until: datetime | None = None) -> Hold:
    return Hold("", IPAD, {IPAD: "ipad-5-11"}, since, until, "an incident", "head", NINE)


def octets(home: Home) -> bytes:
    return b"".join(path.read_bytes() for path in home.log.rglob("*") if path.is_file())


def test_what_was_erased_is_gone_and_only_that(files: QueryLogFiles, home: Home) -> None:
    with filter_log(home, TOMORROW + timedelta(days=1)):
        pass
    others = len(files.entries([OTHER], ALL, 100))
    assert erase(files, PUPIL, (), events=True) == Erased(rows=6, held=0, events=2)
    assert files.entries([IPAD], ALL, 100) == ()
    assert files.events(ALL, 10) == ()
    assert len(files.entries([OTHER], ALL, 100)) == others
    assert erase(files, PUPIL, (), events=True) == Erased()


def test_names_that_only_an_erased_device_asked_for_are_overwritten(files: QueryLogFiles, home: Home) -> None:
    with filter_log(home, TOMORROW + timedelta(days=1)) as log:
        log.note(OTHER, said("later.example"), 0.0)
    assert b"redlight" in octets(home)
    erase(files, PUPIL, (), events=True)
    assert b"redlight" not in octets(home)
    assert b"stranger.example" in octets(home)


def test_names_of_today_go_when_the_day_is_over(files: QueryLogFiles, home: Home) -> None:
    keeping = Housekeeping(files, FixedClock(TOMORROW))
    erase(files, PUPIL, (), events=True)
    keeping.turn()
    assert b"redlight" in octets(home), "the filter still refers to the names of today"
    with filter_log(home, TOMORROW + timedelta(days=1)) as log:
        log.note(OTHER, said("later.example"), 0.0)
    keeping.turn()
    assert b"redlight" not in octets(home)
    assert len(files.entries([OTHER], ALL, 10)) == 3


def test_safeguarding_events_stay_unless_they_are_asked_for(files: QueryLogFiles) -> None:
    assert erase(files, PUPIL, (), events=False).events == 0
    assert len(files.events(ALL, 10)) == 2


def test_the_filter_writes_on_after_an_erasure(files: QueryLogFiles, home: Home) -> None:
    with filter_log(home, TOMORROW) as log:
        record = said("again.example")
        log.note(IPAD, record, 0.0)
        log.flush()
        erase(files, PUPIL, (), events=False)
        log.note(IPAD, record, 0.0)
    assert [entry.qname for entry in files.entries([IPAD], ALL, 10)] == ["again.example"]


def test_a_school_without_a_log_has_nothing_to_erase(tmp_path: Path) -> None:
    assert erase(QueryLogFiles.of(Home(tmp_path / "new")), PUPIL, (), events=True) == Erased()


def test_what_is_held_is_not_erased(files: QueryLogFiles) -> None:
    kept = hold(NINE, NINE + timedelta(hours=1))
    assert erase(files, PUPIL, [kept], events=True) == Erased(rows=3, held=3, events=1)
    assert {entry.at for entry in files.entries([IPAD], ALL, 10)} == {NINE}
    assert len(files.events(ALL, 10)) == 1


def test_a_hold_outlives_the_days_it_was_copied_from(files: QueryLogFiles, home: Home) -> None:
    made = evidence.begin(files, hold())
    assert (made.id, made.rows) == ("hold-1", 8)
    remove_before(home.query_log, (TOMORROW + timedelta(days=30)).date())
    entries, events = evidence.rows_of(files, made.id)
    assert (len(entries), len(events)) == (6, 2)
    assert {entry.device for entry in entries} == {event.device for event in events}
    assert evidence.extend(files, made.id).sha256 == made.sha256
    assert (home.evidence / "hold-1.sqlite").stat().st_mode & 0o777 == 0o600


def test_an_open_hold_takes_in_what_follows_and_a_closed_one_does_not(files: QueryLogFiles, home: Home) -> None:
    opened, closed = evidence.begin(files, hold()), evidence.begin(files, hold(until=TOMORROW + timedelta(hours=1)))
    with filter_log(home, TOMORROW + timedelta(hours=2)) as log:
        log.note(IPAD, said("more.example"), 0.0)
    assert evidence.extend(files, opened.id).rows == opened.rows + 1
    assert evidence.extend(files, closed.id).rows == closed.rows
    assert [each.id for each in evidence.holds(files)] == ["hold-1", "hold-2"]


def test_a_released_hold_is_gone(files: QueryLogFiles) -> None:
    made = evidence.begin(files, hold())
    assert evidence.release(files, made.id).sha256 == made.sha256
    assert evidence.holds(files) == ()
    for gone in (made.id, "hold-77", "../hold-1", ""):
        with pytest.raises(NoSuchHold):
            evidence.release(files, gone)


def test_no_hold_is_ever_called_like_one_that_was_released(files: QueryLogFiles) -> None:
    evidence.release(files, evidence.begin(files, hold()).id)
    assert evidence.begin(files, hold()).id == "hold-2"
    (files.evidence / "last-number").unlink()
    assert evidence.begin(files, hold()).id == "hold-3"


def test_a_hold_that_a_crash_left_half_stands_in_nobodys_way(files: QueryLogFiles) -> None:
    files.evidence.mkdir()
    (files.evidence / ".hold-1.tmp").write_bytes(b"half")
    assert evidence.holds(files) == ()
    assert evidence.begin(files, hold()).rows == 8


def test_a_hold_of_nobody_who_was_there_holds_nothing(files: QueryLogFiles) -> None:
    empty = Hold("", "x", {"02:00:00:00:00:99": "x"}, NINE, None, "an incident", "head", NINE)
    assert evidence.begin(files, empty).rows == 0
