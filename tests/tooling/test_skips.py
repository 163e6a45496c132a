"""A test that cannot run here says what it lacks; in CI it fails, and so does one that leaves something running."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import lacking
from tests.shared_data import PROJECT, shared_cases, shared_data

MODULE = """
import subprocess
import threading

import pytest

from tests.shared_data import shared_cases, shared_data

@pytest.mark.needs("no-such-tool")
def test_a_tool(): pass

def test_some_data(): shared_data("blocklists")

@pytest.mark.parametrize("case", shared_cases("captures", "*.txt"))
def test_cases(case): pass

@pytest.mark.xfail(reason="known")
def test_known(): assert False
"""
LEFT_BEHIND = """
import subprocess
import threading

STOP = threading.Event()

def test_thread():
    threading.Thread(target=STOP.wait, args=(20,), daemon=True, name="lesson-bell").start()

def test_child():
    global CHILD  # kept, so that nothing warns of it before the guard looks
    CHILD = subprocess.Popen(["sleep", "20"])

def test_both_end():
    STOP.set()
    CHILD.kill()
    CHILD.wait()
"""


def run(folder: Path, text: str, **env: str) -> str:
    """What pytest says of a module that stands in a project of its own, without shared data beside it."""
    (folder / "tests" / "faults").mkdir(parents=True)
    for name in ("__init__.py", "conftest.py", "shared_data.py", "system-packages.txt", "faults/suite.py"):
        shutil.copy(PROJECT / "tests" / name, folder / "tests" / name)
    with (folder / "tests/system-packages.txt").open("a") as packages:
        packages.write("no-such-tool no-such-package test\n")
    (folder / "tests/test_it.py").write_text(text)
    shutil.copy(PROJECT / "pyproject.toml", folder)
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("CI", "CARETAKER", "PYTEST"))
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(command, cwd=folder, env=inherited | env, capture_output=True, text=True, check=False)
    return done.stdout


def test_what_cannot_run_here_is_skipped_with_its_reason(tmp_path: Path) -> None:
    said = run(tmp_path, MODULE)
    assert "needs no-such-tool (apt-get install no-such-package)" in said
    assert "needs shared data: blocklists is not in ../shared/data" in said
    assert "needs shared data: captures/*.txt" in said
    assert "3 skipped, 1 xfailed" in said


def test_in_ci_what_cannot_run_has_failed(tmp_path: Path) -> None:
    said = run(tmp_path, MODULE, CI="true")
    assert "in CI nothing is skipped" in said
    assert "1 failed, 1 xfailed, 2 errors" in said


def test_in_ci_a_module_that_skips_itself_has_failed(tmp_path: Path) -> None:
    said = run(tmp_path, "from tests.shared_data import shared_data\nLISTS = shared_data('blocklists')\n", CI="true")
    assert "1 error" in said
    assert "needs shared data: blocklists" in said


def test_a_thread_and_a_child_left_behind_are_named(tmp_path: Path) -> None:
    said = run(tmp_path, LEFT_BEHIND, CARETAKER_SETTLE="1")
    assert "left behind: thread lesson-bell" in said
    assert "(sleep 20)" in said
    assert "3 passed, 2 errors" in said


def test_root_and_namespaces_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert lacking(root=True) == ["root"]
    assert not lacking("git")


def test_shared_data_is_found_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "captures/ios").mkdir(parents=True)
    (tmp_path / "captures/ios/one.txt").touch()
    monkeypatch.setenv("CARETAKER_SHARED_DATA", str(tmp_path))
    assert shared_data("captures/ios") == tmp_path / "captures/ios"
    assert [case.id for case in shared_cases("captures", "**/*.txt")] == ["ios/one.txt"]
