"""Sets of packets by boxes: what is left of one without another is exact."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.prove.boxes import Box, both, minus, without

SPANS = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda pair: (min(pair), max(pair)))
BOXES = st.builds(Box, SPANS, SPANS, st.integers(1, 15), SPANS)
POINTS = list(product(range(5), range(5), (1, 2, 4, 8), range(5)))
Point = tuple[int, int, int, int]


def _holds(box: Box, point: Point) -> bool:
    source, destination, protocol, port = point
    spans = ((box.source, source), (box.destination, destination), (box.ports, port))
    return all(span[0] <= at <= span[1] for span, at in spans) and bool(box.protocols & protocol)


@given(BOXES, BOXES)
@settings(max_examples=80, deadline=None)
def test_each_packet_is_in_what_is_shared_or_in_what_is_left_once(one: Box, other: Box) -> None:
    shared, left = both(one, other), list(without(one, other))
    for point in POINTS:
        inside = [part for part in (*left, *([shared] if shared else [])) if _holds(part, point)]
        assert len(inside) == _holds(one, point)
        assert (shared is not None and _holds(shared, point)) == (_holds(one, point) and _holds(other, point))


@given(st.lists(BOXES, max_size=3), st.lists(BOXES, max_size=3))
@settings(max_examples=40, deadline=None)
def test_a_union_without_another_holds_what_only_the_first_holds(first: list[Box], second: list[Box]) -> None:
    left = minus(first, second)
    for point in POINTS[::3]:
        wanted = any(_holds(box, point) for box in first) and not any(_holds(box, point) for box in second)
        assert any(_holds(box, point) for box in left) == wanted
