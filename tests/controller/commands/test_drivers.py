"""`caretaker drivers` as a technician types it: what can be driven, and what a saved output is read as."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_drivers.model import Capability
from device_drivers.platforms import drivers
from tests.controller.commands.conftest import Run

STATUS = """\
  Port     Name       Status  Config-mode   Speed    Type       Tagged Untagged
  -------- ---------- ------- ------------- -------- ---------- ------ --------
  4        connect... Down    Auto          1000FDx  100/1000T  No     30
  5        Year 5     Up      Auto          1000FDx  100/1000T  No     20
"""


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "status.txt"
    file.write_text(STATUS)
    return file


def test_every_platform_says_what_it_can_and_what_it_was_tried_on(run: Run) -> None:
    rows = {row["platform"]: row for row in run("drivers", "list", "--json").json}
    assert set(rows) == set(drivers())
    for platform, row in rows.items():
        assert set(row["can"]) <= set(Capability)
        tells = set(row["can"]) - {Capability.READ_BACK, Capability.LEASES_READ, Capability.WIRELESS_CLIENTS}
        assert row["tried_on"] or not tells, f"{platform} was tried on nothing and is told {tells}"
        assert row["parses"], f"{platform} reads nothing"
    assert rows["hp_procurve"]["tried_on"] == ["simulator", "captures"]
    table = run("drivers", "list").out
    assert "aruba_aoscx" in table
    assert "juniper_junos" in table


def test_a_saved_output_is_shown_as_it_was_read(run: Run, saved: Path) -> None:
    said = run("drivers", "parse", "hp_procurve", "show  interfaces status", saved, "--json")
    assert (said.status, said.json["kind"]) == (0, "ports")
    assert [(row["port"], row["up"], row["access_vlan"]) for row in said.json["rows"]] == [
        ("4", False, 30),
        ("5", True, 20),
    ]
    assert "Year 5" in run("drivers", "parse", "hp_procurve", "show interfaces status", saved).out


def test_an_output_may_come_through_a_pipe(run: Run) -> None:
    said = run("drivers", "parse", "hp_procurve", "show interfaces status", "-", "--json", answer=STATUS)
    assert len(said.json["rows"]) == 2


def test_an_output_that_cannot_be_read_ends_with_its_line_and_status_1(run: Run, saved: Path) -> None:
    saved.write_text(STATUS + "  6  Up 99\x1b[31m\n")
    said = run("drivers", "parse", "hp_procurve", "show interfaces status", saved, "--json")
    assert (said.status, said.out) == (1, "")
    assert "in the line:" in said.err
    assert "6  Up 99" in said.err
    assert "\x1b" not in said.err
    saved.write_text("")
    assert run("drivers", "parse", "hp_procurve", "show interfaces status", saved).status == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hp_nothing", "show vlans", "-"), "There are: a"),
        (("hp_procurve", "show frob", "-"), "show interfaces status"),
        (("hp_procurve", "show vlans", "missing.txt"), "No such file"),
    ],
)
def test_what_does_not_exist_is_said_with_what_does(run: Run, words: tuple[str, ...], said: str) -> None:
    answer = run("drivers", "parse", *words, answer="")
    assert answer.status == 2
    assert said in answer.err
