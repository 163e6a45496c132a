"""The names that come with the filter, as a names table of their own: what it decides by while it has no lists."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from dns_filter.model import Name
from dns_filter.shipped import ShippedList, shipped_lists
from dns_filter.wire import suffixes


class ShippedNames:
    """Essential, protected, service and bypass names only; every list category is unknown to it."""

    version = ""

    def __init__(self) -> None:
        self._lists: tuple[ShippedList, ...] = shipped_lists()
        self._exact, self._whole = _rows(self._lists)

    def mask(self, name: Name) -> int:
        mask = self._exact.get(name, 0)
        for suffix in suffixes(name):
            mask |= self._whole.get(suffix, 0)
        return mask

    def knows(self, name: Name) -> bool:
        return name in self._exact or name in self._whole

    def bits(self, categories: Iterable[str]) -> int:
        wanted = set(categories)
        return sum(1 << bit for bit, each in enumerate(self._lists) if wanted.intersection(each.categories))

    def categories(self, mask: int) -> tuple[str, ...]:
        found = (category for bit, each in enumerate(self._lists) if mask >> bit & 1 for category in each.categories)
        return tuple(dict.fromkeys(found))

    def lists(self, category: str) -> tuple[str, ...]:
        return tuple(f"{each.name}@{each.version}" for each in self._lists if category in each.categories)

    def matched(self, name: Name, mask: int) -> Name | None:
        if self._exact.get(name, 0) & mask:
            return name
        return next((suffix for suffix in suffixes(name) if self._whole.get(suffix, 0) & mask), None)


@cache
def standby() -> ShippedNames:
    return ShippedNames()


def _rows(lists: Iterable[ShippedList]) -> tuple[dict[Name, int], dict[Name, int]]:
    exact: dict[Name, int] = {}
    whole: dict[Name, int] = {}
    for bit, each in enumerate(lists):
        for rows, names in ((exact, each.entries.exact), (whole, each.entries.whole)):
            for name in names:
                rows[name] = rows.get(name, 0) | 1 << bit
    return exact, whole
