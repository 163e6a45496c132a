"""Cutting tables by their columns, never by a pattern: a port's name is free text and may read "connected 20"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from device_drivers.model import Unreadable


def find_header(lines: Iterable[str], titles: Sequence[str], what: str) -> tuple[str, Iterator[str]]:
    """The line that carries these titles in this order, and the lines after it. Raises Unreadable without one."""
    rest = iter(lines)
    seen = ""
    for line in rest:
        seen = seen or line.strip()
        if is_header(line, titles):
            return line, rest
    raise Unreadable(f"{what}: no line with the titles {', '.join(titles)}", seen)


def is_header(line: str, titles: Sequence[str]) -> bool:
    """Do all titles stand on this line, in this order?"""
    at = 0
    for title in titles:
        at = line.find(title, at)
        if at < 0:
            return False
        at += len(title)
    return True


def starts(header: str, titles: Sequence[str]) -> tuple[int, ...]:
    """Where each column begins."""
    found: list[int] = []
    for title in titles:
        found.append(header.index(title, found[-1] + 1 if found else 0))
    return tuple(found)


def cut(row: str, at: Sequence[int], titles: Sequence[str]) -> Mapping[str, str]:
    """The cells of a row by title, stripped."""
    ends = (*at[1:], None)
    return {title: row[begin:end].strip() for title, begin, end in zip(titles, at, ends, strict=True)}
