"""The compiled table name -> lists: one file, memory-mapped read-only and shared by all workers. ●

A keyed 64-bit hash stands for each listed name (two names meet in one hash about once in 10^12 questions), so the
key is drawn anew for each file and nobody can prepare a name that meets another. One bit per list, not per category:
an exception clears its own list and no other, and explain can name the list. Layout in `table_layout`.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from types import TracebackType

from dns_filter.model import Name
from dns_filter.names import parents
from dns_filter.table_layout import DamagedTable, Layout, Listed, Row, read_layout

__all__ = ["DamagedTable", "DomainTable", "Listed"]

_LATELY = 2_048
"""Names of which it is remembered what stands about them: one question looks the same few up three times, for a
verdict, for its reason, and for what lies below."""


class DomainTable:
    """Answers one question: on which lists is this name? Masks are ints of any width, of this table only."""

    def __init__(self, mapped: mmap.mmap, layout: Layout) -> None:
        self._mapped = mapped
        self._layout = layout
        self.version: str = layout.version
        self.count: int = layout.count
        body = memoryview(mapped)
        self._hashes = body[layout.hashes_at : layout.hashes_at + 8 * layout.count].cast("Q")
        self._rows_of = body[layout.row_ids_at : layout.row_ids_at + layout.row_id_width * layout.count].cast(
            "H" if layout.row_id_width == 2 else "I"
        )
        self._buckets = body[layout.buckets_at : layout.buckets_at + 4 * ((1 << layout.bucket_bits) + 1)].cast("I")
        self._shift = 64 - layout.bucket_bits
        self._bits: Mapping[str, int] = _bits_by_category(layout.lists)
        self._lately: dict[bytes, Row | None] = {}
        self._labels = {
            each: tuple(list_.label for list_ in layout.lists if each in list_.categories) for each in self._bits
        }

    @classmethod
    def open(cls, path: Path) -> DomainTable:
        """Checks the whole file first. Raises DamagedTable with the reason, OSError where it cannot be read."""
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise DamagedTable(f"{path}: empty")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            return cls(mapped, read_layout(mapped, str(path)))
        except DamagedTable:
            mapped.close()
            raise

    def close(self) -> None:
        for view in (self._hashes, self._rows_of, self._buckets):
            view.release()
        self._mapped.close()

    def __enter__(self) -> DomainTable:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def mask(self, name: Name) -> int:
        """One bit for each list that holds the name or, from above, reaches it; exceptions are already taken off."""
        found = cleared = 0
        starts = []
        at = 0
        while length := name[at]:
            starts.append(at)
            at += 1 + length
        count = len(starts)
        for start in starts[max(0, count - self._layout.most_labels) : max(0, count + 1 - self._layout.fewest_labels)]:
            row = self._row(name[start:])
            if row is None:
                continue
            if start:
                found |= row.below
                cleared |= row.cleared_below
            else:
                found |= row.at
                cleared |= row.cleared_at
        return found & ~cleared

    def _row(self, name: bytes) -> Row | None:
        try:
            return self._lately[name]
        except KeyError:
            pass
        if len(self._lately) >= _LATELY:
            self._lately.clear()
        row = self._lately[name] = self._looked_up(name)
        return row

    def _looked_up(self, name: bytes) -> Row | None:
        wanted = int.from_bytes(blake2b(name, digest_size=8, key=self._layout.key).digest(), "big")
        bucket = wanted >> self._shift
        first, last = self._buckets[bucket], self._buckets[bucket + 1]
        if first == last:
            return None
        at = bisect_left(self._hashes, wanted, first, last)
        if at == last or self._hashes[at] != wanted:
            return None
        return self._layout.rows[self._rows_of[at]]

    def knows(self, name: Name) -> bool:
        """Whether any list says anything about this very name, and not only about one above it."""
        return self._row(name) is not None

    def bits(self, categories: Iterable[str]) -> int:
        """The mask of all lists of these categories; a category nobody lists adds nothing."""
        mask = 0
        for category in categories:
            mask |= self._bits.get(category, 0)
        return mask

    def has(self, category: str) -> bool:
        """Whether any list of this category is in the table. A mandatory one that is not makes the filter close."""
        return category in self._bits

    def categories(self, mask: int) -> tuple[str, ...]:
        return tuple(category for category, bits in self._bits.items() if bits & mask)

    def lists(self, category: str) -> tuple[str, ...]:
        """The lists of a category, as `name@version`."""
        return self._labels.get(category, ())

    def lists_of(self, mask: int) -> tuple[str, ...]:
        """The very lists that a mask stands for, as `name@version`."""
        return tuple(each.label for bit, each in enumerate(self._layout.lists) if mask >> bit & 1)

    def matched(self, name: Name, mask: int) -> Name | None:
        """The longest of the name and its parents that carries one of these bits. Slow: for records, not queries."""
        for suffix in parents(name):
            row = self._row(suffix)
            if row and mask & (row.at if suffix == name else row.below):
                return suffix
        return None

    @cached_property
    def all_lists(self) -> tuple[Listed, ...]:
        return self._layout.lists


def _bits_by_category(lists: tuple[Listed, ...]) -> dict[str, int]:
    bits: dict[str, int] = {}
    for bit, each in enumerate(lists):
        for category in each.categories:
            bits[category] = bits.get(category, 0) | 1 << bit
    return bits
