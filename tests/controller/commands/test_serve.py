"""The controller as a process: ready by one line, ended by a signal or a bug, private in what it writes."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from controller.home import Home
from controller.new_school import write_new_school

BUGGY = """
from controller.site import Site
Site._watch = lambda *_: 1 / 0
from controller.cli import app
app()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    write_new_school(tmp_path / "school")
    made = Home(tmp_path / "school")
    made.switches.write_text("name,host,platform,purpose\n")
    made.settings.write_text('[api]\nlisten = "127.0.0.1:0"\n[dns]\nlisten = ["127.0.0.1:5353"]\n')
    return made


@contextmanager
def serving(home: Home, *program: str) -> Iterator[subprocess.Popen[str]]:
    words = (sys.executable, *(program or ("-m", "controller")), "serve", "--home", str(home.root))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, text=True, **pipes) as child:  # type: ignore[call-overload]
        try:
            yield child
        finally:
            child.kill()


def _modes(folder: Path) -> Iterator[tuple[Path, int]]:
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # it has taken the place of an older one meanwhile
            yield path, stat.S_IMODE(path.stat().st_mode)


def test_it_says_where_it_answers_and_ends_when_told(home: Home) -> None:
    with serving(home) as child:
        told = json.loads(child.stdout.readline())
        assert told["ready"] is True
        reply = httpx2.get(f"{told['api']}/api/v1/health", trust_env=False, timeout=60)
        assert reply.status_code == 200
        modes = dict(_modes(home.state))
        # The table and the names may be read by the group: the filter may be another user of it.
        for_the_filter = home.state / "filter"
        assert [
            path for path, mode in modes.items() if mode & (0o027 if for_the_filter in path.parents else 0o077)
        ] == []
        assert (home.run / "connection.json").is_file()
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
        assert not (home.run / "connection.json").exists()


def test_it_ends_when_its_parent_is_gone(home: Home) -> None:
    with serving(home) as child:
        child.stdout.readline()
        child.stdin.close()
        assert child.wait(60) == 0


def test_a_bug_in_any_thread_ends_the_process_with_its_traceback(home: Home) -> None:
    """A thread that died in silence would leave its switch, or the whole loop, standing still for ever."""
    with serving(home, "-c", BUGGY) as child:
        _, said = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "a bug ended files" in said
    assert "ZeroDivisionError" in said


def test_a_school_that_cannot_be_run_is_a_sentence(home: Home) -> None:
    home.policy.write_text("school: 7\n")
    with serving(home) as child:
        out, said = child.communicate(timeout=60)
    assert (child.returncode, out) == (1, "")
    assert "school.yaml:1:" in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_a_sentence(home: Home) -> None:
    with serving(home) as first:
        place = json.loads(first.stdout.readline())["api"].removeprefix("http://")
        (home.root / "settings.toml").write_text(f'[api]\nlisten = "{place}"\n')
        with serving(home) as second:
            _, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "cannot listen on 127.0.0.1" in said
    assert "Traceback" not in said


BACKGROUND = """
import signal, threading
signal.signal(signal.SIGINT, signal.SIG_IGN)
from controller import startup

def start(ask, asked_to_end):
    print("up", flush=True)
    while not asked_to_end():
        threading.Event().wait(0.02)

startup.start = start
from controller.cli import app
app()
"""


def test_up_in_the_background_of_a_shell_still_ends_when_told(home: Home) -> None:
    """A shell that starts something with & makes it deaf to Ctrl-C, and so to everything that goes by way of it."""
    words = (sys.executable, "-c", BACKGROUND, "up", "--home", str(home.root))
    with subprocess.Popen(words, text=True, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == "up\n"
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
