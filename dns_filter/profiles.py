"""A filter profile compiled against one names table: categories and services as masks, rules as look-ups."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple, Protocol

from dns_filter.model import Code, FilterProfile, FilterTable, Name, Reason, Rule
from dns_filter.rules import RuleBook
from dns_filter.shipped import UNSWITCHED_SEARCH, safe_search

PROTECTED = ("protected:platform", "protected:education", "protected:support")
SUPPORT = ("protected:support",)
CHOICE = ("protected:choice",)
"""Protected from the lists, but a school may choose to block them as a service."""


class NameSource(Protocol):
    """The look-ups that deciding needs of a names table; `DomainTable` is one, `ShippedNames` another."""

    @property
    def version(self) -> str: ...
    def mask(self, name: Name) -> int: ...
    def bits(self, categories: Iterable[str]) -> int: ...
    def categories(self, mask: int) -> tuple[str, ...]: ...
    def lists(self, category: str) -> tuple[str, ...]: ...
    def matched(self, name: Name, mask: int) -> Name | None: ...
    def knows(self, name: Name) -> bool:
        """Whether anything is said about this very name, and not only about one above it."""
        ...


class Listing(NamedTuple):
    """What a verdict about a name on lists says, but for the name: of which rule, for which categories and lists."""

    rule: str
    categories: tuple[str, ...]
    lists: tuple[str, ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledProfile:
    """One profile, ready to be asked. All masks are of one names table."""

    source: FilterProfile
    names: NameSource
    mandatory: int
    essential: int
    bypass: int
    protected: int
    support: int
    """Help lines: not even a focus list closes them."""
    choice: int
    withdrawn: int
    silenced: int
    services: int
    allowed_services: int
    categories: int
    unswitched: int
    """Search engines that cannot be made safe by name, where search must be safe."""
    rules: RuleBook
    focus: RuleBook | None
    rewrites: Mapping[Name, Name]
    unavailable: str
    """Why this profile cannot be decided about and is closed; empty where it can."""
    listings: dict[tuple[int, Code, str], Listing] = field(default_factory=dict)
    """By mask, code and step: thousands of names are on the same few lists. Filled as they are asked for."""
    _reasons: dict[tuple[str, ...], Reason] = field(default_factory=dict)

    def reason(self, *keys: str) -> Reason:
        """The policy line of the first of these keys that the policy gives a reason for; else the key itself."""
        if (known := self._reasons.get(keys)) is None:
            told = self.source.reasons
            known = next((told[key] for key in keys if key in told), None) or Reason(rule=keys[0])
            self._reasons[keys] = known
        return known


def compile_profile(
    source: FilterProfile, table: FilterTable, names: NameSource, *, lists_missing: bool, unavailable: str
) -> CompiledProfile:
    """Raises ValueError where a rule or an approved site is no name."""
    if lists_missing and (source.block or source.withdrawn or source.silenced or table.mandatory):
        unavailable = unavailable or "the block lists are not there"
    return CompiledProfile(
        source,
        names,
        mandatory=names.bits(table.mandatory),
        essential=names.bits(("essential",)),
        bypass=names.bits(("bypass",)) if source.filtered else 0,
        protected=names.bits(PROTECTED),
        support=names.bits(SUPPORT),
        choice=names.bits(CHOICE),
        withdrawn=names.bits(source.withdrawn),
        silenced=names.bits(source.silenced),
        services=names.bits(f"service:{each}" for each in source.services),
        allowed_services=names.bits(f"service:{each}" for each in source.allowed_services),
        categories=names.bits(source.block),
        unswitched=names.bits((UNSWITCHED_SEARCH,)) if source.safe_search == "strict" else 0,
        rules=RuleBook(source.rules),
        focus=None if source.focus is None else _approved(source),
        rewrites=safe_search(source.safe_search),
        unavailable=unavailable if source.filtered else "",
    )


class Profiles:
    """All profiles of one table, each as it holds at a moment. Knows no snapshot: one that is replaced is gone at once,
    with its lists, and no query waits while somebody looks for what leads back to itself."""

    def __init__(self, table: FilterTable, names: NameSource, *, lists_missing: bool, unavailable: str) -> None:
        """Raises ValueError where a rule or an approved site is no name."""
        self._table, self._names = table, names
        self._lists_missing, self._unavailable = lists_missing, unavailable
        self._ends = {name: profile.rule_ends for name, profile in table.profiles.items()}
        # The whole of it, to find now what is no name; as rules end, less of it when it is first asked for.
        self._compiled = {(name, 0): self._compile(profile) for name, profile in table.profiles.items()}

    def at(self, name: str, moment: float = -inf) -> CompiledProfile:
        """With the rules that hold from `moment` up to the end of the next one."""
        key = (name, bisect_right(self._ends[name], moment))
        if key not in self._compiled:
            self._compiled[key] = self._compile(self._table.profiles[name].at(moment))
        return self._compiled[key]

    def _compile(self, source: FilterProfile) -> CompiledProfile:
        return compile_profile(
            source, self._table, self._names, lists_missing=self._lists_missing, unavailable=self._unavailable
        )


def _approved(source: FilterProfile) -> RuleBook:
    told = source.reasons.get("focus", Reason(rule="focus"))
    sites = source.focus or ()
    return RuleBook(Rule(name=site, allow=True, rule=told.rule, clauses=told.clauses) for site in sites)
