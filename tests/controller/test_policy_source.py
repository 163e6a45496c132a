"""The policy in force beside the file: a bad file changes nothing, a half-written one is waited for, none is lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from controller.policy.source import SETTLED, NoPolicy, PolicySource
from controller.store import Store, StoreFull
from tests.controller.school import NINE, TEXT

LATER = NINE + timedelta(seconds=10)
RENAMED = TEXT.replace("Hill Primary School", "Mount Primary School")
BROKEN = TEXT.replace("time_zone: Europe/London", "time_zone: Europe/Londn")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "school.yaml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/caretaker.db") as opened:
        yield opened


@pytest.fixture
def source(file: Path, store: Store) -> PolicySource:
    made = PolicySource(file, store)
    assert made.refresh(NINE)
    return made


def look_twice(source: PolicySource) -> bool:
    """The look that notices a file, and the one that takes it."""
    source.refresh(LATER)
    return source.refresh(LATER + SETTLED)


def actions(store: Store) -> list[str]:
    return [row.action for row in store.audit()]


def test_a_file_that_stays_the_same_is_read_once(source: PolicySource, store: Store) -> None:
    assert not source.changed()
    assert not look_twice(source)
    assert actions(store) == ["policy.load"]


def test_a_better_file_comes_into_force_and_is_kept(source: PolicySource, file: Path, store: Store) -> None:
    file.write_text(RENAMED)
    assert source.changed()
    assert look_twice(source)
    assert source.policy.school.name == "Mount Primary School"
    assert store.last_policy() is not None
    assert store.last_policy()[0] == RENAMED  # type: ignore[index]


def test_a_file_that_is_just_being_written_is_waited_for(source: PolicySource, file: Path) -> None:
    file.write_text(TEXT[:400])
    assert not source.refresh(LATER)
    file.write_text(RENAMED)
    assert not source.refresh(LATER + SETTLED)
    assert source.problem == ""
    assert source.refresh(LATER + 2 * SETTLED)


@pytest.mark.parametrize("text", [BROKEN, TEXT[:400], "", "\x00\x00", "- a\n- b\n"])
def test_a_bad_file_changes_nothing_and_is_said_once(source: PolicySource, file: Path, store: Store, text: str) -> None:
    file.write_text(text)
    assert not look_twice(source)
    assert source.policy.school.name == "Hill Primary School"
    assert str(file) in source.problem
    assert not source.changed()
    assert not source.refresh(LATER + timedelta(minutes=1))
    assert actions(store) == ["policy.load", "policy.refused"]


def test_a_file_that_vanishes_changes_nothing(source: PolicySource, file: Path) -> None:
    file.unlink()
    assert not look_twice(source)
    assert source.policy.school.name == "Hill Primary School"
    assert "cannot be read" in source.problem


def test_a_mistake_that_is_taken_back_is_no_problem_any_more(source: PolicySource, file: Path) -> None:
    file.write_text(BROKEN)
    look_twice(source)
    file.write_text(TEXT)
    source.refresh(LATER + timedelta(minutes=1))
    assert not source.refresh(LATER + timedelta(minutes=2))
    assert source.problem == ""


def test_after_a_restart_beside_a_bad_file_the_last_good_policy_goes_on(
    source: PolicySource, file: Path, store: Store
) -> None:
    file.write_text(BROKEN)
    restarted = PolicySource(file, store)
    assert restarted.refresh(LATER)
    assert restarted.policy == source.policy
    assert "school.time_zone" in restarted.problem


def test_a_new_school_with_a_bad_file_cannot_start(file: Path, store: Store) -> None:
    file.write_text(BROKEN)
    fresh = PolicySource(file, store)
    with pytest.raises(NoPolicy, match=r"school\.time_zone"):
        fresh.refresh(NINE)
    with pytest.raises(NoPolicy):
        _ = fresh.policy


def test_a_kept_policy_that_this_version_cannot_read_is_said_beside_the_bad_file(file: Path, store: Store) -> None:
    from controller.accounts import SYSTEM

    store.save_policy("written by: something else\n", "0" * 64, SYSTEM, NINE)
    file.write_text(BROKEN)
    with pytest.raises(NoPolicy, match="the last good copy"):
        PolicySource(file, store).refresh(NINE)


def test_a_policy_that_cannot_be_kept_is_not_in_force_and_tried_again(
    source: PolicySource, file: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(RENAMED)
    source.refresh(LATER)
    with monkeypatch.context() as full:
        full.setattr(store, "save_policy", _full)
        with pytest.raises(StoreFull):
            source.refresh(LATER + SETTLED)
    assert source.policy.school.name == "Hill Primary School"
    assert source.changed()
    assert source.refresh(LATER + SETTLED)
    assert source.policy.school.name == "Mount Primary School"


def test_a_refusal_that_cannot_be_written_down_is_tried_again(
    source: PolicySource, file: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(BROKEN)
    source.refresh(LATER)
    with monkeypatch.context() as full:
        full.setattr(store, "record", _full)
        with pytest.raises(StoreFull):
            source.refresh(LATER + SETTLED)
    source.refresh(LATER + SETTLED)
    assert actions(store)[-1] == "policy.refused"
    assert source.problem


def _full(*_: object) -> None:
    raise StoreFull("The disk is full.")
