"""Explicit rules and approved sites, compiled: names of the policy -> wire names that a query is looked up by.

`x` reaches x and everything below it, `=x` x alone, `*.x` only what is below.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from dns_filter.model import Name, Rule
from dns_filter.names import spellings

Reach = Literal["all", "exact", "below"]
# A nearer scope outranks a wider one whatever it says: what a teacher opened now holds against the school's rule.
SCOPES = ("grant", "device", "person", "lesson", "decided-for-group", "decided", "year-group", "school")
_RANK = {scope: rank for rank, scope in enumerate(SCOPES)}


@dataclass(frozen=True, slots=True)
class Line:
    reach: Reach
    rank: int
    rule: Rule


@lru_cache(maxsize=65_536)
def read_pattern(text: str) -> tuple[Reach, tuple[Name, ...]]:
    """What `x`, `=x` or `*.x` reaches and the wire names it stands for. Raises ValueError."""
    if text.startswith("="):
        return "exact", spellings(text[1:])
    if text.startswith("*."):
        return "below", spellings(text[2:])
    return "all", spellings(text)


class RuleBook:
    """The rules of one profile, all of them in force.

    The nearest scope decides, then the longest name, then the latest decision, then allow before block.
    """

    __slots__ = ("_lines",)

    def __init__(self, rules: Iterable[Rule]) -> None:
        lines: dict[Name, list[Line]] = {}
        for rule in rules:
            reach, names = read_pattern(rule.name)
            for name in names:
                lines.setdefault(name, []).append(Line(reach, _RANK[rule.scope], rule))
        self._lines = lines

    def __bool__(self) -> bool:
        return bool(self._lines)

    @property
    def names(self) -> Collection[Name]:
        """Every name that a rule stands for."""
        return self._lines.keys()

    def find(self, suffixes: Sequence[Name]) -> tuple[Rule, Name] | None:
        """The rule that decides about a name, given the name and its parents, and which of them it stands for."""
        if self._lines.keys().isdisjoint(suffixes):
            return None
        found = [
            ((line.rank, depth, -line.rule.decided_at, not line.rule.allow), line.rule, name)
            for depth, name in enumerate(suffixes)
            if name in self._lines
            for line in self._lines[name]
            if line.reach == "all" or (line.reach == "exact") == (depth == 0)
        ]
        if not found:
            return None
        _, rule, name = min(found, key=lambda each: each[0])
        return rule, name
