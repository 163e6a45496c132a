"""The inventory's files: taken when they changed, refused whole with a broken row, waited for while being written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.file_watch import FileWatch
from controller.home import Home
from controller.inventory_files import take_in
from controller.lists.keeper import MOST_LOOKS, ListKeeper, ListsFailed
from controller.policy.source import PolicySource
from controller.store import Store
from inventory.model import Hold, Mac, PersonId
from tests.controller.school import NINE, POLICY, TEXT

MODES = POLICY.enforcement.modes()
IPAD = Mac("3c:22:fb:05:00:11")
DEVICES = f"mac,name,kind,year_group\n{IPAD},ipad-5-11,school-ipad,year-5\n"
PEOPLE = "id,name,role,year_group\nhead,Head teacher,head,\n"


@dataclass
class Files:
    home: Home
    store: Store
    watch: FileWatch


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    home = Home(tmp_path)
    home.make()
    home.policy.write_text(TEXT)
    with Store.open(home.database_url) as store:
        source = PolicySource(home.policy, store)
        source.refresh(NINE)
        yield Files(home, store, FileWatch(home, store, source, ListKeeper(home)))


def test_what_stands_in_the_files_is_in_the_inventory(files: Files) -> None:
    files.home.devices.write_text(DEVICES)
    files.home.people.write_text(PEOPLE)
    assert dict(take_in(files.home, files.store, MODES, NINE).stored) == {"people.csv": 1, "devices.csv": 1}
    inventory = files.store.inventory()
    assert inventory.devices[IPAD].name == "ipad-5-11"
    assert inventory.people[PersonId("head")].role == "head"


def test_the_filters_identifiers_are_made_from_the_list_in_the_folder(files: Files) -> None:
    files.home.devices.write_text(DEVICES)
    listed = files.home.root / "chromeos_identifiers.csv"
    listed.write_text("device,identifier\nipad-5-11,5CD1234XYZ\n")
    files.watch.take(NINE)
    assert (files.home.filter / "identifiers.csv").read_text().splitlines()[1:] == [f"{IPAD},5CD1234XYZ,"]
    assert files.watch.problems == ()
    listed.write_text("device,identifier\nipad-5-11\n")
    files.watch.take(NINE)
    assert "chromeos_identifiers.csv: line 2" in files.watch.problems[0]


def test_files_that_are_not_there_or_empty_change_nothing(files: Files) -> None:
    files.home.devices.write_text("")
    assert not take_in(files.home, files.store, MODES, NINE).stored


def test_an_unchanged_file_is_taken_once_and_does_not_undo_what_a_person_changed_since(files: Files) -> None:
    files.home.devices.write_text(DEVICES)
    take_in(files.home, files.store, MODES, NINE)
    renamed = replace(files.store.inventory().devices[IPAD], name="renamed")
    files.store.put_devices((renamed,), SYSTEM, NINE)
    assert not take_in(files.home, files.store, MODES, NINE).stored
    assert files.store.inventory().devices[IPAD].name == "renamed"


def test_a_roster_read_again_lifts_no_quarantine(files: Files) -> None:
    files.home.devices.write_text(DEVICES)
    take_in(files.home, files.store, MODES, NINE)
    held = replace(files.store.inventory().devices[IPAD], hold=Hold("technician", "a worm", NINE))
    files.store.put_devices((held,), SYSTEM, NINE)
    files.home.devices.write_text(DEVICES.replace("ipad-5-11", "ipad-5-12"))
    take_in(files.home, files.store, MODES, NINE)
    device = files.store.inventory().devices[IPAD]
    assert (device.name, device.hold is not None) == ("ipad-5-12", True)


def test_a_file_with_one_broken_row_is_refused_whole_and_the_others_are_taken(files: Files) -> None:
    files.home.devices.write_text(DEVICES + "not a mac,x,school-ipad,year-5\n")
    files.home.people.write_text(PEOPLE)
    taken = take_in(files.home, files.store, MODES, NINE)
    assert dict(taken.stored) == {"people.csv": 1}
    assert [(problem.line, "mac" in str(problem)) for problem in taken.problems] == [(3, True)]
    assert IPAD not in files.store.inventory().devices


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"\x00" * 100, b"mac\n" * 10, b'"mac,kind\n'])
def test_junk_is_a_problem_and_no_accident(files: Files, raw: bytes) -> None:
    files.home.devices.write_bytes(raw)
    assert take_in(files.home, files.store, MODES, NINE).problems
    assert not files.store.inventory().devices


def test_at_the_start_files_are_taken_at_once(files: Files) -> None:
    files.home.devices.write_text(DEVICES)
    assert files.watch.take(NINE)
    assert not files.watch.take(NINE)


def test_a_file_that_is_just_being_written_is_left_to_the_next_look(files: Files) -> None:
    files.watch.take(NINE)
    files.home.devices.write_text(DEVICES[:60])
    assert not files.watch.take(NINE)
    files.home.devices.write_text(DEVICES)
    assert not files.watch.take(NINE)
    assert files.watch.take(NINE)
    assert files.watch.problems == ()
    assert files.store.inventory().devices[IPAD].year_group == "year-5"


def test_a_broken_file_is_said_until_it_is_mended(files: Files) -> None:
    files.home.devices.write_text("mac,kind\nnot a mac,school-ipad\n")
    files.watch.take(NINE)
    assert "devices.csv:2" in files.watch.problems[0]
    files.home.devices.write_text(DEVICES)
    files.watch.take(NINE)
    files.watch.take(NINE)
    assert files.watch.problems == ()


def test_lists_that_cannot_be_compiled_are_tried_less_and_less_often(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try costs a core for as long as the lists are large."""
    tries: list[object] = []

    def fail(*words: object) -> bool:
        tries.append(words)
        raise ListsFailed("out of memory")

    monkeypatch.setattr("controller.lists.keeper.compile_names", fail)
    keeper = ListKeeper(files.home)
    for _ in range(1000):
        keeper.refresh(POLICY)
    assert keeper.problem == "out of memory"
    assert 1000 / MOST_LOOKS < len(tries) < 1000 / MOST_LOOKS + 10
    monkeypatch.setattr("controller.lists.keeper.compile_names", lambda *_: True)
    assert any(keeper.refresh(POLICY) for _ in range(MOST_LOOKS + 1))
    assert keeper.problem == ""
