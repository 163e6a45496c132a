"""The last trusted version of each list, kept beside the table as it came, compressed. ●"""

from __future__ import annotations

import zlib
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from dns_filter.durable import write_durably
from dns_filter.list_file import LARGEST
from dns_filter.parsed_list import Format
from dns_filter.suspicion import LastGood

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

    @property
    def last_good(self) -> LastGood:
        return LastGood(self.version, self.names, frozenset(self.too_broad), frozenset(self.essential))


def kept_at(names_dir: Path, name: str) -> Path:
    return names_dir / "lists" / f"{quote(name, safe='')}.good"


def keep(names_dir: Path, head: GoodList, raw: bytes) -> None:
    path = kept_at(names_dir, head.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, (head.model_dump_json().encode() + b"\n", zlib.compress(raw, _LEVEL)))


def read_head(names_dir: Path, name: str) -> GoodList | None:
    """None where there is none, or it is damaged: the list then starts anew, under the eye of its first version."""
    try:
        with kept_at(names_dir, name).open("rb") as file:
            return GoodList.model_validate_json(file.readline(_LONGEST_HEAD))
    except (FileNotFoundError, ValidationError):
        return None


def read_raw(names_dir: Path, name: str) -> bytes | None:
    """The list's own octets. None where they are damaged."""
    with kept_at(names_dir, name).open("rb") as file:
        file.readline(_LONGEST_HEAD)
        packed = file.read()
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(packed, LARGEST)
    except zlib.error:
        return None
    return raw if unpacker.eof else None
