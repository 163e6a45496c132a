"""A few names of each category, out of the lists that are in use: other ones every day. ●"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from controller.check_filter.questions import Host, Sample
from dns_filter.compile_lists import status
from dns_filter.lists import parse
from dns_filter.lists.good_lists import read_head, read_raw
from dns_filter.lists.parsed_list import ParsedList
from dns_filter.model import Name
from dns_filter.names import labels, parents, to_text
from dns_filter.shipped import canaries, covering, safe_search, special_use

OF_EACH_LIST, OF_EACH_CATEGORY = 5, 12


def taken_from_lists(names_dir: Path, categories: Iterable[str], day: str) -> tuple[Sample, ...]:
    """A sample for each category; `day` decides which names. Raises ValueError where the report is damaged.

    Reads every list in use: seconds for a million names, in whose process nothing else waits.
    """
    report = status(names_dir)
    wanted = dict.fromkeys(sorted(categories))
    found: dict[str, list[Host]] = {category: [] for category in wanted}
    excepted: set[Name] = set()
    for told in report.lists if report else ():
        feeds = [category for category in told.categories if category in wanted]
        if not told.used or not feeds:
            continue
        parsed = _read(names_dir, told.name)
        if parsed is not None:
            excepted |= parsed.exceptions.names
            for category in feeds:
                found[category] += pick(parsed, f"{day} {told.name}", OF_EACH_LIST)
    clean = {category: [name for name in names if name not in _texts(excepted)] for category, names in found.items()}
    return tuple(Sample(category, _drawn(names, day)) for category, names in clean.items())


def _drawn(names: Iterable[Host], day: str) -> tuple[Host, ...]:
    start = zlib.crc32(day.encode())
    chosen = heapq.nsmallest(OF_EACH_CATEGORY, dict.fromkeys(names), key=lambda name: zlib.crc32(name.encode(), start))
    return tuple(chosen)


def pick(parsed: ParsedList, seed: str, most: int) -> list[Host]:
    """Names that this list blocks and nothing that comes with the filter speaks of; the same for the same seed."""
    start = zlib.crc32(seed.encode())
    candidates = (parsed.blocks.whole | parsed.blocks.exact) - parsed.exceptions.names
    drawn = heapq.nsmallest(4 * most, candidates, key=lambda name: zlib.crc32(name, start))
    return [Host(to_text(name)) for name in drawn if _plain(name) and not _spoken_of(name)][:most]


def _plain(name: Name) -> bool:
    """A host name as people know them: two labels or more, nothing that has to be escaped."""
    parts = list(labels(name))
    return len(parts) > 1 and all(part.replace(b"-", b"a").replace(b"_", b"a").isalnum() for part in parts)


def _spoken_of(name: Name) -> bool:
    """Whether something outranks the list: a protected name, a canary, safe search, a name that never leaves."""
    return bool(covering(name)) or any(
        top in canaries() or top in safe_search("strict") or top in special_use() for top in parents(name)
    )


def _texts(names: Iterable[Name]) -> frozenset[str]:
    return frozenset(map(to_text, names))


def _read(names_dir: Path, name: str) -> ParsedList | None:
    head = read_head(names_dir, name)
    raw = read_raw(names_dir, name) if head else None
    return parse(raw, head.format) if head and raw is not None else None


def untested(samples: Sequence[Sample]) -> Iterator[str]:
    """Categories that the policy blocks and no list feeds: there is nothing to block them by."""
    return (sample.category for sample in samples if not sample.names)
