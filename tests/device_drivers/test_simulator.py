"""The simulator as a program and as a place in the network: OpenSSH, control socket, start and end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device_drivers.model import Unreachable
from device_drivers.session import connect, enrol, remember
from device_drivers.simulator.control import ask
from device_drivers.simulator.device import TakenPort
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import DeviceSite, Site, read_site
from tests.device_drivers.school import PASSWORD, School, open_school, site
from tests.shared_data import PROJECT

needs_ssh = pytest.mark.needs("ssh")


def _ssh(school: School, name: str, *command: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """OpenSSH, with our own file of known hosts and the password from a program, as nobody sits here to type it."""
    device = school.simulator.devices[name]
    asker = school.directory / "asker.sh"
    asker.write_text(f"#!/bin/sh\necho {PASSWORD}\n")
    asker.chmod(0o700)
    options = {
        "UserKnownHostsFile": str(school.known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "PreferredAuthentications": "password",
        "LogLevel": "ERROR",
    }
    words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    return subprocess.run(
        ["ssh", "-F", "none", *words, "-p", str(device.port), "caretaker@127.0.0.1", *command],
        env={**os.environ, "SSH_ASKPASS": str(asker), "SSH_ASKPASS_REQUIRE": "force"},
        input=typed,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@needs_ssh
def test_openssh_asks_a_switch_one_question(school: School) -> None:
    done = _ssh(school, "sw-hall", "show vlan brief")
    assert (done.returncode, done.stderr) == (0, "")
    assert "20   pupils                           active    Gi1/0/5" in done.stdout


@needs_ssh
def test_openssh_gets_the_status_of_what_was_refused(school: School) -> None:
    assert _ssh(school, "gateway", "iptables -F").returncode == 127
    assert "% Invalid input" in _ssh(school, "sw-hall", "frobnicate").stdout


@needs_ssh
def test_openssh_holds_a_conversation(school: School) -> None:
    typed = "terminal length 0\nconf t\ninterface Gi1/0/5\nswitchport access vlan 99\nend\nshow vlan brief\nexit\n"
    done = _ssh(school, "sw-hall", "-tt", typed=typed)
    assert done.returncode == 0
    assert "sw-hall(config-if)#" in done.stdout
    assert "99   quarantine                       active    Gi1/0/5, Gi1/0/6" in done.stdout
    assert "switchport access vlan 99" in school.journal("sw-hall")


@needs_ssh
def test_openssh_refuses_a_changed_key(school: School) -> None:
    school.fault("sw-hall", kind="new-host-key")
    done = _ssh(school, "sw-hall", "show vlan brief")
    assert done.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr


@needs_ssh
def test_a_long_answer_stops_at_every_page_until_a_key_is_pressed(school: School) -> None:
    done = _ssh(school, "sw-hall", "-tt", typed="show running-config\n   exit\n")
    assert done.stdout.count("--More--") >= 2
    assert done.stdout.rstrip().endswith("exit")


def test_a_device_that_is_plugged_in_is_seen_and_one_that_left_is_not(school: School) -> None:
    control = school.directory / "control.sock"
    stranger = {"mac": "de:ad:00:00:00:01", "switch": "sw-hall", "port": "Gi1/0/6", "address": "127.9.0.1"}
    driver = school.driver("sw-hall")
    with school.session("sw-hall") as session:

        def there() -> list[tuple[str, int]]:
            table = driver.parse(session.read(driver.reads)).table
            return [(entry.port, entry.vlan) for entry in table if entry.mac == stranger["mac"]]

        assert there() == []
        assert ask(control, {"do": "plug", **stranger}) == {"plugged": "de:ad:00:00:00:01"}
        assert there() == [("Gi1/0/6", 99)]
        assert ask(control, {"do": "plug", **stranger, "port": "Gi1/0/4"})
        assert there() == [("Gi1/0/4", 30)]
        assert ask(control, {"do": "unplug", "mac": stranger["mac"]}) == {"unplugged": True}
        assert there() == []
    assert ask(control, {"do": "unplug", "mac": stranger["mac"]}) == {"unplugged": False}


def test_state_tells_what_every_device_is_and_was_asked(school: School) -> None:
    state = ask(school.directory / "control.sock", {"do": "state"})
    hall = state["devices"]["sw-hall"]
    assert (hall["dialect"], hall["fault"], hall["wrong_passwords"]) == ("cisco_ios", "none", 0)
    assert "hostname sw-hall" in hall["configuration"]
    assert {plug["mac"] for plug in state["world"]} == {"3c:22:fb:05:00:11", "3c:22:fb:05:00:12"}


@pytest.mark.parametrize(
    "order",
    [
        {"do": "dance"},
        {},
        {"do": "plug", "mac": "nonsense", "switch": "sw-hall", "port": "Gi1/0/6"},
        {"do": "plug", "mac": "de:ad:00:00:00:01", "switch": "nowhere", "port": "Gi1/0/6"},
        {"do": "fault", "device": "sw-hall", "kind": "explode"},
        {"do": "fault", "device": "nowhere", "kind": "hang"},
    ],
)
def test_an_order_that_makes_no_sense_is_answered_with_what_is_wrong(school: School, order: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        ask(school.directory / "control.sock", order)


def test_the_control_socket_is_its_owners_alone(school: School) -> None:
    assert (school.directory / "control.sock").stat().st_mode & 0o777 == 0o600


def test_every_command_is_in_the_journal_file(school: School) -> None:
    with school.session("gateway") as session:
        session.read(["ip neigh", "hostname"])
    rows = [json.loads(line) for line in (school.directory / "journal" / "gateway.jsonl").read_text().splitlines()]
    assert [row["line"] for row in rows][-2:] == ["ip neigh", "hostname"]


def test_host_keys_outlive_the_simulator(tmp_path: Path) -> None:
    with open_school(tmp_path) as first:
        before = {name: device.describe()["fingerprint"] for name, device in first.simulator.devices.items()}
    with open_school(tmp_path) as second:
        after = {name: device.describe()["fingerprint"] for name, device in second.simulator.devices.items()}
    assert before == after
    assert len(set(before.values())) == 3


def test_a_taken_port_is_said_and_nothing_is_left_listening(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        plain = site(tmp_path)
        second = plain.devices[1].model_copy(update={"port": taken})
        simulator = Simulator(plain.model_copy(update={"devices": (plain.devices[0], second)}))
        with pytest.raises(TakenPort, match=rf"gateway: cannot listen on 127\.0\.0\.1 port {taken}"):
            simulator.start()
        free = simulator.devices["sw-hall"].port
        with socket.socket() as again:
            again.bind(("127.0.0.1", free))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": "green"}, "colour"),
        ({"world": [{"mac": "3c:22:fb:05:00:11", "switch": "nowhere", "port": "Gi1/0/1"}]}, "nowhere"),
        ({"devices": [{"name": "sw\n1", "dialect": "cisco_ios", "password": "x"}]}, "name"),
        ({"devices": [{"name": "a", "dialect": "x", "password": "x", "port": "22"}]}, "port"),
    ],
)
def test_a_mistake_in_the_site_file_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "SITE.json"
    path.write_text(json.dumps({"devices": [], **change}))
    with pytest.raises(ValueError, match=said):
        read_site(path)


def test_an_unknown_dialect_is_named_with_the_known_ones(tmp_path: Path) -> None:
    device = DeviceSite(name="sw", dialect="klingon", password="x")
    with pytest.raises(ValueError, match=r"no dialect 'klingon'; there are .*cisco_ios, .*linux"):
        Simulator(Site(devices=(device,), directory=str(tmp_path))).start()


def _write_site(directory: Path, port: int = 0) -> Path:
    hall = site(directory).devices[0].model_dump(mode="json")
    path = directory / "SITE.json"
    path.write_text(json.dumps({"devices": [{**hall, "port": port}]}))
    return path


@contextmanager
def _program(path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    words = [sys.executable, "-m", "device_drivers.simulator", str(path)]
    with subprocess.Popen(words, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            yield program, json.loads(program.stdout.readline())
        finally:
            program.kill()


def test_the_program_says_where_it_listens_and_ends_with_its_pipe(tmp_path: Path) -> None:
    with _program(_write_site(tmp_path)) as (program, listening):
        assert set(listening["sw-hall"]) == {"host", "port", "fingerprint"}
        with socket.create_connection((listening["sw-hall"]["host"], listening["sw-hall"]["port"]), timeout=10) as sock:
            assert sock.recv(20).startswith(b"SSH-2.0-")
        assert program.stdin is not None
        program.stdin.close()
        assert program.wait(60) == 0


def test_the_program_ends_when_told_to(tmp_path: Path) -> None:
    with _program(_write_site(tmp_path)) as (program, _):
        program.send_signal(signal.SIGTERM)
        assert program.wait(60) == 0


def test_the_program_says_which_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        path = _write_site(tmp_path, other.getsockname()[1])
        words = [sys.executable, "-m", "device_drivers.simulator", str(path)]
        done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, stdin=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert "sw-hall: cannot listen on 127.0.0.1 port" in done.stderr
    assert "Traceback" not in done.stderr


def _stop(program: subprocess.Popen[str]) -> None:
    """A signal is sent before it is obeyed."""
    program.send_signal(signal.SIGSTOP)
    while Path(f"/proc/{program.pid}/stat").read_text().rpartition(") ")[2][0] != "T":
        threading.Event().wait(0.01)


@pytest.mark.fault
def test_a_stopped_peer_is_given_up_within_the_deadline_at_login_and_in_a_call(tmp_path: Path, school: School) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    with _program(_write_site(aside)) as (program, listening):
        port = listening["sw-hall"]["port"]
        remember(school.known_hosts, enrol("127.0.0.1", port))
        target = replace(school.target("sw-hall"), ssh_port=port, deadline=5.0)
        session = connect(target)
        try:
            _stop(program)
            with pytest.raises(Unreachable, match="no answer within 5 s"):
                session.read(["show version"])
            with pytest.raises(Unreachable, match="no answer within 5 s"):
                connect(target)
        finally:
            program.send_signal(signal.SIGCONT)
            session.close()


def test_many_sessions_at_once_are_all_answered(school: School) -> None:
    said: list[str] = []

    def visit() -> None:
        with school.session("sw-hall") as session:
            said.append(session.read(["show version"])["show version"])

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 8
    assert all("Version" in text for text in said)
