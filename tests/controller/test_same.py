"""What a pure function said last is said again of the same thing, and asked anew of an equal one."""

from __future__ import annotations

from controller.same import of_the_same


def test_the_same_is_asked_once_and_its_equal_anew() -> None:
    asked: list[tuple[int, ...]] = []

    @of_the_same
    def total(numbers: tuple[int, ...]) -> int:
        asked.append(numbers)
        return sum(numbers)

    numbers = [1, 2]
    first, equal = tuple(numbers), tuple(numbers)
    assert [total(first), total(first), total(equal), total(equal)] == [3, 3, 3, 3]
    assert len(asked) == 2
