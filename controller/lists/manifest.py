"""Which files the lists of a policy are, for the compiler, and whether any of them changed. ●"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from controller.lists.fetch_kept import content_of
from controller.policy import ListSource, Policy
from dns_filter.shipped import shipped_lists
from dns_filter.table_layout import MAGIC

MANIFEST = "manifest.json"
_OPTION = "option-"


def further_lists(options: Iterable[str]) -> tuple[ListSource, ...]:
    """Lists named on the command line as CATEGORY=PATH. Raises ValueError saying which one is wrong."""
    return tuple(_option(number, text) for number, text in enumerate(options, 1))


def _option(number: int, text: str) -> ListSource:
    category, equals, path = text.partition("=")
    if not equals or not path or not Path(path).expanduser().exists():
        raise ValueError(f"--list {text[:200]}: expected CATEGORY=PATH with a path that exists")
    return ListSource(name=f"{_OPTION}{number}", category=category, path=str(Path(path).expanduser().resolve()))


def manifest(
    policy: Policy, root: Path, further: Sequence[ListSource] = (), fetched: Path | None = None
) -> Mapping[str, Any]:
    """The sources for the compiler; paths of the policy are relative to the policy file's folder `root`.

    A list that has never been fetched into `fetched` is left out.
    """
    found = ((source, _place(source, root, fetched)) for source in (*policy.lists, *further))
    return {"sources": [_row(source, place) for source, place in found if place is not None]}


def _place(source: ListSource, root: Path, fetched: Path | None) -> Path | None:
    if source.path is not None:
        return (root / source.path).resolve()
    return content_of(fetched, source.name) if fetched else None


def _row(source: ListSource, place: Path) -> Mapping[str, Any]:
    return {
        "name": source.name,
        "category": source.category,
        "path": str(place),
        "format": source.format,
        "licence": source.licence,
    }


def options_of(names: Path) -> tuple[ListSource, ...]:
    """The lists that the running controller was given on its command line, as the last compilation wrote them down."""
    try:
        rows = json.loads((names / MANIFEST).read_text())["sources"]
    except (FileNotFoundError, ValueError, KeyError):
        return ()
    return tuple(
        ListSource(name=row["name"], category=row["category"], path=row["path"])
        for row in rows
        if row["name"].startswith(_OPTION)
    )


def fingerprint(wanted: Mapping[str, Any]) -> str:
    """Changes whenever the manifest, a file it names (its size and time) or what comes with the filter does."""
    stamps = [(path, *stamp(Path(path))) for source in wanted["sources"] for path in _files(Path(source["path"]))]
    return json.dumps([wanted, stamps, _shipped()], sort_keys=True)


@cache
def _shipped() -> list[tuple[str, str]]:
    """An upgrade brings other protected names, or another layout of the table: it is compiled again."""
    return [("layout", MAGIC.decode()), *((each.name, each.version) for each in shipped_lists())]


def _files(path: Path) -> list[str]:
    return sorted(map(str, path.glob("*/domains*"))) if path.is_dir() else [str(path)]


def stamp(path: Path) -> tuple[int, int]:
    """Size and time; zeros where there is no such file."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (stat.st_size, stat.st_mtime_ns)
