"""Commands that speak to a running controller: tables for people, JSON for programs, refusals in a sentence."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.commands import apply
from controller.model import Because, Brake, HeldBack, Plan, PlannedChange
from device_drivers.model import SetAccessVlan
from inventory.model import Mac, PortRef, Sighting, SwitchName
from tests.controller.commands.conftest import Run
from tests.fakes.site import IPAD, NINE, STRANGER, FakeSite

CHANGE = PlannedChange(SwitchName("sw-ict"), SetAccessVlan("Gi1/0/7", 20, 999), Because("unknown", "Nobody knows it."))
PLAN = Plan(NINE, NINE, (CHANGE,), (HeldBack(CHANGE, Brake.LESSON, "A lesson is on."),), ("gw: \x1b[2Jnot read",))


def test_without_a_lesson_the_list_says_how_to_open_one(run: Run, controller: FakeSite) -> None:
    assert "caretaker windows open" in run("windows", "list").out
    assert run("windows", "list", "--json").json == {"items": []}


def test_a_lesson_is_opened_shown_extended_and_ended_by_its_group(run: Run, controller: FakeSite) -> None:
    opened = run("windows", "open", "year-5", "--minutes", "30", "--why", "chess club")
    assert (opened.status, "w1: year-5 is open until" in opened.out) == (0, True)
    assert "chess club" in run("windows", "list").out
    assert [row["id"] for row in run("windows", "list", "--json").json["items"]] == ["w1"]
    shown = run("windows", "show", "year-5")
    assert "dns-filter" in shown.out
    assert "chess club" in shown.out
    assert run("windows", "show", "w1", "--json").json["progress"]
    longer = run("windows", "extend", "year-5", "--minutes", "45", "--json")
    assert longer.json["id"] == "w1"
    ended = run("windows", "end", "year-5")
    assert (ended.status, "w1: year-5 is ended" in ended.out) == (0, True)


def test_two_lessons_of_a_group_have_to_be_named(run: Run, controller: FakeSite) -> None:
    for minutes in ("20", "40"):
        run("windows", "open", "year-5", "--minutes", minutes)
    said = run("windows", "end", "year-5")
    assert said.status == 2
    assert "w1, w2" in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("windows", "open", "year-9", "--minutes", "30"), "year-9"),
        (("windows", "open", "year-5", "--minutes", "9999"), ""),
        (("windows", "open", "year-5", "--until", "yesterday"), "until"),
        (("windows", "end", "w99"), "no such lesson"),
        (("windows", "end", "../devices?x=1#"), ""),
        (("devices", "show", "no mac"), ""),
        (("devices", "show", "../plan"), ""),
        (("devices", "quarantine", "02:00:00:00:00:99", "--reason", "x"), ""),
        (("explain", "nobody", "bbc.co.uk"), "nobody"),
        (("explain", "year-5", "bbc..co.uk"), "name"),
        (("explain", "year-5", "bbc.co.uk", "--type", "NOSUCH"), "type"),
        (("explain", "year-5", "bbc.co.uk", "--at", "noon"), "at"),
    ],
)
def test_a_refusal_is_the_controllers_own_sentence(
    run: Run, controller: FakeSite, words: tuple[str, ...], said: str
) -> None:
    found = run(*words)
    assert found.status == 1
    assert found.out == ""
    assert found.err.startswith("caretaker: ")
    assert said in found.err


def test_devices_are_listed_found_and_shown(run: Run, controller: FakeSite) -> None:
    listed = run("devices", "list")
    assert (listed.status, IPAD in listed.out, STRANGER in listed.out) == (0, True, True)
    assert [row["mac"] for row in run("devices", "list", "--find", "ipad", "--json").json] == [IPAD]
    assert IPAD not in run("devices", "list", "--quarantined").out
    assert "No device fits." in run("devices", "list", "--find", "zeppelin").out
    assert run("devices", "show", IPAD).json["name"] == "ipad-5-11"


def test_a_list_longer_than_a_page_is_fetched_whole(run: Run, controller: FakeSite) -> None:
    macs = [Mac(f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}") for number in range(600)]
    controller.store.record_sightings(tuple(Sighting(mac, NINE, "csv") for mac in macs), NINE)
    assert {row["mac"] for row in run("devices", "list", "--json").json} >= set(macs)


def test_the_way_of_a_stranger_from_quarantine_to_a_class_and_back(run: Run, controller: FakeSite) -> None:
    words = ("--name", "ipad-5-12", "--kind", "school-ipad", "--year-group", "year-5")
    assert run("devices", "register", STRANGER, *words, "--json").json["name"] == "ipad-5-12"
    held = run("devices", "quarantine", STRANGER, "--reason", "a worm")
    assert (held.status, "a worm" in held.out) == (0, True)
    assert run("devices", "release", STRANGER, "--reason", "cleaned").status == 0
    assert {row.action for row in controller.store.audit()} >= {"device.register", "device.quarantine"}


def test_a_hostile_host_name_reaches_no_terminal(run: Run, controller: FakeSite) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J[red]pc"
    port = PortRef(SwitchName("sw-ict"), "Gi1/0/9")
    controller.store.record_sightings((Sighting(STRANGER, NINE, "dhcp", port, 999, "10.99.0.9", evil),), NINE)
    for words in (("devices", "list"), ("explain", "10.99.0.9", "bbc.co.uk"), ("explain", STRANGER, "bbc.co.uk")):
        said = run(*words)
        assert said.status == 0
        assert "\x1b" not in said.out + said.err
        assert "\x07" not in said.out + said.err


def test_enforcement_points_are_listed_with_what_is_wrong(run: Run, controller: FakeSite) -> None:
    said = run("switches", "list")
    assert all(word in said.out for word in ("dns-filter", "sw-ict", "unreachable", "no answer on port 22"))
    assert "2026-11-24T" not in said.out
    controller.wrong = ("school.yaml:3:14: expected a time zone",)
    assert "school.yaml:3:14" in run("switches", "list").out
    assert run("switches", "list", "--json").json["problems"] == list(controller.wrong)


def test_the_plan_is_shown_kept_and_applied_as_it_was_shown(
    run: Run, controller: FakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.loop.planned = PLAN
    monkeypatch.setattr(apply, "PATIENCE", 0.5)  # no switch of this school ever answers
    said = run("plan", "--out", tmp_path / "plan.json")
    assert "Gi1/0/7 from VLAN 20 to VLAN 999" in said.out
    assert "A lesson is on." in said.out
    assert "\x1b" not in said.out
    assert run("apply", "--from", tmp_path / "plan.json", answer="n\n").status == 1
    assert controller.loop.applied == []
    assert run("apply", "--from", tmp_path / "plan.json", answer="y\n").status == 0
    assert controller.loop.applied == [PLAN]
    assert run("apply", "--yes", "--json").json["fingerprint"] == run("plan", "--json").json["fingerprint"]


def test_a_plan_that_is_no_longer_true_is_not_applied(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    controller.loop.planned = PLAN
    run("plan", "--out", tmp_path / "plan.json")
    controller.loop.planned = Plan(NINE, NINE, (CHANGE, CHANGE))
    said = run("apply", "--from", tmp_path / "plan.json", "--yes")
    assert (said.status, "no longer as this plan saw it" in said.err) == (1, True)
    (tmp_path / "plan.json").write_text("{}")
    assert "is no plan" in run("apply", "--from", tmp_path / "plan.json", "--yes").err
    assert controller.loop.applied == []


def test_nothing_to_change_is_nothing_to_ask(run: Run, controller: FakeSite) -> None:
    said = run("apply")
    assert (said.status, "as it should be" in said.out) == (0, True)


def test_a_token_that_is_no_longer_good_is_a_sentence(
    run: Run, controller: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARETAKER_TOKEN", "ct_no-such-token")
    said = run("windows", "list")
    assert (said.status, said.out) == (1, "")


def test_a_controller_that_is_gone_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    monkeypatch.setenv("CARETAKER_TOKEN", "ct_x")
    for url in (f"http://127.0.0.1:{port}", "nonsense", "http://[::1", "ftp://127.0.0.1:1"):
        monkeypatch.setenv("CARETAKER_URL", url)
        said = run("windows", "list")
        assert said.status == 1, url
        assert "does not answer" in said.err


def test_a_plan_beside_the_note_of_a_dead_controller_is_made_by_looking(run: Run, school: Path) -> None:
    """kill -9 leaves the note behind."""
    (school / "switches.csv").write_text("name,host,platform,purpose\n")
    (school / "state" / "run").mkdir(parents=True)
    token = school / "state" / "run" / "cli-token"
    token.write_text("ct_x")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        note = {"url": f"http://127.0.0.1:{sock.getsockname()[1]}", "token_file": str(token)}
    (school / "state" / "run" / "connection.json").write_text(json.dumps(note))
    said = run("plan", "--home", school)
    assert said.status == 0
    assert "names no switch yet" in said.out


@contextmanager
def something_else(reply: bytes) -> Iterator[str]:
    """Another program on that port, which answers everything with `reply`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply)

        serving = threading.Thread(target=serve)
        serving.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving.join()


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>",
        b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]",
    ],
)
def test_another_program_on_that_port_is_not_taken_for_the_controller(
    run: Run, monkeypatch: pytest.MonkeyPatch, reply: bytes
) -> None:
    with something_else(reply) as url:
        monkeypatch.setenv("CARETAKER_URL", url)
        monkeypatch.setenv("CARETAKER_TOKEN", "ct_x")
        said = run("windows", "list")
    assert (said.status, said.out) == (1, "")


def test_a_device_that_is_explained_names_step_rule_clauses_and_the_childs_sentence(
    run: Run, controller: FakeSite
) -> None:
    said = run("explain", "10.20.0.11", "poki.com")
    assert said.status == 0
    for word in ("BLOCKED", "poki.com (A)", "ipad-5-11", "sure", "EDE", "TTL", "Decided by", "Rule", "To a child"):
        assert word in said.out, said.out
    assert max(map(len, said.out.splitlines())) <= 120
    found = run("explain", "10.20.0.11", "poki.com", "--json").json
    assert (found["allowed"], found["client"]["name"]) == (False, "ipad-5-11")


def test_another_moment_can_be_asked_about(run: Run, controller: FakeSite) -> None:
    said = run("explain", "year-5", "bbc.co.uk", "--at", "2026-11-26T09:20:00Z", "--type", "AAAA")
    assert (said.status, "(AAAA)" in said.out) == (0, True)
