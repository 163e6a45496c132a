"""A record that anybody changed is told from one that nobody did."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.check_filter.kept import KEPT, keep, last, records
from controller.check_filter.outcome import Finding, Run
from controller.check_filter.signed import NotTrue, own_key, read_signed, sign

AT = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
RUN = Run(
    school="Mill Brook",
    where="filter node",
    at=AT,
    policy="abc",
    epoch=7,
    names="n",
    lines=(),
    findings=(Finding(kind="open", subject="category games, level key-stage-2", text="1 of 5"),),
)


def at(days: int) -> Run:
    return RUN.model_copy(update={"at": AT + timedelta(days=days)})


def test_a_record_reads_back_as_it_was_signed(tmp_path: Path) -> None:
    path = keep(tmp_path, sign(RUN, own_key(tmp_path / "key")))
    assert read_signed(path.read_bytes()).run == RUN


def test_key_and_records_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = keep(tmp_path / "checks", sign(RUN, own_key(tmp_path / "checks" / "key")))
    assert {each.stat().st_mode & 0o077 for each in (path, tmp_path / "checks" / "key")} == {0}


def test_the_key_stays_the_same(tmp_path: Path) -> None:
    assert sign(RUN, own_key(tmp_path / "key")).key == sign(RUN, own_key(tmp_path / "key")).key


@pytest.mark.parametrize(
    ("field", "value"),
    [("findings", []), ("epoch", 8), ("at", "2026-11-25T07:40:00Z"), ("school", "Another"), ("lines", "none")],
)
def test_whatever_is_changed_afterwards_shows(tmp_path: Path, field: str, value: object) -> None:
    told = json.loads(keep(tmp_path, sign(RUN, own_key(tmp_path / "key"))).read_bytes())
    told["run"][field] = value
    with pytest.raises(NotTrue):
        read_signed(json.dumps(told).encode())


@given(st.binary(max_size=400))
def test_no_octets_are_taken_for_a_record(octets: bytes) -> None:
    with pytest.raises(NotTrue):
        read_signed(octets)


def test_the_last_one_before_a_moment_is_found_and_what_is_damaged_passed_over(tmp_path: Path) -> None:
    key = own_key(tmp_path / "key")
    for days in (0, 1, 2):
        damaged = keep(tmp_path, sign(at(days), key))
    damaged.write_bytes(damaged.read_bytes()[:-40])
    found = last(tmp_path, "filter node", AT + timedelta(days=9))
    assert found == at(1)
    assert last(tmp_path, "filter node", AT) is None
    assert last(tmp_path, "another node") is None


def test_records_are_forgotten_after_their_time(tmp_path: Path) -> None:
    key = own_key(tmp_path / "key")
    keep(tmp_path, sign(RUN, key))
    (tmp_path / "notes.json").write_text("a person's own")
    keep(tmp_path, sign(at(KEPT.days + 1), key))
    assert len(records(tmp_path)) == 1
    assert (tmp_path / "notes.json").exists()
