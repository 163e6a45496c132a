"""The five moments of a push, and how many of them took how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.push.moments import Moments, Spread, spread
from tests.controller.store_world import NINE


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], None),
        ([None], None),
        ([0.3], Spread(1, 0.3, 0.3, 0.3)),
        ([4.0, None, 1.0, 2.0, 3.0], Spread(4, 2.0, 4.0, 4.0)),
        ([float(n) for n in range(1, 101)], Spread(100, 50.0, 95.0, 100.0)),
    ],
)
def test_half_of_them_took_no_longer_than_p50(taken: list[float | None], expected: Spread | None) -> None:
    assert spread(taken) == expected


def test_a_push_that_was_never_proven_took_no_time_at_all() -> None:
    assert Moments(NINE, NINE, NINE).seconds is None
    assert Moments(NINE, NINE, NINE, NINE, NINE + timedelta(seconds=2)).seconds == 2.0
