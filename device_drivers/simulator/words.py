"""Commands of a network system as it reads them: abbreviated, ambiguous, incomplete, or invalid at a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Act = TypeVar("Act")
Check = Callable[[str], str | None]
"""A word somebody typed -> as the system writes it, or None where it does not take it."""


class Misunderstood(Exception):
    """`column` counts from the start of the line; None where the system draws no caret."""

    def __init__(self, text: str, column: int | None = None) -> None:
        super().__init__(text)
        self.column = column


class Invalid(Misunderstood):
    def __init__(self, column: int) -> None:
        super().__init__("% Invalid input detected at '^' marker.", column)


class Incomplete(Misunderstood):
    def __init__(self) -> None:
        super().__init__("% Incomplete command.")


class Ambiguous(Misunderstood):
    def __init__(self, line: str) -> None:
        super().__init__(f'% Ambiguous command:  "{line.strip()}"')


@dataclass(frozen=True, slots=True)
class Command(Generic[Act]):
    """`pattern` is keywords, and `<name>` for a value; `<line>` takes the rest as it stands."""

    pattern: str
    act: Act
    words: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.pattern.split()))


@dataclass(frozen=True, slots=True)
class Understood(Generic[Act]):
    """`text` is the whole command written out; `values` are what stood in the places of `<name>`, in order."""

    act: Act
    text: str
    values: tuple[str, ...]


_Choice = tuple[list[Command[Act]], str]


def understand(commands: Sequence[Command[Act]], line: str, checks: Mapping[str, Check]) -> Understood[Act]:
    """The one command a line means. Raises Invalid, Incomplete or Ambiguous."""
    alive, spelled, values = list(commands), list[str](), list[str]()
    typed = [(match.start(), match[0]) for match in re.finditer(r"\S+", line)]
    for depth, (column, word) in enumerate(typed):
        if whole := [each for each in alive if each.words[depth : depth + 1] == ("<line>",)]:
            rest = line[column:].strip()
            return Understood(whole[0].act, " ".join((*spelled, rest)), (*values, rest))
        longer = [each for each in alive if len(each.words) > depth]
        choice = _keyword(longer, depth, word, line) or _value(longer, depth, word, checks)
        if choice is None:
            raise Invalid(column)
        alive, meant = choice
        spelled.append(meant)
        if alive[0].words[depth].startswith("<"):
            values.append(meant)
    finished = [each for each in alive if len(each.words) == len(typed)]
    if not finished:
        raise Incomplete
    return Understood(finished[0].act, " ".join(spelled), tuple(values))


def _keyword(alive: Sequence[Command[Act]], depth: int, word: str, line: str) -> _Choice[Act] | None:
    """The commands whose keyword this word begins, and the keyword written out."""
    keywords = {each.words[depth] for each in alive if not each.words[depth].startswith("<")}
    hits = {key for key in keywords if key.startswith(word.lower())}
    hits = {word.lower()} if word.lower() in hits else hits
    if len(hits) > 1:
        raise Ambiguous(line)
    return ([each for each in alive if each.words[depth] in hits], hits.pop()) if hits else None


def _value(alive: Sequence[Command[Act]], depth: int, word: str, checks: Mapping[str, Check]) -> _Choice[Act] | None:
    """The commands that take this word as a value, and the value as the system writes it."""
    for place in sorted({each.words[depth] for each in alive if each.words[depth].startswith("<")}):
        meant = checks[place](word)
        if meant is not None:
            return [each for each in alive if each.words[depth] == place], meant
    return None
