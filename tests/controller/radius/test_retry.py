"""How often a silent switch is asked: later and later, and not for ever."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from controller.radius.retry import Patience, waits


@given(st.lists(st.floats(-0.1, 0.1), min_size=20, max_size=20))
def test_the_waits_double_within_a_tenth_and_end(chances: list[float]) -> None:
    left, patience = iter(chances), Patience()
    found = list(waits(patience, lambda: next(left)))
    assert 2 <= len(found) <= patience.tries
    assert sum(found) <= patience.whole + 1e-9
    assert all(wait <= patience.longest * 1.1 for wait in found)
    for earlier, later in pairwise(found[:-1]):
        assert 1.9 * earlier - 1e-9 <= later <= 2.1 * earlier + 1e-9 or later >= patience.longest * 0.9
