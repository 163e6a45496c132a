"""A file that is written durably is the old one or the new one, and what a dead writer left is cleared away once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dns_filter.durable import write_durably


def dead() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen((sys.executable, "-c", "")) as child:
        child.wait()
    return child.pid


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_writer_had_begun_goes_with_the_first_write_of_the_next_start(tmp_path: Path) -> None:
    gone = dead()
    for name in (f".table.json.{gone}.tmp", f".table.json.{gone}.link", f".report.json.{gone}.tmp"):
        (tmp_path / name).write_text("half")
    write_durably(tmp_path / "table.json", (b"whole",))
    assert names(tmp_path) == ["table.json"]


def test_what_somebody_is_writing_and_what_is_no_file_of_ours_stays(tmp_path: Path) -> None:
    others = sorted((f".table.json.{os.getppid()}.tmp", ".table.json.1.tmp", ".lock", "notes.tmp", ".a.12x.tmp"))
    for name in others:
        (tmp_path / name).write_text("half")
    write_durably(tmp_path / "table.json", (b"whole",))
    assert names(tmp_path) == [*others, "table.json"]


def test_a_folder_that_cannot_be_listed_is_written_into_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no listing")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "glob", refuse)
        write_durably(tmp_path / "table.json", (b"whole",))
    assert names(tmp_path) == ["table.json"]
