"""A running configuration as ordered lines with parents. Text is the truth: what is not touched stays as it stood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

CLOSERS = ("exit", "!")


@dataclass(slots=True)
class Line:
    """`raw` is the line as it is printed, with its blanks; empty and comment lines are lines too."""

    raw: str
    children: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.raw.strip()


class Tree:
    """`step` is by how many blanks a line stands further in than its parent, for lines made here."""

    def __init__(self, text: str = "", step: int = 1) -> None:
        self.step = step
        self.top: list[Line] = []
        stack: list[tuple[int, list[Line]]] = [(-1, self.top)]
        for raw in text.splitlines():
            depth = len(raw) - len(raw.lstrip(" "))
            line = Line(raw.rstrip())
            if line.text in CLOSERS and depth == 0:
                # It ends the section it stands under, whatever stands deepest in it.
                stack[min(1, len(stack) - 1)][1].append(line)
                del stack[1:]
                continue
            if line.text:
                while depth <= stack[-1][0]:
                    stack.pop()
            stack[-1][1].append(line)
            if line.text and line.text not in CLOSERS:
                stack.append((depth, line.children))

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines())

    def lines(self) -> tuple[str, ...]:
        return tuple(_printed(self.top))

    def copy(self) -> Tree:
        return Tree(self.text(), self.step)

    def section(self, path: Sequence[str]) -> Line | None:
        """The line at the end of this path of parents."""
        found: Line | None = None
        rows = self.top
        for word in path:
            found = next((line for line in rows if line.text == word), None)
            if found is None:
                return None
            rows = found.children
        return found

    def sections(self, beginning: str) -> tuple[str, ...]:
        """Top lines that begin with these words."""
        return tuple(line.text for line in self.top if line.text.startswith(beginning))

    def make(self, path: Sequence[str], closer: str = "") -> Line:
        """The section, made at the end of its kind where there is none. `closer` ends a new top section (`!`)."""
        rows, found = self.top, Line("")
        for depth, word in enumerate(path):
            there = next((line for line in rows if line.text == word), None)
            if there is None:
                there = Line(" " * (self.step * depth) + word)
                at = _place(rows, word)
                rows[at:at] = [there, Line(closer)] if closer and depth == 0 else [there]
            found, rows = there, there.children
        return found

    def put(self, path: Sequence[str], key: str, line: str) -> None:
        """Write `line` in place of what begins with the words of `key`, or before the closing line of the section."""
        rows = self.make(path).children if path else self.top
        fresh = Line(" " * (self.step * len(path)) + line)
        at = next((i for i, row in enumerate(rows) if _begins(row.text, key)), None)
        if at is None:
            closing = bool(rows) and rows[-1].text in CLOSERS
            rows.insert(len(rows) - closing, fresh)
            return
        if rows[at].text != line:
            rows[at] = Line(fresh.raw, rows[at].children)
        rows[at + 1 :] = [row for row in rows[at + 1 :] if not _begins(row.text, key)]

    def add(self, path: Sequence[str], line: str) -> None:
        """A further line, unless it stands there already."""
        self.put(path, line, line)

    def drop(self, path: Sequence[str], key: str) -> bool:
        """Take away what begins with the words of `key`. Was there anything?"""
        section = self.section(path)
        rows = self.top if not path else section.children if section else []
        kept = [row for row in rows if not _begins(row.text, key)]
        gone = len(kept) < len(rows)
        rows[:] = kept
        return gone

    def value(self, path: Sequence[str], key: str) -> str | None:
        """What follows the words of `key`; empty where nothing does; None where the line is not there."""
        return next(iter(self.values(path, key)), None)

    def values(self, path: Sequence[str], key: str) -> tuple[str, ...]:
        section = self.section(path)
        rows = self.top if not path else section.children if section else []
        return tuple(row.text[len(key) :].strip() for row in rows if _begins(row.text, key))


def _printed(rows: Sequence[Line]) -> Iterator[str]:
    for row in rows:
        yield row.raw
        yield from _printed(row.children)


def _begins(text: str, key: str) -> bool:
    return text == key or text.startswith(key + " ")


def _place(rows: Sequence[Line], word: str) -> int:
    """After the last section of the same kind (and its closing line), else at the end."""
    kind = word.split(maxsplit=1)[0] + " "
    same = [at for at, row in enumerate(rows) if row.text.startswith(kind)]
    if not same:
        return len(rows)
    after = same[-1] + 1
    return after + (after < len(rows) and rows[after].text in CLOSERS)
