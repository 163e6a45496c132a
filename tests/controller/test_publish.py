"""What the filter workers say of themselves, and what stands in the way of hearing it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from controller import publish
from dns_filter import table_file
from dns_filter.model import FilterTable
from tests.controller.networks import intent
from tests.controller.school import school

TABLE: FilterTable = intent(school()).table
NOTE = {"worker": 0, "pid": os.getpid(), "epoch": 7, "names": "5f2b", "at": 1_790_000_000.1}


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def test_a_running_worker_is_heard(tmp_path: Path) -> None:
    write(tmp_path, "0.json", json.dumps(NOTE))
    (ack,) = publish.acknowledged(tmp_path)
    assert (ack.worker, ack.epoch, ack.names) == (0, 7, "5f2b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"worker": 0}',
        json.dumps({**NOTE, "epoch": None}),
        json.dumps({**NOTE, "pid": "me"}),
        json.dumps({**NOTE, "pid": 2**22 + 1}),
    ],
    ids=["empty", "half", "list", "null", "others missing", "no epoch", "no pid", "dead"],
)
def test_a_damaged_note_or_one_of_a_dead_worker_is_passed_over(tmp_path: Path, text: str) -> None:
    write(tmp_path, "0.json", text)
    write(tmp_path, "1.json", json.dumps({**NOTE, "worker": 1}))
    assert [ack.worker for ack in publish.acknowledged(tmp_path)] == [1]


def test_a_filter_that_never_ran_has_no_workers(tmp_path: Path) -> None:
    assert list(publish.acknowledged(tmp_path / "acks")) == []


def test_two_tables_that_differ_in_their_stamps_alone_say_the_same() -> None:
    later = TABLE.model_copy(update={"epoch": 9, "made_at": TABLE.made_at + 60, "horizon": TABLE.horizon + 60})
    assert publish.says_the_same(later, TABLE)
    assert not publish.says_the_same(later.model_copy(update={"school": "another"}), TABLE)


def test_the_highest_epoch_is_found_even_beside_a_damaged_table(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    assert (publish.last_epoch(path), publish.in_force(path), publish.stamp(path)) == (0, None, None)
    for epoch in (3, 4):
        publish.publish(path, TABLE.model_copy(update={"epoch": epoch}))
    assert publish.last_epoch(path) == 4
    path.write_text("half")
    assert publish.in_force(path) is None
    assert publish.last_epoch(path) == 3
    assert table_file.previous(path).stat().st_mode & 0o037 == 0
