"""Commands that need no running controller: a new school, its policy, lists, accounts, drivers, the doctor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.controller.commands.conftest import Run

BROKEN = "school: {name: x, time_zone: Europe/Londn}\n"


def test_the_help_names_every_command(run: Run) -> None:
    said = run("--help")
    assert said.status == 0
    for command in ("up", "init", "policy", "plan", "apply", "explain", "devices", "windows", "doctor", "dns"):
        assert f" {command} " in said.out
    assert " serve " not in said.out


@pytest.mark.parametrize("words", [("no-such-command",), ("devices", "list", "--no-such-option"), ("explain",)])
def test_misuse_ends_with_two(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).status == 2


def test_a_new_school_is_made_and_its_policy_is_good(run: Run, school: Path) -> None:
    said = run("policy", "check", school / "school.yaml")
    assert said.status == 0
    assert "good." in said.out
    assert run("policy", "check", school / "school.yaml", "--json").json["ok"] is True


def test_a_second_school_does_not_overwrite_the_first(run: Run, school: Path) -> None:
    said = run("init", school)
    assert said.status == 1
    assert "nothing there was touched" in said.err


def test_a_school_where_nobody_may_write_is_a_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = run("init", tmp_path / "file" / "school")
    assert said.status == 1
    assert "file" in said.err


@pytest.mark.parametrize("text", [BROKEN, "", "\x00", "- a\n", "a: [\n"])
def test_a_broken_policy_is_refused_with_the_place(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "school.yaml"
    file.write_text(text)
    said = run("policy", "check", file)
    assert said.status == 1
    assert f"{file}:" in said.out
    assert "this file would be refused whole" in said.out
    found = run("policy", "check", file, "--json")
    assert (found.status, found.json["ok"]) == (1, False)
    assert found.json["problems"][0]["line"] in (1, 2)


def test_a_policy_with_escape_sequences_does_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "school.yaml").write_text('school: {name: x, time_zone: "\\e[31mred"}\n"\\e]0;title": 1\n')
    said = run("policy", "check", tmp_path / "school.yaml")
    assert said.status == 1
    assert "\x1b" not in said.out + said.err


def test_a_policy_that_is_not_there_is_a_sentence(run: Run, tmp_path: Path) -> None:
    said = run("policy", "check", tmp_path / "missing.yaml")
    assert said.status == 1
    assert "cannot be read" in said.out


def test_the_schema_is_one_for_editors(run: Run) -> None:
    assert "properties" in run("policy", "schema").json


def test_the_doctor_finds_a_new_school_sound_and_says_what_is_wrong(run: Run, school: Path) -> None:
    rows = "name,host,platform,purpose\n"
    (school / "switches.csv").write_text(rows)
    said = run("doctor", "--home", school)
    assert said.status == 0
    assert "✗" not in said.out
    (school / "switches.csv").write_text(rows + "sw-1,127.0.0.1,cisco_ios,access\n")
    said = run("doctor", "--home", school)
    assert said.status == 1
    assert f"caretaker switches enrol sw-1 --home {school}" in said.out
    assert {row["state"] for row in run("doctor", "--home", school, "--json").json} >= {"wrong", "good"}


def test_accounts_are_added_with_a_password_and_listed_without(run: Run, school: Path) -> None:
    said = run("accounts", "add", "y5teacher", "--role", "teacher", "--group", "year-5", "--home", school)
    assert said.status == 0
    password = said.out.split()[-1]
    listed = run("accounts", "list", "--home", school, "--json")
    assert listed.json == [{"name": "y5teacher", "role": "teacher", "groups": ["year-5"], "disabled": False}]
    assert password not in listed.out
    assert "y5teacher" in run("accounts", "list", "--home", school).out


def test_a_password_of_ones_own_is_asked_for_twice_and_not_shown(run: Run, school: Path) -> None:
    secret = "a long enough password"
    said = run("accounts", "add", "head", "--role", "head", "--ask", "--home", school, answer=f"{secret}\n{secret}\n")
    assert said.status == 0
    assert secret not in said.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("accounts", "add", "x", "--role", "pirate"), 2, "there is no role 'pirate'"),
        (("accounts", "list"), 0, "No accounts yet"),
        (("switches", "enrol", "sw-9"), 1, "no switch 'sw-9'"),
        (("windows", "list"), 1, "no controller runs"),
        (("explain", "year-5", "bbc.co.uk"), 1, "no controller runs"),
        (("apply", "--yes"), 1, "no controller runs"),
        (("apply", "--json"), 2, "--yes"),
        (("windows", "open", "year-5"), 2, "--minutes or --until"),
        (("windows", "open", "year-5", "--minutes", "5", "--until", "bell"), 2, "--minutes or --until"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run: Run, school: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    found = run(*words, "--home", school)
    assert found.status == status
    assert said in found.out + found.err


@pytest.mark.parametrize("command", [("accounts", "list"), ("plan",), ("dns",)])
def test_a_folder_that_is_no_school_is_misuse(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    said = run(*command, "--home", tmp_path)
    assert said.status == 2
    assert "is no school" in said.err


def test_up_in_a_folder_that_is_no_school_is_misuse(run: Run) -> None:
    said = run("up")
    assert said.status == 2
    assert "caretaker init" in said.err


def test_broken_settings_are_said_by_every_command_that_needs_them(run: Run, school: Path) -> None:
    (school / "settings.toml").write_text("[api]\nlisten = 7\n")
    for command in (("accounts", "list"), ("plan",), ("dns",)):
        said = run(*command, "--home", school)
        assert said.status == 1, command
        assert "settings.toml:2" in said.err


def test_a_damaged_store_is_a_sentence(run: Run, school: Path) -> None:
    (school / "state").mkdir()
    (school / "state" / "caretaker.db").write_bytes(b"no database at all, whatever its name says" * 100)
    said = run("accounts", "list", "--home", school)
    assert said.status == 1
    assert "caretaker doctor" in said.err


def test_a_plan_of_a_school_without_switches_needs_no_controller(run: Run, school: Path, tmp_path: Path) -> None:
    (school / "switches.csv").write_text("name,host,platform,purpose\n")
    said = run("plan", "--home", school, "--out", tmp_path / "plan.json")
    assert said.status == 0
    assert "names no switch yet" in said.out
    assert run("plan", "--home", school, "--json").json["changes"] == []
    assert (tmp_path / "plan.json").is_file()
    said = run("plan", "--home", school, "--out", tmp_path / "missing" / "plan.json")
    assert (said.status, "plan.json" in said.err) == (1, True)


def test_a_list_says_how_it_is_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "games.txt").write_text("poki.com\nfriv.com\n")
    said = run("lists", "parse", tmp_path / "games.txt")
    assert (said.status, "2 names" in said.out) == (0, True)
    (tmp_path / "odd.txt").write_text("poki.com\n<html>\x1b[31m\n")
    for words in ((), ("--json",)):
        said = run("lists", "parse", tmp_path / "odd.txt", *words)
        assert said.status == 0, "a line that cannot be read is a finding; the file was read"
        assert "\x1b" not in said.out + said.err
    assert run("lists", "parse", tmp_path / "games.txt", "--format", "scroll").status == 2
    assert run("lists", "parse", tmp_path / "missing.txt").status == 1


def test_every_platform_is_listed(run: Run) -> None:
    assert "cisco_ios" in run("drivers", "list").out
    assert "linux_gateway" in {row["platform"] for row in run("drivers", "list", "--json").json}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--assume", "pirate"), 2, "expected a role, year group or access level"),
        (("--list", "games"), 2, "expected CATEGORY=PATH"),
        (("--listen", "nonsense"), 2, "nonsense"),
        (("--workers", "0"), 2, "workers"),
        (("--upstream", "no address"), 2, "no address"),
    ],
)
def test_a_filter_alone_that_is_asked_for_nonsense_says_so(
    run: Run, school: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    found = run("dns", "--policy", school / "school.yaml", "--state", school / "state", *words)
    assert found.status == status
    assert said in found.err


def test_a_filter_alone_with_a_broken_policy_does_not_start(run: Run, tmp_path: Path) -> None:
    (tmp_path / "school.yaml").write_text(BROKEN)
    found = run("dns", "--policy", tmp_path / "school.yaml", "--state", tmp_path / "state")
    assert found.status == 1
    assert "school.yaml:1:" in found.err


@pytest.mark.parametrize(
    "note",
    ["", "{", "[]", '{"url": "http://127.0.0.1:1"}', '{"url": "http://127.0.0.1:1", "token_file": "/no/such/file"}'],
)
def test_a_damaged_note_of_a_controller_is_a_sentence(run: Run, school: Path, note: str) -> None:
    (school / "state" / "run").mkdir(parents=True)
    (school / "state" / "run" / "connection.json").write_text(note)
    said = run("windows", "list", "--home", school)
    assert said.status == 1
    assert "damaged" in said.err or "no controller runs" in said.err


def test_outside_the_demo_there_is_nothing_to_play_with(run: Run) -> None:
    said = run("demo", "plugged")
    assert said.status == 1
    assert "caretaker up --demo" in said.err
