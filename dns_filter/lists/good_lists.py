"""The last trusted versions of each list, kept beside the table as they came, compressed. ●

Three of each: the one in use, and two to go back to. A version that a person went back from is passed over.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from dns_filter.durable import write_durably
from dns_filter.lists.file import LARGEST
from dns_filter.lists.parsed_list import Format
from dns_filter.lists.refused_versions import refused
from dns_filter.lists.suspicion import LastGood

KEPT = 3
_LEVEL = 1
_LONGEST_HEAD = 2**20


class GoodList(BaseModel):
    """The head of a kept file: one line of JSON before the compressed octets."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    version: str
    date: str
    format: Format
    names: int
    too_broad: tuple[str, ...]
    essential: tuple[str, ...]
    generation: int = 0
    """Of the table in which it was used first."""

    @property
    def last_good(self) -> LastGood:
        return LastGood(self.version, self.names, frozenset(self.too_broad), frozenset(self.essential))


def kept_at(names_dir: Path, name: str, back: int = 0) -> Path:
    """`back` 0 is the newest."""
    return names_dir / "lists" / f"{quote(name, safe='')}.good{f'.{back}' if back else ''}"


def keep(names_dir: Path, head: GoodList, raw: bytes) -> None:
    kept_at(names_dir, head.name).parent.mkdir(parents=True, exist_ok=True)
    _make_room(names_dir, head)
    write_durably(kept_at(names_dir, head.name), (head.model_dump_json().encode() + b"\n", zlib.compress(raw, _LEVEL)))


def read_head(names_dir: Path, name: str) -> GoodList | None:
    """None where there is none, or all are damaged: the list then starts anew, under the eye of its first version."""
    return next((head for _, head in _kept(names_dir, name)), None)


def read_raw(names_dir: Path, name: str) -> bytes | None:
    """The octets of the list that `read_head` tells of. None where they are damaged."""
    path = next((path for path, _ in _kept(names_dir, name)), None)
    if path is None:
        return None
    with path.open("rb") as file:
        file.readline(_LONGEST_HEAD)
        packed = file.read()
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(packed, LARGEST)
    except zlib.error:
        return None
    return raw if unpacker.eof else None


def versions(names_dir: Path, name: str) -> tuple[GoodList, ...]:
    """What is kept, newest first, without those a person went back from: the first is in use."""
    return tuple(head for _, head in _kept(names_dir, name))


def _kept(names_dir: Path, name: str) -> Iterator[tuple[Path, GoodList]]:
    bad = refused(names_dir).get(name, frozenset())
    for back in range(KEPT):
        path = kept_at(names_dir, name, back)
        try:
            with path.open("rb") as file:
                head = GoodList.model_validate_json(file.readline(_LONGEST_HEAD))
        except (FileNotFoundError, ValidationError):
            continue
        if head.version not in bad:
            yield path, head


def _make_room(names_dir: Path, new: GoodList) -> None:
    older = [path for path, head in _kept(names_dir, new.name) if head.version != new.version][: KEPT - 1]
    # The oldest first: killed between two renames, what is left still stands in the right order.
    for back, path in reversed(tuple(enumerate(older, 1))):
        path.replace(kept_at(names_dir, new.name, back))
