"""A figure says what it is held against, and a missed goal is shown as missed."""

from __future__ import annotations

import pytest

from bench.measure import Goal, Measurement, number, rounds, spread


@pytest.mark.parametrize(
    ("value", "peer", "more_is_better", "bound", "met"),
    [(150.0, 100.0, True, 1.5, True), (149.0, 100.0, True, 1.5, False), (10.0, 12.0, False, 1.2, True)],
)
def test_a_goal_of_the_ratio_means_so_many_times_as_good_as_the_peer(
    value: float, peer: float, more_is_better: bool, bound: float, met: bool
) -> None:
    assert Measurement("x", value, "q/s", more_is_better, "peer", peer, goal=Goal(bound)).met is met


@pytest.mark.parametrize(
    ("value", "more_is_better", "met"), [(5.0, False, True), (5.1, False, False), (5.1, True, True)]
)
def test_a_goal_of_the_value_is_a_ceiling_or_a_floor(value: float, more_is_better: bool, met: bool) -> None:
    assert Measurement("x", value, "s", more_is_better, goal=Goal(5.0, "value")).met is met


def test_without_the_peer_a_goal_of_the_ratio_is_neither_met_nor_missed() -> None:
    alone = Measurement("x", 5.0, "q/s", True, "unbound", None, goal=Goal(1.0))
    assert alone.met is None
    assert alone.aim == "× ≥ 1"


def test_a_missed_goal_is_marked() -> None:
    assert Measurement("x", 6.0, "s", goal=Goal(5.0, "value")).aim == "≤ 5 missed"


def test_the_worst_round_is_held_against_the_goal_and_not_the_median() -> None:
    median, worst = spread("flip", [0.01] * 49 + [1.5], worst=1.0)
    assert (median.value, median.goal) == (pytest.approx(10), None)
    assert worst.value == pytest.approx(1500)
    assert worst.met is False


def test_numbers_keep_three_digits_that_matter() -> None:
    assert [number(each) for each in (None, 0.012345, 9.87, 123456.7)] == ["", "0.0123", "9.87", "123,457"]


def test_the_environment_says_how_many_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDS", "5")
    assert rounds("ROUNDS", 3) == 5
    assert rounds("FLIPS", 50) == 50
