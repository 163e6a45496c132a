"""What public lists would take from a primary school: UT1 and the Block List Project under the level for Key Stage 2.

`python -m tests.dns_filter.education` prints which entries of which list are overruled, for docs/reliability-dns.md.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from controller.assume import table_without_inventory
from controller.policy.file import read
from dns_filter.compile_lists import Report, compile_lists, open_current
from dns_filter.lists.sources import Source
from dns_filter.model import Action, FilterTable, Query, Verdict
from dns_filter.names import to_wire
from dns_filter.snapshot import Snapshot
from dns_filter.steps import decide
from tests.shared_data import PROJECT, shared_data

TEMPLATE = PROJECT / "controller" / "templates" / "school.yaml"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LEVEL = "key-stage-2"
_CALLED = {
    "violence": "agressif dangerous_material",
    "drugs": "drogue vaping",
    "malware": "phishing cryptojacking stalkerware ransomware scam abuse",
    "proxy": "vpn redirector doh residential-proxies remote-control",
    "social": "social_networks facebook twitter tiktok blog forums",
    "chat": "whatsapp",
    "games": "fortnite",
    "downloads": "download warez piracy torrent filehosting",
    "adult": "lingerie mixed_adult sexual_education manga",
    "extremism": "sect astrology fakenews",
    "gambling": "arjel",
}
WORDS = {name: word for word, names in _CALLED.items() for name in names.split()}
"""How a school would call these lists' categories. What stands here and in no word of the level blocks nothing."""


def _word(name: str) -> str:
    return WORDS.get(name, name.lower())


def sources(every: str | None = None) -> Iterator[Source]:
    """All lists of both; with `every` all of them feed that one category, whatever they are about."""
    base = shared_data("blocklists")
    folders = [place.name for place in (base / "ut1").iterdir() if any(place.glob("domains*"))]
    rename = {name: every or _word(name) for name in folders}
    yield Source(name="ut1", path=base / "ut1", rename=rename)
    for path in sorted((base / "blocklistproject").glob("*.txt*")):
        stem = path.name.partition(".")[0]
        yield Source(name=f"blp-{stem}", path=path, category=every or _word(stem))


def at_key_stage_2() -> FilterTable:
    """A table of the policy that `caretaker init` writes, in which everybody is a pupil of Key Stage 2 in a lesson."""
    return table_without_inventory(read(TEMPLATE).policy, NOW, 1, LEVEL)


def needed() -> Sequence[str]:
    with (shared_data("domains") / "uk-education" / "uk_education_domains.csv").open() as file:
        return [row["domain"] for row in csv.DictReader(file)]


def blocked(names: Iterable[str], where: Snapshot) -> list[tuple[str, Verdict]]:
    """Those of the names, and of their `www.`, that nobody at this level reaches."""
    seat = where.seat("10.20.0.7", NOW.timestamp())
    assert seat.profile.source.access_level == LEVEL
    found = []
    for name in (text for each in names for text in (each, f"www.{each}")):
        query = Query(to_wire(name), 1, "10.20.0.7", NOW.timestamp())
        verdict = decide(query, seat.profile, where)
        if verdict.action is Action.BLOCK:
            found.append((name, verdict))
    return found


def loaded(home: Path, every: str | None = None) -> tuple[Report, Snapshot]:
    report = compile_lists(sources(every), home)
    names = open_current(home)
    return report, Snapshot(at_key_stage_2(), names)


def overruled_rows(report: Report) -> Iterator[tuple[str, str, str, str]]:
    """(entry, list, protected name, class), by entry."""
    rows = {(each.entry, one.name, each.protected, each.category) for one in report.lists for each in one.overruled}
    yield from sorted(rows)


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        report, where = loaded(Path(home))
        out = sys.stdout.write
        out("| entry | list | protected name | class |\n|---|---|---|---|\n")
        for row in overruled_rows(report):
            out(f"| {' | '.join(row)} |\n")
        total = sum(one.overruled_total for one in report.lists)
        held = [one.name for one in report.lists if one.reasons]
        out(f"\n{len(report.lists)} lists, {report.names} names, {total} entries overruled; held back: {held}\n")
        out(f"blocked of {len(needed())}: {[name for name, _ in blocked(needed(), where)]}\n")


if __name__ == "__main__":
    main()
