"""The published table on disk: whole or not at all, and what a worker does with one it may not believe."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from pathlib import Path

import pytest

from dns_filter import table_file
from dns_filter.clock import NOT_BEFORE, FixedClock
from dns_filter.keeper import Keeper
from dns_filter.model import Code
from dns_filter.snapshot import Snapshot
from dns_filter.table_file import DamagedTableFile
from tests.dns_filter import school
from tests.dns_filter.school import NINE, TEACHER, verdict


def test_a_table_reads_back_as_it_was_written_and_the_one_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    for epoch in (1, 2, 3):
        table_file.write(path, school.table(epoch))
    assert table_file.read(path) == school.table(3)
    assert table_file.read(tmp_path / "table.previous.json") == school.table(2)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["table.json", "table.previous.json"]
    assert path.stat().st_mode & 0o777 == 0o640, "it names children's devices: the filter's group alone"


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "no sum", "not a table", "extra field"])
def test_a_damaged_table_is_refused_and_the_one_before_is_taken(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    table_file.write(path, school.table(1))
    table_file.write(path, school.table(2))
    octets = path.read_bytes()
    if damage in ("not a table", "extra field"):
        body = json.dumps({} if damage == "not a table" else {**json.loads(octets.splitlines()[0]), "more": 1})
        octets = _signed(body.encode() + b"\n")
    damaged = {
        "cut": octets[: len(octets) // 2],
        "flip": octets.replace(b"year-5", b"year-6", 1),
        "empty": b"",
        "no sum": octets.splitlines()[0],
    }
    path.write_bytes(damaged.get(damage, octets))
    with pytest.raises(DamagedTableFile, match=r"table\.json"):
        table_file.read(path)
    assert table_file.read_last_good(path).epoch == 1
    table_file.write(path, school.table(3))
    assert table_file.read(tmp_path / "table.previous.json").epoch == 1, "a damaged one is never kept as the good one"


def _signed(body: bytes) -> bytes:
    return body + b"sha256 " + hashlib.sha256(body).hexdigest().encode() + b"\n"


def test_where_there_is_no_table_at_all_nothing_is_made_up(tmp_path: Path) -> None:
    with pytest.raises(DamagedTableFile):
        table_file.read_last_good(tmp_path / "table.json")


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.json"
    table_file.write(path, school.table(1))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        table_file.write(path, school.table(2))
    assert table_file.read(path).epoch == 1
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def keeper(home: Path, clock: FixedClock | None = None) -> Keeper:
    return Keeper(home / "table.json", home / "names", clock or FixedClock(NINE))


def loaded(kept: Keeper) -> Snapshot:
    snapshot = kept.load(table=True, names=True)
    assert snapshot is not None
    return snapshot


def test_an_older_or_damaged_table_leaves_the_running_one_in_force(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "table.json"
    table_file.write(path, school.table(7))
    kept = keeper(tmp_path)
    assert loaded(kept).table.epoch == 7
    table_file.write(path, school.table(6))
    assert loaded(kept).table.epoch == 7
    path.write_bytes(b"{}")
    assert loaded(kept).table.epoch == 7
    assert "epoch 6 is older than 7" in caplog.text
    assert "checksum" in caplog.text
    table_file.write(path, school.table(8))
    assert loaded(kept).table.epoch == 8


def test_a_table_that_contradicts_itself_leaves_the_running_one_in_force(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    table_file.write(path, school.table(7))
    kept = keeper(tmp_path)
    loaded(kept)
    table_file.write(path, school.table(8, unknown="year-6"))
    assert kept.load(table=True, names=False) is None
    assert kept.epoch == 7


def test_before_the_first_table_only_essential_names_are_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = loaded(keeper(tmp_path))
    assert verdict("captive.apple.com", where=first).code is Code.ESSENTIAL
    assert verdict("www.bbc.co.uk", where=first).code is Code.UNAVAILABLE
    assert first.may_ask("10.20.0.7")
    assert not first.may_ask("203.0.113.9")
    assert "no table has been published yet" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


def test_a_clock_that_was_never_set_closes_whoever_is_filtered_until_it_is(tmp_path: Path) -> None:
    clock = FixedClock(NOT_BEFORE - 1)
    table_file.write(tmp_path / "table.json", school.table(1, mandatory=()))
    kept = keeper(tmp_path, clock)
    kept.look()
    first = loaded(kept)
    assert verdict("wikipedia.org", TEACHER, clock(), first).code is Code.UNAVAILABLE
    assert verdict("wikipedia.org", school.PRINTER, clock(), first).code is Code.PROTECTED
    assert kept.look() == (False, False)
    clock.at = NINE
    assert kept.look() == (True, False)
    assert verdict("wikipedia.org", school.YEAR_1, NINE, loaded(kept)).code is Code.FOCUS_BLOCKED


def test_a_file_that_is_replaced_is_seen_once(tmp_path: Path) -> None:
    kept = keeper(tmp_path)
    kept.look()
    assert kept.look() == (False, False)
    table_file.write(tmp_path / "table.json", school.table(1))
    assert [kept.look(), kept.look()] == [(True, False), (False, False)]
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "current.json").write_text("{}")
    assert [kept.look(), kept.look()] == [(False, True), (False, False)]


def test_a_table_that_disappears_stays_in_force(tmp_path: Path) -> None:
    table_file.write(tmp_path / "table.json", school.table(3))
    kept = keeper(tmp_path)
    kept.look()
    loaded(kept)
    (tmp_path / "table.json").unlink()
    assert kept.look() == (True, False)
    assert loaded(kept).table.epoch == 3
