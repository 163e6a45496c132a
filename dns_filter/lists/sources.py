"""The manifest: which lists there are, which categories each feeds, and the files behind them. ●"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dns_filter.lists.parsed_list import Format

_LARGEST_MANIFEST = 4 * 2**20
_FILES = ("domains", "domains.xz", "domains.gz")


class UnreadableManifest(ValueError):
    """The text says the file and what was expected."""


class Source(BaseModel):
    """A list, or a directory of them in the manner of UT1: each sub-directory with a `domains` file is a category.

    For a directory `category` may stay out: the sub-directories' names are the categories. `rename` gives them
    others, `only` takes some of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")
    path: Path
    category: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    categories: tuple[str, ...] = ()
    format: Format = "auto"
    licence: str | None = None
    rename: dict[str, str] = Field(default_factory=dict)
    only: tuple[str, ...] | None = None


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ListFile:
    """One list to be read."""

    name: str
    categories: tuple[str, ...]
    path: Path
    format: Format
    licence: str


def read_manifest(path: Path) -> tuple[Source, ...]:
    """Paths in it are relative to it. Raises UnreadableManifest."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_MANIFEST)
        sources = Manifest.model_validate_json(text).sources
    except (OSError, ValidationError) as wrong:
        raise UnreadableManifest(f"{path}: {wrong}") from wrong
    return tuple(source.model_copy(update={"path": path.parent / source.path}) for source in sources)


def list_files(sources: Iterable[Source]) -> tuple[ListFile, ...]:
    """Raises UnreadableManifest where two lists have one name or a single file has no category."""
    found = tuple(each for source in sources for each in _files(source))
    names = [each.name for each in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnreadableManifest(f"two lists are called {', '.join(twice)}")
    return found


def _files(source: Source) -> Iterator[ListFile]:
    categories = tuple(dict.fromkeys((*((source.category,) if source.category else ()), *source.categories)))
    single = _domains_in(source.path) if source.path.is_dir() else source.path
    if single is None:
        yield from _directory(source, categories)
    elif categories:
        yield ListFile(source.name, categories, single, source.format, source.licence or "")
    else:
        raise UnreadableManifest(f"the list {source.name} needs a category: {source.path} is one file")


def _directory(source: Source, categories: tuple[str, ...]) -> Iterator[ListFile]:
    for place in sorted(source.path.iterdir()):
        file = _domains_in(place) if place.is_dir() else None
        if file and (source.only is None or place.name in source.only):
            own = categories or (source.rename.get(place.name, place.name.lower()),)
            yield ListFile(f"{source.name}/{place.name}", own, file, source.format, source.licence or "")


def _domains_in(directory: Path) -> Path | None:
    return next((directory / name for name in _FILES if (directory / name).is_file()), None)
