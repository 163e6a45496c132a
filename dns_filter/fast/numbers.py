"""Numbers that stand for objects where only octets can be kept; given again when nobody can mean the old any more."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Numbers(Generic[T]):
    """Given and left by the serving thread; cleared away by the query log's, between whose looks nothing is reused."""

    def __init__(self) -> None:
        self._of: list[T | None] = []
        self._free: list[int] = []
        self._left: list[int] = []

    def get(self, number: int) -> T | None:
        """None: it was left, and cleared away by now."""
        return self._of[number] if number < len(self._of) else None

    def __getitem__(self, number: int) -> T:
        found = self._of[number]
        assert found is not None
        return found

    def give(self, to: T) -> int:
        if self._free:
            number = self._free.pop()
            self._of[number] = to
            return number
        self._of.append(to)
        return len(self._of) - 1

    def take_back(self, number: int) -> None:
        """Nobody has seen it yet."""
        self._of[number] = None
        self._free.append(number)

    def leave(self, number: int) -> None:
        """Nothing new is said of it; what was said may not be read yet."""
        self._left.append(number)

    def count_left(self) -> int:
        return len(self._left)

    def clear_away(self, count: int) -> None:
        """The first so many of those that were left: all that was said of them has been read."""
        gone = self._left[:count]
        del self._left[:count]
        for number in gone:
            self._of[number] = None
        self._free.extend(gone)
