"""Lists of ports as systems shorten them: `gi1-4,fa7`, `1/1/17-1/1/19`, `ethe 1/1/3 to 1/1/5`."""

from __future__ import annotations

import re

from device_drivers.model import Unreadable

_NUMBERED = re.compile(r"(?P<stem>(?:[A-Za-z]+)?(?:\d+/)*)(?P<number>\d+)")
_MOST = 4096


def expand(text: str, line: str) -> tuple[str, ...]:
    """`gi1-3,Po1` -> every port by name, in order. Raises Unreadable for what is no list of ports, with `line`."""
    names: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, dash, last = part.partition("-")
        names += between(first, last or first, line) if dash else [_one(part, line)]
    if len(names) > _MOST:
        raise Unreadable("a list of more ports than any switch has", line)
    return tuple(names)


def between(first: str, last: str, line: str) -> list[str]:
    """`gi1`, `4` or `1/1/3`, `1/1/5` -> the ports from the first to the last."""
    start, end = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(last)
    if not start or not end or end["stem"] not in ("", start["stem"]):
        raise Unreadable("a list of ports this reader does not know", line)
    low, high = int(start["number"]), int(end["number"])
    if not low <= high <= low + _MOST:
        raise Unreadable("a list of ports that runs backwards", line)
    return [f"{start['stem']}{number}" for number in range(low, high + 1)]


def _one(name: str, line: str) -> str:
    if not _NUMBERED.fullmatch(name):
        raise Unreadable("a list of ports this reader does not know", line)
    return name
