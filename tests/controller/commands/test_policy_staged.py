"""A candidate policy as a person types it: staged, looked at, promoted or dropped, and what is refused (F13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.policy.file import parse
from tests.controller.commands.conftest import Run
from tests.fakes.site import IPAD, NINE, POLICY, FakeSite

CANDIDATE = POLICY.replace("outside_windows: {pupils: closed", "outside_windows: {pupils: key-stage-2")


@pytest.fixture
def candidate(controller: FakeSite, tmp_path: Path) -> Path:
    controller.home.root.mkdir(parents=True, exist_ok=True)
    controller.home.policy.write_text(POLICY)
    controller.store.save_policy(POLICY, parse(POLICY, "school.yaml").sha256, SYSTEM, NINE)
    file = tmp_path / "candidate.yaml"
    file.write_text(CANDIDATE)
    return file


def test_a_candidate_is_staged_shown_and_promoted(run: Run, controller: FakeSite, candidate: Path) -> None:
    staged = run("policy", "stage", candidate, "--devices", IPAD)
    assert staged.status == 0, staged.err
    short = parse(CANDIDATE, "x").sha256[:12]
    assert staged.out.startswith(f"{short}: staged, by provider_admin for {IPAD}\n")
    assert "segregation: proven" in staged.out
    assert run("policy", "staged").out == staged.out
    promoted = run("policy", "promote")
    assert promoted.status == 0, promoted.err
    assert promoted.out.startswith(f"{short}: promoted: it is school.yaml now")
    assert controller.home.policy.read_text() == CANDIDATE
    assert run("policy", "staged").status == 1


def test_a_dropped_candidate_changes_nothing(run: Run, controller: FakeSite, candidate: Path) -> None:
    assert run("policy", "stage", candidate, "--devices", f"{IPAD},").status == 0
    assert "dropped" in run("policy", "drop").out
    assert controller.home.policy.read_text() == POLICY
    refused = run("policy", "promote")
    assert (refused.status, "No policy is staged." in refused.err) == (1, True)


def test_programs_read_it_as_json(run: Run, candidate: Path) -> None:
    told = run("policy", "stage", candidate, "--devices", IPAD, "--json").json
    assert (told["devices"], told["by"]) == ([IPAD], "provider_admin")
    assert run("policy", "staged", "--json").json == told


def test_what_is_refused_names_the_mistake_and_stages_nothing(run: Run, controller: FakeSite, candidate: Path) -> None:
    for text, macs, said in (
        (CANDIDATE.replace("key_stage: ks1", "key_stage: ks9"), IPAD, "year_groups.year-1.key_stage"),
        (CANDIDATE.replace("mandatory: [terrorism]", "mandatory: []"), IPAD, "mandatory to block: terrorism"),
        (CANDIDATE, "02:00:00:00:00:09", "No device 02:00:00:00:00:09 is known."),
    ):
        candidate.write_text(text)
        refused = run("policy", "stage", candidate, "--devices", macs)
        assert (refused.status, said in refused.err) == (1, True), refused
    assert controller.store.staged() is None


def test_a_candidate_that_cannot_be_read_and_one_for_nobody_are_misused(
    run: Run, candidate: Path, tmp_path: Path
) -> None:
    refused = run("policy", "stage", tmp_path / "nowhere.yaml", "--devices", IPAD)
    assert (refused.status, "cannot be read" in refused.err) == (1, True)
    assert run("policy", "stage", candidate).status == 2


def test_a_candidate_is_not_promoted_over_a_policy_that_came_in_meanwhile(
    run: Run, controller: FakeSite, candidate: Path
) -> None:
    assert run("policy", "stage", candidate, "--devices", IPAD).status == 0
    other = POLICY.replace("bell: 15:15", "bell: 15:30")
    controller.store.save_policy(other, parse(other, "x").sha256, SYSTEM, NINE)
    refused = run("policy", "promote")
    assert (refused.status, "Another policy runs" in refused.err) == (1, True)
    assert controller.home.policy.read_text() == POLICY


def test_a_promotion_is_undone_after_a_look_at_what_changes(run: Run, controller: FakeSite, candidate: Path) -> None:
    run("policy", "stage", candidate, "--devices", IPAD)
    run("policy", "promote")
    controller.store.save_policy(CANDIDATE, parse(CANDIDATE, "x").sha256, SYSTEM, NINE)
    listed = run("policy", "history").out.splitlines()
    assert [line.split()[0] for line in listed if line.strip()[0].isdigit()] == ["2", "1"]
    assert "in force" in next(line for line in listed if line.strip().startswith("2"))
    assert run("policy", "history", "--show", 1).out.strip() == POLICY.strip()
    hesitating = run("policy", "undo", answer="n\n")
    assert hesitating.status == 1
    assert "+outside_windows: {pupils: closed" in hesitating.err
    assert controller.home.policy.read_text() == CANDIDATE
    undone = run("policy", "undo", "--yes")
    assert undone.status == 0, undone.err
    assert undone.out.startswith(f"{parse(POLICY, 'x').sha256[:12]}: number 1 is school.yaml again")
    assert controller.home.policy.read_text() == POLICY


def test_there_is_nothing_to_undo_before_the_second_policy(run: Run, candidate: Path) -> None:
    assert candidate.exists()
    refused = run("policy", "undo", "--yes")
    assert (refused.status, "There is no policy before" in refused.err) == (1, True)
