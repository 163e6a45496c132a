"""When Python looks for objects that lead back to themselves: in quiet seconds, and not while queries wait for it. ●

What is remembered has no such loops and goes by its reference counts; but a push makes tens of thousands of new
objects. Looking through those at once held up answers for tens of milliseconds; in small portions, for several after
each push. What may loop all the same (a connection that broke, an exception) is found at the next quiet moment.
"""

from __future__ import annotations

import gc

QUIET, NIGHT = 200, 50
"""Queries that the busiest of the last seconds may have had: a short look keeps a handful waiting at most."""
_IN_A_ROW, _FEW, _MOST, _HOUR = 5, 5_000, 300_000, 3_600


def begin() -> None:
    """What exists now lives as long as the worker, and is never looked through again."""
    gc.collect()
    gc.freeze()
    # Only where there is no quiet second for very long. What fills all memory for answers is less.
    gc.set_threshold(_MOST, 5, 10)


class Tidying:
    """Asked once a second; how busy it was decides."""

    def __init__(self) -> None:
        self._lately: list[int] = []
        self._total = self._looks = 0

    def look(self, total: int) -> int | None:
        """`total`: all queries so far. What was looked through: 0 for what is new, 2 for all; None: nothing."""
        # Several seconds, because a busy engine tells of its queries only every few.
        self._lately = [*self._lately, total - self._total][-_IN_A_ROW:]
        self._total, self._looks = total, self._looks + 1
        if len(self._lately) < _IN_A_ROW or max(self._lately) > QUIET:
            return None
        if self._looks >= _HOUR and max(self._lately) <= NIGHT:
            self._looks = 0
            gc.collect()
            return 2
        if gc.get_count()[0] < _FEW:
            return None
        gc.collect(0)
        return 0
