"""A names table made of plain dicts, with the look-ups of the real one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dns_filter.model import Name
from dns_filter.names import parents, to_wire


class FakeDomainTable:
    """`FakeDomainTable({"games": ["roblox.com"]})`: each name with everything below it.

    `=name` is the name alone, `*.name` only what is below it.
    """

    def __init__(self, categories: Mapping[str, Iterable[str]], version: str = "names-1") -> None:
        self.version = version
        self._order = tuple(categories)
        self._names = {category: tuple(names) for category, names in categories.items()}
        self.count = sum(map(len, self._names.values()))
        self.asked = 0

    def mask(self, name: Name) -> int:
        self.asked += 1
        return sum(1 << bit for bit, category in enumerate(self._order) if self._holding(name, category) is not None)

    def bits(self, categories: Iterable[str]) -> int:
        return sum(1 << self._order.index(each) for each in set(categories) if each in self._order)

    def knows(self, name: Name) -> bool:
        return any(name == _listed(text) for names in self._names.values() for text in names)

    def has(self, category: str) -> bool:
        return category in self._order

    def categories(self, mask: int) -> tuple[str, ...]:
        return tuple(each for bit, each in enumerate(self._order) if mask >> bit & 1)

    def lists(self, category: str) -> tuple[str, ...]:
        return (f"list-of-{category}@1",) if category in self._order else ()

    def matched(self, name: Name, mask: int) -> Name | None:
        held = (self._holding(name, category) for category in self.categories(mask))
        return max((each for each in held if each is not None), key=len, default=None)

    def _holding(self, name: Name, category: str) -> Name | None:
        for text in self._names[category]:
            listed = _listed(text)
            below = name != listed and listed in tuple(parents(name))
            if (below and not text.startswith("=")) or (name == listed and not text.startswith("*.")):
                return listed
        return None


def _listed(text: str) -> Name:
    return to_wire(text.removeprefix("=").removeprefix("*."))
