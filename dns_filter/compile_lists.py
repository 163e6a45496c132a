"""Compiles the lists of a manifest into the next names table. ●

`python -m dns_filter.compile_lists MANIFEST NAMES_DIR` is a process of its own: a large list costs the filter neither
memory nor time, and a run that is killed leaves the table that was in force.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dns_filter.domain_table import DamagedTable, DomainTable
from dns_filter.durable import write_durably
from dns_filter.generations import Current, clear_old, next_generation, open_current, publish, read_current
from dns_filter.lists.intake import Taken, take
from dns_filter.lists.parsed_list import Entries
from dns_filter.lists.report import Report
from dns_filter.lists.sources import Source, UnreadableManifest, list_files, read_manifest
from dns_filter.shipped import shipped_lists
from dns_filter.table_build import TableBuilder
from dns_filter.table_layout import Listed

REPORT = "report.json"

Tell = Callable[[float, str], None]
"""Share done, 0 to 1, and the list at hand."""


class AnotherCompiles(RuntimeError):
    """Another process is compiling into this directory."""


def compile_lists(
    sources: Iterable[Source], names_dir: Path, accepted: frozenset[str] = frozenset(), tell: Tell = lambda *_: None
) -> Report:
    """Read every list, weigh it, and publish the next generation where anything changed.

    A suspicious list never stops the others: it is in the report. Raises UnreadableManifest, AnotherCompiles, OSError
    (a full disk); then the table in force stays as it was.
    """
    files = list_files(sources)
    names_dir.mkdir(parents=True, exist_ok=True)
    with _lock(names_dir):
        clear_old(names_dir)
        generation = next_generation(names_dir)
        builder = TableBuilder(os.urandom(16))
        listed = _add_shipped(builder)
        reports = []
        for number, file in enumerate(files):
            tell(number / (len(files) + 1), file.name)
            taken = take(file, names_dir, accepted, generation)
            reports.append(taken.report)
            listed += _add(builder, taken)
        tell(len(files) / (len(files) + 1), "table")
        current, changed = _publish(names_dir, builder, _version(listed))
        report = Report(
            generation=current.generation,
            version=current.version,
            names=current.count,
            octets=(names_dir / current.file).stat().st_size,
            changed=changed,
            lists=tuple(reports),
        )
        write_durably(names_dir / REPORT, (report.model_dump_json(indent=1).encode(),))
        clear_old(names_dir)
    tell(1.0, "done")
    return report


def status(names_dir: Path) -> Report | None:
    """What the last compiling came to; None where there was none. Raises ValueError where the report is damaged."""
    try:
        return Report.model_validate_json((names_dir / REPORT).read_bytes())
    except FileNotFoundError:
        return None


def _add_shipped(builder: TableBuilder) -> list[Listed]:
    listed = []
    for each in shipped_lists():
        listed.append(Listed(name=each.name, version=each.version, categories=each.categories, date=each.date))
        builder.add(listed[-1], each.entries, Entries())
    return listed


def _add(builder: TableBuilder, taken: Taken) -> list[Listed]:
    if taken.listed is None or taken.used is None:
        return []
    builder.add(taken.listed, taken.used.blocks, taken.used.exceptions)
    return [taken.listed]


def _version(listed: Iterable[Listed]) -> str:
    """One version for the same lists in the same versions, whenever and wherever they are compiled."""
    told = json.dumps([(each.name, each.version, each.categories) for each in listed])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _publish(names_dir: Path, builder: TableBuilder, version: str) -> tuple[Current, bool]:
    current = read_current(names_dir)
    if current and current.version == version and _is_whole(names_dir / current.file):
        return current, False
    return publish(names_dir, builder.octets(version), version), True


def _is_whole(path: Path) -> bool:
    try:
        DomainTable.open(path).close()
    except (DamagedTable, OSError):
        return False
    return True


@contextmanager
def _lock(names_dir: Path) -> Iterator[None]:
    # Let go by the system however this process ends.
    with (names_dir / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as wrong:
            raise AnotherCompiles(f"{names_dir}: another process is compiling into it") from wrong
        yield


def _say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done (also where lists were quarantined: see the report), 1 could not be written, 2 misused."""
    parser = argparse.ArgumentParser(prog="python -m dns_filter.compile_lists", description=__doc__)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("names_dir", type=Path)
    parser.add_argument("--accept", action="append", default=[], metavar="LIST@VERSION")
    asked = parser.parse_args(arguments)
    try:
        report = compile_lists(
            read_manifest(asked.manifest),
            asked.names_dir,
            frozenset(asked.accept),
            lambda share, what: _say(progress=round(share, 4), list=what),
        )
    except UnreadableManifest as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except (OSError, AnotherCompiles, DamagedTable) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 1
    troubled = {each.name: each.state for each in report.lists if each.reasons}
    _say(
        done=report.version, generation=report.generation, names=report.names, changed=report.changed, troubled=troubled
    )
    return 0


__all__ = ["AnotherCompiles", "Report", "compile_lists", "main", "open_current", "status"]

if __name__ == "__main__":
    sys.exit(main())
