"""What is wrong with a policy file, and where: findings, problems and the error that carries them all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

MOST = 200
"""Problems of one sort that are said at most: nobody reads on, and each costs a search for what was meant."""

Path = tuple[str | int, ...]
"""Where something stands in the file: `("timetable", 3, "from")`, spelt `timetable[3].from`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, found without knowing lines. `message` may hold `{there}`: the line of `there`."""

    path: Path
    message: str
    error: bool = True
    there: Path | None = None
    of_key: bool = False
    """The key itself is wrong, not what follows it."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong, with its place. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}:"
        return f"{where} {self.path}: {self.message}" if self.path else f"{where} {self.message}"


class PolicyError(Exception):
    """A policy file that is refused whole. `problems` holds all that was found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def spell(path: Path) -> str:
    """`timetable[3].from`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def near(word: str, known: Iterable[str]) -> str:
    """`, did you mean …?` where a known word is spelt nearly so, else nothing."""
    # Long words cost much to compare, and nobody misspells one of these at that length.
    match = difflib.get_close_matches(word[:80].lower(), [*known][:500], n=1, cutoff=0.6)
    return f", did you mean {match[0]!r}?" if match else ""


def listed(words: Iterable[str]) -> str:
    """`a, b or c`, cut where there are very many."""
    *rest, last = [*words][:30] or ["nothing"]
    return f"{', '.join(rest)} or {last}" if rest else last
