"""`caretaker break-glass`, typed by a person beside a filter that has no table."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from controller.clock import SystemClock
from controller.home import Home
from controller.publish import in_force, publish
from controller.store import Store
from controller.supervisor import write_note
from dns_filter.model import FilterTable
from tests.controller.commands.conftest import Run
from tests.dns_filter import school as filter_school

WHY = ("--reason", "the controller's disk is dead")
HERE = ("--address", "10.30.0.11")


def lasting(table: FilterTable) -> timedelta:
    return timedelta(seconds=table.horizon - table.made_at)


def test_it_opens_says_how_it_ends_and_writes_it_down(run: Run, school: Path) -> None:
    home = Home(school)
    Store.open(home.database_url).close()
    said = run("break-glass", "--home", school, "--minutes", "30", *WHY, *HERE)
    assert said.status == 0
    assert "Open for staff (1 addresses) until" in said.out
    assert "closed by the filter itself" in said.out
    table = in_force(home.table)
    assert table is not None
    assert (set(table.bindings), lasting(table)) == ({"10.30.0.11"}, timedelta(minutes=30))
    (line,) = (home.filter / "break-glass.jsonl").read_text().splitlines()
    assert json.loads(line)["reason"] == WHY[1]
    with Store.open(home.database_url) as store:
        (row,) = store.audit(action="break-glass")
    assert row.detail["open"] == {"10.30.0.11": "10.30.0.11"}


def test_without_a_store_and_a_policy_the_file_alone_says_it(run: Run, school: Path) -> None:
    home = Home(school)
    home.policy.write_text("broken: [\n")
    home.state.mkdir(exist_ok=True)
    home.database.write_text("no database")
    said = run("break-glass", "--home", school, "--minutes", "5", *WHY, *HERE)
    assert said.status == 0
    assert "Not in the audit, only in the file" in said.err
    assert in_force(home.table) is not None
    assert (home.filter / "break-glass.jsonl").read_text().count("\n") == 1


@pytest.mark.parametrize("minutes", ["0", "241", "-5"])
def test_no_longer_than_four_hours(run: Run, school: Path, minutes: str) -> None:
    assert run("break-glass", "--home", school, "--minutes", minutes, *WHY, *HERE).status == 2
    assert not Home(school).table.exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [(WHY, "--address"), ((*WHY, "--address", "10.30.0.0/24"), "10.30.0.0/24"), (("--reason", " ", *HERE), "reason")],
)
def test_nothing_is_opened_for_nobody_in_particular(
    run: Run, school: Path, words: tuple[str, ...], expected: str
) -> None:
    said = run("break-glass", "--home", school, "--minutes", "5", *words)
    assert said.status == 2
    assert expected in said.err
    assert not Home(school).table.exists()


def test_a_good_table_is_left_in_force_unless_forced(run: Run, school: Path) -> None:
    home, now = Home(school), SystemClock().now().timestamp()
    home.make()
    publish(home.table, filter_school.table(41, horizon=now + 3600.0))
    said = run("break-glass", "--home", school, "--minutes", "5", *WHY, *HERE)
    assert said.status == 1
    assert "a good table is in force (epoch 41)" in said.err
    assert "--force" in said.err
    assert run("break-glass", "--home", school, "--minutes", "5", *WHY, *HERE, "--force").status == 0
    table = in_force(home.table)
    assert table is not None
    assert table.epoch == 42


def test_where_a_controller_runs_it_decides(run: Run, school: Path) -> None:

    write_note(Home(school).run, "controller", os.getpid())
    said = run("break-glass", "--home", school, "--minutes", "5", *WHY, *HERE)
    assert said.status == 1
    assert "a controller runs" in said.err
    assert not Home(school).table.exists()
