"""A small nftables: sets whose elements end by the clock, maps, chains and rules; one script is one transaction."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any


class NftError(Exception):
    """In the words of nft."""


@dataclass(slots=True)
class ElementSet:
    kind: str
    flags: list[str]
    ends: dict[str, tuple[float, float] | None] = field(default_factory=dict)
    """Element -> (timeout in seconds, end by the clock), or None for one that stays."""


@dataclass(slots=True)
class Chain:
    hook: dict[str, Any]
    rules: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    sets: dict[str, ElementSet] = field(default_factory=dict)
    maps: dict[str, dict[str, str]] = field(default_factory=dict)
    """Map of interface names to the chain jumped to."""
    map_kinds: dict[str, str] = field(default_factory=dict)
    chains: dict[str, Chain] = field(default_factory=dict)


class Nft:
    """The ruleset of one simulated gateway. `clock` gives seconds and only goes forward."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tables: dict[str, Table] = {}

    def forget(self) -> None:
        """Nothing of a ruleset outlives a reboot."""
        self._tables = {}

    def kept(self) -> dict[str, Table]:
        """What a file of it would hold: everything but the elements of sets."""
        tables = copy.deepcopy(self._tables)
        for table in tables.values():
            for each in table.sets.values():
                each.ends.clear()
        return tables

    def load(self, tables: dict[str, Table]) -> None:
        """As at boot, from such a file."""
        self._tables = copy.deepcopy(tables)

    def change(self, steps: list[Callable[[Nft], None]]) -> None:
        """All steps, or none: NftError leaves everything as it was."""
        before = copy.deepcopy(self._tables)
        try:
            for step in steps:
                step(self)
        except NftError:
            self._tables = before
            raise

    def table(self, name: str) -> Table:
        if name not in self._tables:
            raise NftError("Error: No such file or directory")
        return self._tables[name]

    def add_table(self, name: str) -> None:
        self._tables.setdefault(name, Table())

    def drop_table(self, name: str) -> None:
        self.table(name)
        del self._tables[name]

    def add_set(self, table: str, name: str, kind: str, flags: list[str]) -> None:
        found = self.table(table).sets.setdefault(name, ElementSet(kind, flags))
        if (found.kind, found.flags) != (kind, flags):
            raise NftError("Error: Could not process rule: File exists")

    def add_map(self, table: str, name: str, kind: str) -> None:
        self.table(table).maps.setdefault(name, {})
        self.table(table).map_kinds[name] = kind

    def add_chain(self, table: str, name: str, hook: dict[str, Any]) -> None:
        self.table(table).chains.setdefault(name, Chain(hook))

    def flush_chain(self, table: str, name: str) -> None:
        _there(self.table(table).chains, name).rules.clear()

    def drop_chain(self, table: str, name: str) -> None:
        chains = self.table(table).chains
        _there(chains, name)
        jumps = [
            step["jump"]["target"] for c in chains.values() for r in c.rules for step in r["expr"] if "jump" in step
        ]
        if name in jumps or any(name in bound.values() for bound in self.table(table).maps.values()):
            raise NftError("Error: Could not process rule: Device or resource busy")
        del chains[name]

    def add_rule(self, table: str, chain: str, rule: dict[str, Any]) -> None:
        for step in rule["expr"]:
            if "jump" in step:
                _there(self.table(table).chains, step["jump"]["target"])
        _there(self.table(table).chains, chain).rules.append(rule)

    def add_element(self, table: str, name: str, element: str, timeout: float | None) -> None:
        """As the kernel does: an element that is there keeps its end."""
        found = _there(self.table(table).sets, name)
        if self._lives(found, element):
            return
        if "interval" in found.flags and any(_overlap(element, other) for other in self._live(found)):
            raise NftError("Error: interval overlaps with an existing one")
        found.ends[element] = None if timeout is None else (timeout, self._clock() + timeout)

    def drop_element(self, table: str, name: str, element: str) -> None:
        found = _there(self.table(table).sets, name)
        if not self._lives(found, element):
            raise NftError("Error: Could not process rule: No such file or directory")
        del found.ends[element]

    def bind(self, table: str, name: str, key: str, chain: str) -> None:
        bound = _there(self.table(table).maps, name)
        _there(self.table(table).chains, chain)
        if bound.setdefault(key, chain) != chain:
            raise NftError("Error: Could not process rule: File exists")

    def unbind(self, table: str, name: str, key: str) -> None:
        bound = _there(self.table(table).maps, name)
        _there(bound, key)
        del bound[key]

    def left(self, found: ElementSet) -> dict[str, tuple[int, int] | None]:
        """Element -> (timeout, seconds left), in whole seconds as the kernel's own tool tells them."""
        now = self._clock()
        return {key: end and (int(end[0]), int(end[1] - now)) for key, end in self._live(found).items()}

    def _lives(self, found: ElementSet, element: str) -> bool:
        end = found.ends.get(element, (0, 0.0))
        return end is None or end[1] > self._clock()

    def _live(self, found: ElementSet) -> dict[str, tuple[float, float] | None]:
        return {key: end for key, end in found.ends.items() if self._lives(found, key)}


def _overlap(one: str, other: str) -> bool:
    return ip_network(one).overlaps(ip_network(other))


def _there(where: dict[str, Any], name: str) -> Any:
    if name not in where:
        raise NftError("Error: Could not process rule: No such file or directory")
    return where[name]
