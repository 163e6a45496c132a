"""A filter alone: its table follows the policy file, a bad file changes nothing, a full disk is tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from controller import publish
from controller.assume import EVERYWHERE, table_without_inventory
from controller.clock import FixedClock
from controller.filter_node import FilterNode
from controller.home import Home
from controller.lists.keeper import ListKeeper
from controller.policy.file import PolicyError
from dns_filter import table_file
from dns_filter.model import PROBE, FilterTable, State
from tests.controller.school import NINE, POLICY, TEXT
from tests.waiting import until


@dataclass
class Node:
    """A node whose watching thread runs until the test ends; `told` is what a person would read."""

    node: FilterNode
    clock: FixedClock
    policy: Path
    stop: threading.Event = field(default_factory=threading.Event)
    told: list[str] = field(default_factory=list)
    watching: threading.Thread | None = None

    @property
    def table(self) -> FilterTable:
        return table_file.read(self.node.state.table)

    def watch(self) -> None:
        self.watching = threading.Thread(target=self.node.watch, args=(self.stop,))
        self.watching.start()

    def pass_until(self, happened: object, step: timedelta = timedelta(seconds=1)) -> None:
        def looked() -> object:
            self.clock.advance(step)
            return happened()  # type: ignore[operator]

        until(looked)

    def pass_looks(self, count: int) -> None:
        """So many looks at the file have surely been made."""
        looks = iter(range(count * 3))
        self.pass_until(lambda: next(looks, None) is None)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Node]:
    policy, clock, state = tmp_path / "school.yaml", FixedClock(NINE), Home(tmp_path / "state-of-filter")
    policy.write_text(TEXT)
    told: list[str] = []
    node = FilterNode(policy, state, ListKeeper(state, root=tmp_path), clock, None, told.append)
    made = Node(node, clock, policy, told=told)
    yield made
    made.stop.set()
    if made.watching:
        made.watching.join()


def test_it_needs_nothing_but_a_policy_file(alone: Node) -> None:
    alone.node.prepare()
    assert alone.table.school == "Hill Primary School"
    assert all(each.device.startswith(PROBE) for each in alone.table.bindings.values())
    assert alone.node.state.current_names.is_file()


def test_a_later_start_goes_on_counting(alone: Node) -> None:
    alone.node.prepare()
    alone.node.prepare()
    assert alone.table.epoch == 2


def test_a_bad_file_at_the_start_is_refused_whole(alone: Node) -> None:
    alone.policy.write_text("school: 7\n")
    with pytest.raises(PolicyError):
        alone.node.prepare()
    assert not alone.node.state.table.exists()


def test_a_changed_policy_is_in_the_table_a_moment_later(alone: Node) -> None:
    alone.node.prepare()
    alone.watch()
    alone.policy.write_text(TEXT.replace("Hill", "Mount"))
    alone.pass_until(lambda: alone.table.school == "Mount Primary School")
    assert alone.table.epoch == 2


def test_a_bad_file_changes_nothing_and_is_told_once(alone: Node) -> None:
    alone.node.prepare()
    before = alone.table
    alone.watch()
    alone.policy.write_text("school: 7\n")
    alone.pass_until(lambda: alone.told)
    alone.pass_looks(5)
    assert alone.table == before
    assert [text for text in alone.told if "the policy stays as it was" in text] == alone.told[:1]


def test_the_table_is_made_anew_in_time_to_reach_ahead(alone: Node) -> None:
    alone.node.prepare()
    first = alone.table.horizon
    alone.watch()
    alone.pass_until(lambda: alone.table.horizon > first, timedelta(minutes=10))
    assert alone.told == []


def test_a_table_that_cannot_be_written_is_tried_again_soon(alone: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    alone.node.prepare()
    with monkeypatch.context() as full:
        full.setattr(publish, "publish", _no_space)
        alone.policy.write_text(TEXT.replace("Hill", "Mount"))
        alone.watch()
        alone.pass_until(lambda: alone.told)
        assert "No space left" in alone.told[0]
        assert alone.table.epoch == 1
    alone.pass_until(lambda: alone.table.school == "Mount Primary School")
    assert alone.table.epoch == 2


@pytest.mark.parametrize(
    ("assume", "level"), [("year-5", "key-stage-2"), ("teacher", "staff"), ("key-stage-2", "key-stage-2")]
)
def test_every_client_is_taken_for_the_one_that_was_named(assume: str, level: str) -> None:
    table = table_without_inventory(POLICY, NINE + timedelta(minutes=30), 1, assume)
    cohort = table.cohorts[table.unknown]
    grants = [g.profile for g in cohort.grants if g.opens_at <= NINE.timestamp() + 1800 < g.closes_at]
    profile = table.profiles[grants[0] if grants else cohort.resting]
    assert (profile.access_level, profile.state) == (level, State.OPEN)
    assert table.sources == EVERYWHERE


def test_nobody_is_assumed_where_nothing_was_said() -> None:
    table = table_without_inventory(POLICY, NINE, 1, None)
    resting = table.profiles[table.cohorts[table.unknown].resting]
    assert resting.state is not State.OPEN
    assert table.sources != EVERYWHERE


def test_whom_the_policy_does_not_know_is_refused_with_whom_it_knows() -> None:
    with pytest.raises(ValueError, match=r"--assume pirate: expected .* year-5"):
        table_without_inventory(POLICY, NINE, 1, "pirate")


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")
