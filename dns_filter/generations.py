"""Which names file is in force: three generations, `current.json`, and what to open when one is damaged. ●"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from dns_filter.domain_table import DamagedTable, DomainTable
from dns_filter.durable import write_durably

KEPT = 3
CURRENT = "current.json"
_NUMBER = re.compile(r"names-([0-9]{6,})\.table").fullmatch


class Current(BaseModel):
    """What `current.json` says. `file` stands beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    generation: int
    file: str
    version: str
    sha256: str
    count: int


def read_current(names_dir: Path) -> Current | None:
    """None where there is none or it cannot be read; the generations themselves may still be whole."""
    try:
        return Current.model_validate_json((names_dir / CURRENT).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def open_current(names_dir: Path) -> DomainTable:
    """The table in force, or where it is damaged the newest that is whole. Raises DamagedTable where none is."""
    current = read_current(names_dir)
    first = [names_dir / Path(current.file).name] if current else []
    wrong: list[str] = []
    for path in dict.fromkeys(first + [path for _, path in newest_first(names_dir)]):
        try:
            return DomainTable.open(path)
        except (DamagedTable, OSError) as error:
            wrong.append(str(error))
    raise DamagedTable("; ".join(wrong) or f"{names_dir}: no names table has been compiled yet")


def newest_first(names_dir: Path) -> list[tuple[int, Path]]:
    found = ((_NUMBER(path.name), path) for path in names_dir.glob("names-*.table"))
    return sorted(((int(match[1]), path) for match, path in found if match), reverse=True)


def next_generation(names_dir: Path) -> int:
    return max((number for number, _ in newest_first(names_dir)), default=0) + 1


def publish(names_dir: Path, pieces: Iterable[bytes], keep_version: str) -> Current:
    """Write the next generation, read it back, and only then name it the current one."""
    number = next_generation(names_dir)
    path = names_dir / f"names-{number:06d}.table"
    checksum = hashlib.sha256()
    # The key of the hashes stands in the file: with it, names could be prepared that meet a listed one.
    write_durably(path, _summed(pieces, checksum), mode=0o640)
    with DomainTable.open(path) as table:
        if table.version != keep_version:
            raise DamagedTable(f"{path}: reads back as version {table.version}, expected {keep_version}")
        current = Current(
            generation=number, file=path.name, version=table.version, sha256=checksum.hexdigest(), count=table.count
        )
    write_durably(names_dir / CURRENT, (current.model_dump_json(indent=1).encode(),))
    return current


def clear_old(names_dir: Path) -> None:
    """Drop generations beyond the third, and what a killed run left unfinished. Only under the lock."""
    current = read_current(names_dir)
    for _, path in newest_first(names_dir)[KEPT:]:
        if current is None or path.name != current.file:
            path.unlink()
    for directory in (names_dir, names_dir / "lists"):
        for path in directory.glob(".*.tmp"):
            path.unlink()


def _summed(pieces: Iterable[bytes], checksum: hashlib._Hash) -> Iterator[bytes]:
    for piece in pieces:
        checksum.update(piece)
        yield piece
