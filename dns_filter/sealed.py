"""Names below which everything is answered alike, so that one remembered answer serves for all of it.

A verdict about a name depends on the lists, which `recall` asks about each label of the question, and on the names
that stand in tables of their own. Those are gathered here: a step that looks a name up in another table must add it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache

from dns_filter.model import Name, Query, Verdict
from dns_filter.profiles import CompiledProfile
from dns_filter.snapshot import Snapshot
from dns_filter.steps import DESIGNATED, HEALTH, decide
from dns_filter.told import support
from dns_filter.wire import suffixes

_ANY_CHILD = b"\1\xff"
_LONGEST = 250


class Seals:
    """What lies above a name of its own, for one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        own = (HEALTH, DESIGNATED, *snapshot.hosts, *snapshot.zones, *snapshot.special, *snapshot.canaries)
        self._shared = _above((*own, *support()))
        self._of_profile: dict[CompiledProfile, frozenset[Name]] = {}

    def top(self, query: Query, verdict: Verdict, profile: CompiledProfile) -> Name | None:
        """The name that this verdict is about, where every name below it gets the same one; `query` asks for it, or
        for one of those."""
        top = verdict.matched
        # `matched` is the lowest name that had a part in it: whatever lists say about the query's own name had none.
        if top is None or not self._nothing_below(top, profile):
            return None
        return top if top != query.name or self._children_too(query, verdict, profile) else None

    def _children_too(self, query: Query, verdict: Verdict, profile: CompiledProfile) -> bool:
        """Whether a child that nobody ever heard of is told the same: what a list says may be of the very name only."""
        name, names = query.name, self._snapshot.names
        if len(name) > _LONGEST:
            return False
        child, mask = Name(_ANY_CHILD + name), names.mask(name)
        if verdict.lists and mask.bit_count() == 1 and name not in _ruled(profile):
            # The usual case in fewer steps: one list, and every step looks at the lists alone.
            return names.mask(child) == mask and names.matched(child, mask) == name
        return decide(replace(query, name=child), profile, self._snapshot) == verdict

    def _nothing_below(self, top: Name, profile: CompiledProfile) -> bool:
        """Whether no rule, zone, host or other name of its own lies below `top`. The lists are not looked at."""
        if top in self._shared or top in _above_rewrites(tuple(profile.rewrites)):
            return False
        if profile not in self._of_profile:
            self._of_profile[profile] = _above(_ruled(profile))
        return top not in self._of_profile[profile]


def _ruled(profile: CompiledProfile) -> Collection[Name]:
    """The names that people made rules for."""
    focus = profile.focus.names if profile.focus is not None else ()
    return {*profile.rules.names, *focus} if focus else profile.rules.names


def _above(names: Iterable[Name]) -> frozenset[Name]:
    return frozenset(suffix for name in names for suffix in suffixes(name)[1:])


@lru_cache(maxsize=8)
def _above_rewrites(names: tuple[Name, ...]) -> frozenset[Name]:
    return _above(names)
