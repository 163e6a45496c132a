"""Every write to the disk fails once and is once the last: what was acknowledged is there, and nothing is torn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.faults.disk_writers import WRITERS, Writer
from tests.faults.injected import Run

HOW_MANY = os.environ.get("CARETAKER_INJECTED", "8")
"""Runs of each writer, chosen by the seed; `all`: every call that it makes, in every way."""
SEED = os.environ.get("CARETAKER_INJECTED_SEED", "1")


@pytest.fixture(scope="module")
def campaigns(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[Run]]:
    """By one program: it takes longer to import all that writes than to run it a dozen times."""
    folder = tmp_path_factory.mktemp("injected")
    words = (sys.executable, "-m", "tests.faults.injected", str(folder), HOW_MANY, SEED)
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, list[Run]] = {name: [] for name in WRITERS}
    for name, run in map(json.loads, done.stdout.splitlines()):
        found[name].append(Run(**run))
    return found


@pytest.mark.needs("strace")
@pytest.mark.xdist_group("injected")
@pytest.mark.parametrize("name", WRITERS)
def test_whatever_write_fails_or_is_the_last_all_that_was_acknowledged_is_there(
    name: str, campaigns: Mapping[str, Sequence[Run]]
) -> None:
    writer, hit, wrong = WRITERS[name], list[bool](), list[str]()
    for run in campaigns[name]:
        hit.append(run.hit)
        try:
            look(writer, run)
        except Exception as error:  # the others are still worth having
            wrong.append(f"{run.case}: {type(error).__name__} {error}; {run}")
    assert not wrong, "\n".join(wrong)
    # The first is the one in which nothing goes wrong; a few may end before the call that was chosen.
    assert not hit[0]
    assert sum(hit[1:]) > 0.9 * len(hit[1:]) > 0


def look(writer: Writer, run: Run) -> None:
    assert "Traceback" not in run.errors
    assert run.status == (-9 if run.hit and "SIGKILL" in run.case else 0)
    assert run.hit or not run.refused
    assert all(words and "\n" not in words.strip() for words in run.refused)
    writer.look(Path(run.folder), run.kept)
    assert left_over(Path(run.folder), writer.files) == []


def left_over(folder: Path, files: Sequence[str]) -> list[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return [str(each) for each in found if not any(fnmatch(str(each), pattern) for pattern in files)]
