"""The supervisor: ready, restarted, stopped, and what outlives it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.supervisor import Child, StartFailed, Supervisor, born, end_leftover, leftover, write_note
from tests.waiting import until

READY = "import sys, json; print(json.dumps({'ready': True, 'port': 7}), flush=True); sys.stdin.read()"

DEAF = """
import json, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(json.dumps({"ready": True}), flush=True)
while True: time.sleep(9)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "run", lambda _: None, time.monotonic)
    yield made
    made.stop()


def child(tmp_path: Path, program: str, **options: bool) -> Child:
    return Child("child", (sys.executable, "-c", program), tmp_path / "child.log", **options)


def test_a_child_says_that_it_is_ready_and_what_it_has_to_tell(supervisor: Supervisor, tmp_path: Path) -> None:
    one = child(tmp_path, READY)
    supervisor.start(one)
    assert supervisor.wait_ready(one, 60)["port"] == 7


def test_a_child_that_ends_at_once_is_reported_with_its_last_words(supervisor: Supervisor, tmp_path: Path) -> None:
    one = child(tmp_path, "import sys; sys.exit('the port is taken')")
    supervisor.start(one)
    with pytest.raises(StartFailed, match="the port is taken"):
        supervisor.wait_ready(one, 60)


def test_a_child_that_dies_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    one = child(tmp_path, READY)
    supervisor.start(one)
    supervisor.wait_ready(one, 60)
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    assert one.process is not None
    first = one.process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: one.starts == 2)
    supervisor.wait_ready(one, 60)
    supervisor.ask_to_stop()
    watching.join()


def test_stopping_ends_every_child_even_one_that_does_not_listen(supervisor: Supervisor, tmp_path: Path) -> None:
    one = child(tmp_path, DEAF)
    supervisor.start(one)
    supervisor.wait_ready(one, 60)
    supervisor.stop(seconds=0.3)
    assert one.process is not None
    assert one.process.poll() == -signal.SIGKILL


PARENT = """
import sys, time
from pathlib import Path
from controller.supervisor import Child, Supervisor
s = Supervisor(Path(sys.argv[1]), print, time.monotonic)
program = "import sys, json, time; print(json.dumps({'ready': True}), flush=True); sys.stdin.read(); %s"
mortal = Child("mortal", (sys.executable, "-c", program % "pass"), Path(sys.argv[1]) / "log")
lasting = Child("lasting", (sys.executable, "-c", program % "time.sleep(60)"), Path(sys.argv[1]) / "log", outlives=True)
for one in (mortal, lasting):
    s.start(one)
    s.wait_ready(one, 60)
print("up", flush=True)
time.sleep(60)
"""


def test_when_the_parent_is_killed_only_what_must_outlive_it_goes_on(tmp_path: Path) -> None:
    parent = subprocess.Popen((sys.executable, "-c", PARENT, str(tmp_path)), stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "up\n"
    mortal = json.loads((tmp_path / "mortal.json").read_text())["pid"]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: born(mortal) is None)
    assert leftover(tmp_path, "lasting") is not None
    assert end_leftover(tmp_path, "lasting", threading.Event().wait)
    assert leftover(tmp_path, "lasting") is None


def test_a_pid_that_was_given_to_a_stranger_since_is_no_leftover(tmp_path: Path) -> None:
    write_note(tmp_path, "dns-filter", os.getpid())
    assert leftover(tmp_path, "dns-filter") == os.getpid()
    note = json.loads((tmp_path / "dns-filter.json").read_text())
    (tmp_path / "dns-filter.json").write_text(json.dumps({**note, "born": "1"}))
    assert leftover(tmp_path, "dns-filter") is None
