"""Applying by name and reason, what was pushed, taking it back, and what holds at single ports, as typed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.model import Because, Brake, HeldBack, Plan, PlannedChange
from controller.push.moments import Moments
from device_drivers.model import SetAccessVlan
from inventory.model import Mode, PortRef, SwitchName
from tests.controller.commands.conftest import Run
from tests.fakes.site import NINE, FakeSite

WHY = Because("unknown", "Nobody registered this device.", ("D1",))
CHANGE = PlannedChange(SwitchName("sw-ict"), SetAccessVlan("Gi1/0/7", 20, 999), WHY)
WAITS = Plan(NINE, NINE + timedelta(hours=1), (), (HeldBack(CHANGE, Brake.LESSON, "A lesson is on."),))


def pushed(site: FakeSite, outcome: str = "verified", **rest: int) -> int:
    lines, moves = ["interface Gi1/0/7"], [("Gi1/0/7", 20, 999)]
    number = site.store.begin_push("sw-ict", lines, SYSTEM, NINE, moves=moves, **rest)
    taken = Moments(NINE, NINE, NINE, NINE, NINE + timedelta(milliseconds=500))
    site.store.end_push(number, outcome, NINE + timedelta(seconds=1), taken)
    return number


def test_what_waits_for_a_word_is_let_through_by_name_and_with_a_reason(run: Run, controller: FakeSite) -> None:
    controller.loop.planned = WAITS
    assert "answered for" in run("apply", "--yes", "--json", "--force", "sw-ict").err
    assert controller.loop.applied == []
    run("apply", "--yes", "--json")
    assert (controller.loop.applied, controller.loop.forced) == ([WAITS], [])
    run("apply", "--yes", "--json", "--force", "sw-ict", "--reason", "the suite is empty")
    assert controller.loop.forced == ["sw-ict"]
    detail = controller.store.latest_audit(1)[0].detail
    assert (detail["force"], detail["reason"]) == (["sw-ict"], "the suite is empty")


def test_a_device_that_is_not_in_the_plan_cannot_be_forced(run: Run, controller: FakeSite) -> None:
    controller.loop.planned = WAITS
    said = run("apply", "--yes", "--json", "--force", "sw-itc", "--reason", "a slip")
    assert (said.status, "Nothing of this plan is about sw-itc" in said.err) == (1, True)
    assert controller.loop.applied == []


def test_how_the_push_ended_is_said_as_it_ends(run: Run, controller: FakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    controller.loop.planned = Plan(NINE, NINE, (CHANGE,))
    applied = controller.loop.apply

    def carried_out(*words: object) -> None:
        applied(*words)  # type: ignore[arg-type]
        pushed(controller)

    monkeypatch.setattr(controller.loop, "apply", carried_out)
    said = run("apply", "--yes")
    assert "sw-ict: verified  0.5 s" in said.out


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("policy", "f" * 64, "The policy file has changed since"),
        ("epoch", 41, "What the school wants has changed since"),
        ("fingerprint", "0" * 16, "another one"),
    ],
)
def test_a_plan_of_another_policy_or_epoch_is_stale(
    run: Run, controller: FakeSite, tmp_path: Path, field: str, value: object, told: str
) -> None:
    controller.loop.planned = WAITS
    run("plan", "--out", tmp_path / "plan.json")
    kept = json.loads((tmp_path / "plan.json").read_text()) | {field: value}
    (tmp_path / "plan.json").write_text(json.dumps(kept))
    said = run("apply", "--from", tmp_path / "plan.json", "--yes")
    assert (said.status, told in said.err) == (1, True)
    assert controller.loop.applied == []


def test_what_a_stale_plan_saw_otherwise_is_named_port_by_port(run: Run, controller: FakeSite, tmp_path: Path) -> None:
    controller.loop.planned = Plan(NINE, NINE, (CHANGE,))
    run("plan", "--out", tmp_path / "plan.json")
    moved = PlannedChange(SwitchName("sw-ict"), SetAccessVlan("Gi1/0/7", 30, 999), WHY)
    controller.loop.planned = Plan(NINE, NINE, (moved,))
    assert "sw-ict Gi1/0/7: it was 20, it is 30 now." in run("apply", "--from", tmp_path / "plan.json", "--yes").err


def test_pushes_are_listed_with_how_long_quarantines_take(run: Run, controller: FakeSite) -> None:
    assert "Nothing was sent yet." in run("switches", "pushes").out
    pushed(controller)
    said = run("switches", "pushes", "sw-ict")
    assert "Gi1/0/7 20→999" in said.out
    assert "p95 0.50 s" in said.out
    assert run("switches", "pushes", "sw-ict", "--json").json["quarantines"]["count"] == 1
    assert run("switches", "pushes", "elsewhere", "--json").json["items"] == []


def test_the_last_push_is_taken_back_once(run: Run, controller: FakeSite) -> None:
    assert "no push to sw-ict" in run("switches", "undo", "sw-ict", "--reason", "wrong room", "--yes").err
    first, second = pushed(controller), pushed(controller)
    assert run("switches", "undo", "sw-ict", "--reason", "wrong room", answer="n\n").status == 1
    assert run("switches", "undo", "sw-ict", "--reason", "wrong room", answer="y\n").status == 0
    assert controller.loop.undone == [(second, "wrong room")]
    pushed(controller, undoes=second)
    assert run("switches", "undo", "sw-ict", "--reason", "that one too", "--yes").status == 0
    assert controller.loop.undone[-1] == (first, "that one too")


def test_a_single_port_is_only_looked_at_or_protected_or_follows_its_switch(run: Run, controller: FakeSite) -> None:
    ref = PortRef(SwitchName("sw-ict"), "Gi1/0/7")
    said = run("switches", "port", "sw-ict", "Gi1/0/7", "--mode", "observe", "--reason", "being looked at")
    assert said.out == "sw-ict Gi1/0/7: mode observe\n"
    assert controller.store.inventory().ports[ref].mode is Mode.OBSERVE
    run("switches", "port", "sw-ict", "Gi1/0/7", "--protected", "--reason", "the mixing desk")
    run("switches", "port", "sw-ict", "Gi1/0/7", "--mode", "switch", "--reason", "done")
    port = controller.store.inventory().ports[ref]
    assert (port.mode, port.protected) == (None, True)
    assert controller.loop.woken[-1] == "port sw-ict Gi1/0/7"
    assert run("switches", "port", "sw-9", "Gi1/0/7", "--protected", "--reason", "a slip").status == 1


def test_what_was_changed_by_hand_is_shown_as_a_diff(run: Run, controller: FakeSite) -> None:
    assert "Nothing was changed by hand." in run("switches", "drift").out
    controller.loop.seen = tuple(
        replace(point, drift=(CHANGE,)) if point.name == "sw-ict" else point for point in controller.loop.seen
    )
    (row,) = run("switches", "drift", "--json").json
    assert (row["device"], row["on"], row["was"], row["becomes"]) == ("sw-ict", "Gi1/0/7", "20", "999")
