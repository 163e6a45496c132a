"""Starting, being refused, and ending: what a person sees in the terminal, and that nothing stays behind."""

from __future__ import annotations

import signal
import socket
import threading

import pytest

from tests.demo.running import LAST_LINE, Demo, kill
from tests.waiting import until

pytestmark = [pytest.mark.xdist_group("demo starts and stops"), pytest.mark.slow]


def test_ctrl_c_ends_everything_and_leaves_no_port_taken(quiet_demo: Demo) -> None:
    quiet_demo.up()
    running = quiet_demo.processes().values()
    for words in ("up --demo", "device_drivers.simulator", "controller serve", "controller dns", "dns_filter.worker"):
        assert any(words in each for each in running), words
    assert sorted(quiet_demo.ports.held()) == sorted(quiet_demo.ports.every)
    assert quiet_demo.stop() == 0
    assert quiet_demo.processes() == {}
    assert quiet_demo.ports.held() == []
    assert "Traceback" not in quiet_demo.complained


def test_ctrl_c_in_the_middle_of_a_start_ends_everything_too(quiet_demo: Demo) -> None:
    process = quiet_demo.begin()
    until(lambda: any("controller serve" in each for each in quiet_demo.processes().values()))
    assert quiet_demo.stop() == 0
    assert process.returncode == 0
    assert quiet_demo.processes() == {}
    assert quiet_demo.ports.held() == []


@pytest.mark.parametrize("moment", ["controller serve", "dns_filter.worker", "up"])
def test_one_who_presses_ctrl_c_again_and_again_leaves_nothing_behind(quiet_demo: Demo, moment: str) -> None:
    process = quiet_demo.begin()
    if moment == "up":
        until(lambda: LAST_LINE in quiet_demo.printed)
    else:
        until(lambda: any(moment in each for each in quiet_demo.processes().values()))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        process.send_signal(number)
        threading.Event().wait(0.05)
    assert process.wait(60) == 0
    assert quiet_demo.processes() == {}
    assert "Traceback" not in quiet_demo.complained


def test_a_second_start_says_that_the_school_is_running_and_disturbs_nothing(quiet_demo: Demo) -> None:
    quiet_demo.up()
    again = quiet_demo.cli("up", "--demo", "--fresh", *quiet_demo.ports.words)
    assert again.returncode == 1
    assert "already running" in again.stderr
    assert str(quiet_demo.home.root) in again.stderr
    assert quiet_demo.process is not None
    assert str(quiet_demo.process.pid) in again.stderr
    assert quiet_demo.ask("127.5.0.11", "bbc.co.uk").answered
    quiet_demo.process.send_signal(signal.SIGTERM)
    assert quiet_demo.process.wait(60) == 0
    assert quiet_demo.processes() == {}


def test_the_demo_never_writes_over_a_real_school(quiet_demo: Demo) -> None:
    school = quiet_demo.user / "ash-lane"
    assert quiet_demo.cli("init", str(school)).returncode == 0
    before = {path: path.read_bytes() for path in school.rglob("*") if path.is_file()}
    refused = quiet_demo.cli("up", "--demo", "--home", str(school), "--fresh", *quiet_demo.ports.words)
    assert refused.returncode == 1
    assert "a school of its own" in refused.stderr
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("which", "option", "kind"),
    [
        ("dns", "--dns", socket.SOCK_DGRAM),
        ("dns", "--dns", socket.SOCK_STREAM),
        ("api", "--api", socket.SOCK_STREAM),
        ("ssh", "--ssh-port", socket.SOCK_STREAM),
        ("door", "--ssh-port", socket.SOCK_STREAM),
    ],
)
def test_a_port_that_is_taken_is_named_with_the_option_that_changes_it(
    quiet_demo: Demo, which: str, option: str, kind: socket.SocketKind
) -> None:
    port = getattr(quiet_demo.ports, which)
    with socket.socket(socket.AF_INET, kind) as somebody:
        somebody.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            somebody.listen()
        process = quiet_demo.begin()
        assert process.wait(60) == 1
    assert f"127.0.0.1:{port}" in quiet_demo.complained
    assert option in quiet_demo.complained
    assert "Traceback" not in quiet_demo.complained
    assert quiet_demo.processes() == {}


def test_a_child_that_dies_is_started_again(quiet_demo: Demo) -> None:
    quiet_demo.up()
    before = quiet_demo.pid_of("controller serve")
    kill(before)
    until(lambda: quiet_demo.cli("windows", "list", "--json").returncode == 0)
    assert quiet_demo.pid_of("controller serve") != before
    assert "controller ended" in quiet_demo.complained
    assert quiet_demo.stop() == 0


@pytest.mark.parametrize("again", [(), ("--fresh",)], ids=["going on", "beginning anew"])
def test_the_filter_outlives_a_killed_supervisor_and_the_next_start_takes_over_from_it(
    quiet_demo: Demo, again: tuple[str, ...]
) -> None:
    quiet_demo.up()
    assert quiet_demo.process is not None
    opened = quiet_demo.call("POST", "/windows", {"group": "year-4", "minutes": 45}).json()["id"]
    left = quiet_demo.pid_of("controller dns")
    quiet_demo.process.kill()
    quiet_demo.process.wait()
    until(lambda: not any("controller serve" in each for each in quiet_demo.processes().values()))
    assert left in quiet_demo.processes()
    assert quiet_demo.ask("127.5.0.11", "bbc.co.uk").answered

    quiet_demo.up(*again)
    assert quiet_demo.call("GET", f"/windows/{opened}").is_success == (again == ())
    assert "took over" in quiet_demo.complained
    assert left not in quiet_demo.processes()
    assert quiet_demo.ask("127.5.0.11", "bbc.co.uk").answered
    assert quiet_demo.stop() == 0
    assert quiet_demo.processes() == {}
