"""How much of a query is written down: the name, cut as its profile says, and rows for what is below a blocked name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from dns_filter.model import LogLevel, Name
from dns_filter.names import to_text
from dns_filter.told import Told

Below = tuple[str, Told, Name, Name]
"""Who asked, what all below the last name are told, which name it was, and that last name."""


MOST_SPELLINGS = 10_000
"""Remembered, in about 320 octets each: five times as many grew a worker by 13 %. A name that is met anew costs the
thread that writes 5 µs."""


def spelled(told: Told, usual: LogLevel) -> str:
    """A blocked name in full: what was blocked and why is what people ask about."""
    return to_text(told.name) if told.blocked else shortened(told.name, told.level or usual)


def apart(below: Iterable[Below], most: int) -> Counter[tuple[str, Told]]:
    """What was asked for by these names, each told under its own; what goes beyond `most` under `*.` of its top.

    A flood of random names is one finding, and not to fill the disk with names that nobody will ever read.
    """
    rows: Counter[tuple[str, Told]] = Counter()
    copies: dict[tuple[Told, Name], Told] = {}
    for (who, told, name, top), times in Counter(below).items():
        shown = name if len(copies) < most else Name(b"\1*" + top)
        if (copy := copies.get((told, shown))) is None:
            copy = copies[told, shown] = replace(told, name=shown)
        rows[who, copy] += times
    return rows


@lru_cache(maxsize=1)
def public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=MOST_SPELLINGS)
def shortened(name: Name, level: LogLevel) -> str:
    """An allowed name as far as the level lets it be written down."""
    if level in ("off", "blocked"):
        return ""
    text = to_text(name)
    return text if level == "full" else str(public_suffixes().privatesuffix(text) or text)
