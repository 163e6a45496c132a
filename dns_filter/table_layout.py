"""The octets of a domain table file: what stands where, and how a reader knows that it is whole.

    magic 8 | length of the head 4 | SHA-256 of all that follows 32 | head (JSON, padded with blanks)
    | hashes, 8 octets each, ascending | row of each hash, 2 or 4 octets | first hash of each bucket, 4 octets

A bucket is the hashes that share their first `bucket_bits` bits. Numbers are in the byte order the head names.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from mmap import mmap

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAGIC = b"CTNAMES1"
PREFIX = len(MAGIC) + 4 + 32
ALIGNMENT = 8


class DamagedTable(ValueError):
    """The file is not a whole domain table of this version. The text says which file and why."""


class Listed(BaseModel):
    """One list in the table: its bit is its place among the lists."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    version: str
    categories: tuple[str, ...]
    date: str = ""

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"


class Head(BaseModel):
    """The head of the file, as JSON. A row is four masks in hexadecimal: at, below, cleared at, cleared below."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: str
    count: int = Field(ge=0)
    key: str = Field(pattern=r"^[0-9a-f]{32}$")
    lists: tuple[Listed, ...]
    rows: tuple[tuple[str, str, str, str], ...]
    row_id_width: int = Field(ge=2, le=4)
    bucket_bits: int = Field(ge=1, le=32)
    fewest_labels: int
    most_labels: int
    byte_order: str = sys.byteorder


@dataclass(frozen=True, slots=True)
class Row:
    """What a listed name says for a question of that very name, and for one below it."""

    at: int
    below: int
    cleared_at: int
    cleared_below: int


@dataclass(frozen=True, slots=True)
class Layout:
    version: str
    count: int
    key: bytes
    lists: tuple[Listed, ...]
    rows: tuple[Row, ...]
    row_id_width: int
    bucket_bits: int
    fewest_labels: int
    most_labels: int
    hashes_at: int
    row_ids_at: int
    buckets_at: int


def padded(length: int) -> int:
    return -(-length // ALIGNMENT) * ALIGNMENT


def read_layout(mapped: mmap, where: str) -> Layout:
    """Checks the sum over the whole file and that every part is there. Raises DamagedTable."""
    if len(mapped) < PREFIX or mapped[: len(MAGIC)] != MAGIC:
        raise DamagedTable(f"{where}: not a domain table of this version")
    with memoryview(mapped) as whole, whole[PREFIX:] as body:
        if hashlib.sha256(body).digest() != mapped[PREFIX - 32 : PREFIX]:
            raise DamagedTable(f"{where}: its checksum is wrong: cut off or altered")
    head_length = int.from_bytes(mapped[len(MAGIC) : len(MAGIC) + 4], "big")
    try:
        head = Head.model_validate_json(mapped[PREFIX : PREFIX + head_length])
        return _laid_out(head, padded(PREFIX + head_length), len(mapped))
    except (ValidationError, ValueError) as wrong:
        raise DamagedTable(f"{where}: {wrong}") from wrong


def _laid_out(head: Head, hashes_at: int, size: int) -> Layout:
    row_ids_at = hashes_at + 8 * head.count
    buckets_at = padded(row_ids_at + head.row_id_width * head.count)
    if buckets_at + 4 * ((1 << head.bucket_bits) + 1) != size:
        raise ValueError("its parts do not fill it")
    if head.byte_order != sys.byteorder:
        raise ValueError(f"made on a machine of the other byte order, {head.byte_order}")
    return Layout(
        version=head.version,
        count=head.count,
        key=bytes.fromhex(head.key),
        lists=head.lists,
        rows=tuple(Row(*(int(mask, 16) for mask in row)) for row in head.rows),
        row_id_width=head.row_id_width,
        bucket_bits=head.bucket_bits,
        fewest_labels=head.fewest_labels,
        most_labels=head.most_labels,
        hashes_at=hashes_at,
        row_ids_at=row_ids_at,
        buckets_at=buckets_at,
    )


def head_octets(head: Head) -> bytes:
    """The head, padded so that the hashes after it stand on a multiple of eight."""
    text = json.dumps(head.model_dump(mode="json"), separators=(",", ":")).encode()
    return text + b" " * (padded(PREFIX + len(text)) - PREFIX - len(text))
