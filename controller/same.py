"""Remembering what a pure function said last: a turn of the loop asks of the very same policy again and again. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def of_the_same(function: Callable[[Argument], Result]) -> Callable[[Argument], Result]:
    """Of the same object, not of an equal one: to compare two policies would take as long as to ask again.

    For arguments that are never changed in place, and results that nobody changes.
    """
    last: tuple[Argument, Result] | None = None

    @wraps(function)
    def asked(argument: Argument) -> Result:
        nonlocal last
        known = last
        if known is not None and known[0] is argument:
            return known[1]
        result = function(argument)
        last = (argument, result)
        return result

    return asked
