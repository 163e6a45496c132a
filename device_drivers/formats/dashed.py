"""Tables whose columns are drawn by a line of dashes under the titles: AOS-S, Small Business, and many others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from device_drivers.model import Unreadable

_GROUP = re.compile(r"-{2,}")
_RULE = re.compile(r"[-+| ]*-{2,}[-+| ]*$")


def tables(text: str, what: str, *layouts: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str], str]]:
    """(which layout, cells by title, the row as it stands) of every table in a text that has one of these layouts.

    A layout names the columns in order. A table ends at an empty line. Raises Unreadable where a row cuts through a
    column's edge, and where no table has one of the layouts.
    """
    lines = text.splitlines()
    found = False
    at = 0
    while at < len(lines):
        if not _RULE.match(lines[at]) or at == 0:
            at += 1
            continue
        spans = [match.span() for match in _GROUP.finditer(lines[at])]
        which = _layout(lines[max(0, at - 3) : at], len(spans), layouts)
        at += 1
        if which is None:
            continue
        found = True
        while at < len(lines) and lines[at].strip():
            yield which, cells(lines[at], spans, layouts[which], what), lines[at]
            at += 1
    if not found:
        raise Unreadable(f"{what}: no table with the columns {', '.join(layouts[0])}", text.strip()[:200])


def cells(row: str, spans: Sequence[tuple[int, int]], titles: Sequence[str], what: str) -> Mapping[str, str]:
    """Cut by the dashes. What stands in the gap before a column cuts through its edge: the row is torn."""
    starts = [begin for begin, _ in spans]
    if row[: starts[0]].strip() or any(row[begin - 1 : begin].strip(" |") for begin in starts[1:]):
        raise Unreadable(f"{what}: a row outside its columns", row)
    ends = [*starts[1:], None]
    return {
        title: row[begin:end].strip().rstrip("|").rstrip()
        for title, begin, end in zip(titles, starts, ends, strict=True)
    }


def _layout(above: Sequence[str], columns: int, layouts: Sequence[Sequence[str]]) -> int | None:
    """The layout whose titles all stand in the lines above the dashes, in order of the last words of each."""
    words = " ".join(re.sub(r"[|+]", " ", line) for line in above).split()
    for which, titles in enumerate(layouts):
        if len(titles) == columns and all(_last_word(title) in words for title in titles):
            return which
    return None


def _last_word(title: str) -> str:
    return title.rsplit(maxsplit=1)[-1]
