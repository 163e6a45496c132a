"""Counts of queries by hour, profile, outcome and category: nobody's data, so they may be kept for a year and more.

Safeguarding events are gathered here too, a row for each device, name and five minutes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dns_filter.model import Code, LogRules
from dns_filter.names import to_text
from dns_filter.told import Kind, Told

HOUR, SLOT = 3600, 300
MOST = 5_000
"""Different counts, and different events, that wait to be written; what goes beyond is counted under `other`."""
OTHER = "other"


class Count(NamedTuple):
    """`hour`: seconds since 1970 UTC at which it begins."""

    hour: int
    profile: str
    code: str
    category: str


class Event(NamedTuple):
    """`slot`: seconds since 1970 UTC at which the five minutes begin. `who` is the device."""

    slot: int
    who: str
    profile: str
    qname: str
    code: str
    category: str
    rule: str


class Tally:
    """What waits for the disk. One thread alone touches it."""

    def __init__(self) -> None:
        self.counts: Counter[Count] = Counter()
        self.events: Counter[Event] = Counter()
        self.events_dropped = 0

    def add(self, now: float, kinds: Mapping[Kind, int]) -> None:
        """Count outcomes: how often each kind was told."""
        hour = int(now // HOUR) * HOUR
        for kind, times in kinds.items():
            count = Count(hour, kind.profile, kind.code.value, kind.category)
            if count not in self.counts and len(self.counts) >= MOST:
                count = Count(hour, OTHER, kind.code.value, "")
            self.counts[count] += times

    def note(self, now: float, said: Iterable[tuple[tuple[str, Told], int]], rules: LogRules) -> None:
        """Gather the events among what was said: who asked and what was told, and how often."""
        slot = int(now // SLOT) * SLOT
        for (who, told), times in said:
            if told.blocked and is_event(told.kind, rules):
                name, code = to_text(told.name), told.code.value
                self._note(Event(slot, who, told.profile, name, code, told.category, told.rule), times)

    def _note(self, event: Event, times: int) -> None:
        if event in self.events or len(self.events) < MOST:
            self.events[event] += times
        else:
            self.events_dropped += times


def is_event(kind: Kind, rules: LogRules) -> bool:
    """Whether the safeguarding lead must be able to see it, where it was blocked. Who looks for help never is one."""
    return kind.personal and (kind.code is Code.MANDATORY or kind.category in rules.harm)
