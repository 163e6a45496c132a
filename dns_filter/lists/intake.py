"""One list on its way into the table: read it, weigh it, use it or the last good version, and say why. ●"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dns_filter.lists import parse
from dns_filter.lists.file import UnreadableList, read_list_file
from dns_filter.lists.good_lists import GoodList, keep, read_head, read_raw
from dns_filter.lists.parsed_list import Entries, ParsedList
from dns_filter.lists.refused_versions import refused
from dns_filter.lists.report import Difference, DroppedEntry, InvalidLine, ListReport, OverruledEntry, Reason, State
from dns_filter.lists.sources import ListFile
from dns_filter.lists.suspicion import Suspicion, open_to_strangers, suspicions, too_broad, without
from dns_filter.model import Name
from dns_filter.names import to_text, to_wire
from dns_filter.overruled import Overruled, carved_out, overruled
from dns_filter.shipped import Protected
from dns_filter.table_layout import Listed

REPORTED = 200
"""Invalid lines and overruled entries told of one list; their totals are always exact."""
_DIFFERENCE_SHOWN = 20
NEVER_ACCEPTED = ("unreadable", "page", "empty")
_ROLLED_BACK = Suspicion("rolled-back", "a person went back from this version")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a list, weighed."""

    label: str
    date: str
    parsed: ParsedList
    broad: Mapping[str, str]
    meetings: tuple[Overruled, ...]

    @property
    def hits(self) -> frozenset[Protected]:
        return frozenset(each.by for each in self.meetings if each.by.kind == "essential")

    @property
    def blocks(self) -> Entries:
        dropped = frozenset(to_wire(text) for text in self.broad)
        return without(_with_twins(self.parsed.blocks, self.parsed.twins), dropped)

    @property
    def exceptions(self) -> Entries:
        """The list's own, and the essential names that it hits."""
        own, carved = _with_twins(self.parsed.exceptions, self.parsed.twins), carved_out(self.hits)
        return Entries(own.whole | carved.whole, own.exact | carved.exact, own.below)


@dataclass(frozen=True, slots=True)
class Taken:
    """`used` is None where the list is left out."""

    listed: Listed | None
    used: Version | None
    report: ListReport


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is done with the version seen, and why."""

    state: State
    seen: str
    wrong: tuple[Suspicion, ...] = ()
    difference: Difference | None = None


def take(file: ListFile, names_dir: Path, accepted: frozenset[str], generation: int = 0) -> Taken:
    """`accepted` holds `name@version` of versions that a person has looked at and wants in spite of suspicion.

    `generation` is the table that is being made.
    """
    head = read_head(names_dir, file.name)
    try:
        raw = read_list_file(file.path)
    except UnreadableList as wrong:
        return _fallen_back(file, names_dir, head, None, (Suspicion("unreadable", str(wrong)),))
    seen = weigh(raw, file, day_of(file.path))
    if seen.label in refused(names_dir).get(file.name, ()):
        return _fallen_back(file, names_dir, head, seen, (_ROLLED_BACK,))
    if head and head.version == seen.label:
        return _taken(file, seen, Judgement("same", seen.label))
    wrong_with_it = suspicions(seen.parsed, seen.broad, seen.hits, head.last_good if head else None)
    if f"{file.name}@{seen.label}" in accepted:
        wrong_with_it = tuple(each for each in wrong_with_it if each.kind in NEVER_ACCEPTED)
    if wrong_with_it:
        return _fallen_back(file, names_dir, head, seen, wrong_with_it)
    keep(names_dir, _head_of(file, seen, generation), raw)
    return _taken(file, seen, Judgement("changed" if head else "first", seen.label))


def weigh(raw: bytes, file: ListFile, date: str) -> Version:
    parsed = parse(raw, file.format)
    return Version(hashlib.sha256(raw).hexdigest()[:12], date, parsed, too_broad(parsed), overruled(parsed.blocks))


def _fallen_back(
    file: ListFile, names_dir: Path, head: GoodList | None, seen: Version | None, wrong: tuple[Suspicion, ...]
) -> Taken:
    label = seen.label if seen else ""
    raw = read_raw(names_dir, file.name) if head else None
    if head is None or raw is None:
        return _taken(file, seen, Judgement("left-out", label, wrong))
    good = weigh(raw, file, head.date)
    return _taken(file, good, Judgement("quarantined", label, wrong, _difference(good, seen) if seen else None))


def _taken(file: ListFile, version: Version | None, judged: Judgement) -> Taken:
    if version is None or judged.state == "left-out":
        return Taken(None, None, _report(file, version, judged, used=""))
    listed = Listed(name=file.name, version=version.label, categories=file.categories, date=version.date)
    return Taken(listed, version, _report(file, version, judged, used=version.label))


def _report(file: ListFile, version: Version | None, judged: Judgement, used: str) -> ListReport:
    report = ListReport(
        name=file.name,
        categories=file.categories,
        path=str(file.path),
        licence=file.licence,
        state=judged.state,
        seen=judged.seen,
        used=used,
        format=file.format,
        reasons=tuple(Reason(kind=each.kind, detail=each.detail) for each in judged.wrong),
        difference=judged.difference,
    )
    return report.model_copy(update=_told_of(version)) if version else report


def _told_of(version: Version) -> dict[str, object]:
    parsed = version.parsed
    return {
        "date": version.date,
        "format": parsed.format,
        "names": len(parsed.names),
        "exceptions": len(parsed.exceptions.names),
        "counts": dict(sorted(parsed.counts.items())),
        "invalid_total": parsed.invalid_total,
        "invalid": tuple(InvalidLine(line=i.line, text=i.text, reason=i.reason) for i in parsed.invalid[:REPORTED]),
        "dropped": tuple(DroppedEntry(entry=text, why=why) for text, why in sorted(version.broad.items())),
        "open_to_strangers": open_to_strangers(parsed)[:REPORTED],
        "overruled_total": len(version.meetings),
        "overruled": tuple(map(overruled_entry, version.meetings[:REPORTED])),
    }


def overruled_entry(each: Overruled) -> OverruledEntry:
    return OverruledEntry(
        entry=to_text(each.entry), protected=to_text(each.by.name), category=each.by.category, why=each.by.reason
    )


def _difference(good: Version, seen: Version) -> Difference:
    added, removed = seen.parsed.names - good.parsed.names, good.parsed.names - seen.parsed.names
    return Difference(
        added=len(added),
        removed=len(removed),
        added_first=tuple(sorted(map(to_text, added))[:_DIFFERENCE_SHOWN]),
        removed_first=tuple(sorted(map(to_text, removed))[:_DIFFERENCE_SHOWN]),
    )


def _head_of(file: ListFile, version: Version, generation: int) -> GoodList:
    return GoodList(
        name=file.name,
        version=version.label,
        date=version.date,
        format=version.parsed.format,
        names=len(version.parsed.names),
        too_broad=tuple(sorted(version.broad)),
        essential=tuple(sorted({to_text(each.name) for each in version.hits})),
        generation=generation,
    )


def _with_twins(entries: Entries, twins: Mapping[Name, Name]) -> Entries:
    if not twins:
        return entries
    return Entries(
        *(frozenset(names | {twin for twin, of in twins.items() if of in names}) for _, names in entries.forms())
    )


def day_of(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
