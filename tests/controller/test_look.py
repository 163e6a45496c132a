"""A plan without a running controller: every device is read once, and nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.look import look
from controller.policy.file import PolicyError
from tests.controller.simulated import Simulated, open_network


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Simulated]:
    with open_network(tmp_path) as running:
        yield running


def never_ran(school: Simulated) -> None:
    """As `caretaker init` and filled-in files leave it."""
    school.store.close()
    for path in school.home.state.glob("caretaker.db*"):
        path.unlink()


def test_it_says_what_would_be_changed_and_changes_nothing(school: Simulated) -> None:
    found = look(school.home.root, school.clock)
    assert [(row["device"], row["what"]) for row in found["changes"] if row["device"] == "sw-1"] == [
        ("sw-1", "Gi1/0/7 from VLAN 20 to VLAN 999")
    ]
    assert school.vlan("Gi1/0/7") == 20
    assert len(found["fingerprint"]) == 16


def test_a_school_that_never_ran_is_looked_at_without_making_a_database(school: Simulated) -> None:
    never_ran(school)
    found = look(school.home.root, school.clock)
    assert found["changes"]
    assert not school.home.database.exists()


def test_who_cannot_be_read_stands_in_the_notes(school: Simulated) -> None:
    rows = school.home.switches.read_text()
    school.home.switches.write_text(rows.replace("linux_gateway", "some_os"))
    school.fault("sw-1", "down")
    notes = look(school.home.root, school.clock)["notes"]
    assert any(note.startswith("sw-1: ") for note in notes)
    assert "gw: no driver for the platform 'some_os'" in notes


def test_without_any_switch_there_is_nothing_to_look_at(school: Simulated) -> None:
    never_ran(school)
    school.home.switches.unlink()
    found = look(school.home.root, school.clock)
    assert (found["changes"], found["held_back"]) == ([], [])
    assert "names no switch yet" in found["notes"][0]


def test_a_broken_policy_or_a_broken_row_is_refused(school: Simulated) -> None:
    school.home.devices.write_text("mac,kind\nnot a mac,school-ipad\n")
    with pytest.raises(ValueError, match=r"devices\.csv:2"):
        look(school.home.root, school.clock)
    school.home.policy.write_text("school: 7\n")
    with pytest.raises(PolicyError):
        look(school.home.root, school.clock)
