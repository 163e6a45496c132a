"""What a version of a list that waits for a person would change, in full. ●"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dns_filter.lists.file import UnreadableList, read_list_file
from dns_filter.lists.good_lists import read_head, read_raw
from dns_filter.lists.intake import Version, day_of, overruled_entry, weigh
from dns_filter.lists.report import OverruledEntry
from dns_filter.lists.sources import ListFile
from dns_filter.names import to_text, to_wire

FIRST = 50


@dataclass(frozen=True, slots=True)
class FullDifference:
    """Between the version in use (`used` empty: none) and the one that stands in the file now."""

    name: str
    used: str
    seen: str
    names_used: int
    names_seen: int
    added: int
    removed: int
    added_first: tuple[str, ...]
    removed_first: tuple[str, ...]
    too_broad: tuple[str, ...]
    """New entries that would block a whole public suffix or shared host; they are dropped when it is accepted."""
    protected: tuple[OverruledEntry, ...]
    """New entries that meet protected or essential names, which stay open."""


def full_difference(file: ListFile, names_dir: Path, first: int = FIRST) -> FullDifference:
    """Raises UnreadableList where the file, or the version in use, cannot be read."""
    seen, used = weigh(read_list_file(file.path), file, day_of(file.path)), _in_use(file, names_dir)
    old = used.parsed.names if used else frozenset()
    added, removed = seen.parsed.names - old, old - seen.parsed.names
    known = frozenset(used.meetings) if used else frozenset()
    broad = frozenset(map(to_wire, seen.broad))
    return FullDifference(
        name=file.name,
        used=used.label if used else "",
        seen=seen.label,
        names_used=len(old),
        names_seen=len(seen.parsed.names),
        added=len(added),
        removed=len(removed),
        added_first=tuple(sorted(map(to_text, added))[:first]),
        removed_first=tuple(sorted(map(to_text, removed))[:first]),
        too_broad=tuple(sorted(set(seen.broad) - set(used.broad if used else ()))),
        protected=tuple(
            overruled_entry(each) for each in seen.meetings if each not in known and each.entry not in broad
        ),
    )


def _in_use(file: ListFile, names_dir: Path) -> Version | None:
    head = read_head(names_dir, file.name)
    if head is None:
        return None
    raw = read_raw(names_dir, file.name)
    if raw is None:
        raise UnreadableList(f"{file.name}: the kept version {head.version} is damaged")
    return weigh(raw, file, head.date)
