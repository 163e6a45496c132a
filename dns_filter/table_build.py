"""Lists of names -> the octets of a domain table, with 10 octets a name in memory on the way.

Hashes are collected in 256 parts by their first octet, so that merging and sorting never hold more than a part.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import accumulate

from dns_filter.lists.line import Form
from dns_filter.lists.parsed_list import Entries
from dns_filter.model import Name
from dns_filter.table_layout import MAGIC, Head, Listed, Row, head_octets, padded

_PARTS = 256
_ENTRY = struct.Struct(">QH")
_MOST_GROUPS = 1 << 16
_PER_BUCKET = 8


class TableBuilder:
    """Takes lists one after another, then yields the file. `key` is 16 random octets."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._lists: list[Listed] = []
        self._groups: list[Row] = []
        """What one list says of a name in one form."""
        self._parts = [bytearray() for _ in range(_PARTS)]
        self._fewest = 128
        self._most = 0

    def add(self, listed: Listed, blocks: Entries, exceptions: Entries) -> None:
        bit = 1 << len(self._lists)
        self._lists.append(listed)
        for form, names in blocks.forms():
            at, below = _reach(form, bit)
            self._collect(Row(at, below, 0, 0), names)
        for form, names in exceptions.forms():
            at, below = _reach(form, bit)
            self._collect(Row(0, 0, at, below), names)

    def _collect(self, row: Row, names: Iterable[Name]) -> None:
        if len(self._groups) >= _MOST_GROUPS:
            raise ValueError(f"more than {_MOST_GROUPS // 6} lists in one table")
        group = len(self._groups).to_bytes(2, "big")
        self._groups.append(row)
        key, parts = self._key, self._parts
        depths: set[int] = set()
        for name in names:
            digest = blake2b(name, digest_size=8, key=key).digest()
            parts[digest[0]] += digest + group
            depths.add(_depth(name))
        self._most = max(self._most, *depths, 0)
        self._fewest = min(self._fewest, *depths, 128)

    def octets(self, version: str) -> Iterator[bytes]:
        """The file, in pieces. The builder is used up."""
        hashes, row_ids, rows = self._merged()
        buckets, bucket_bits = _buckets(hashes)
        head = Head(
            version=version,
            count=len(hashes),
            key=self._key.hex(),
            lists=tuple(self._lists),
            rows=tuple((f"{r.at:x}", f"{r.below:x}", f"{r.cleared_at:x}", f"{r.cleared_below:x}") for r in rows),
            row_id_width=row_ids.itemsize,
            bucket_bits=bucket_bits,
            fewest_labels=self._fewest,
            most_labels=self._most,
        )
        gap = b"\0" * (padded(len(row_ids) * row_ids.itemsize) - len(row_ids) * row_ids.itemsize)
        pieces = (head_octets(head), hashes.tobytes(), row_ids.tobytes(), gap, buckets.tobytes())
        checksum = hashlib.sha256()
        for piece in pieces:
            checksum.update(piece)
        yield MAGIC + len(pieces[0]).to_bytes(4, "big") + checksum.digest()
        yield from pieces

    def _merged(self) -> tuple[array[int], array[int], list[Row]]:
        hashes, row_ids = array("Q"), array("I")
        rows = _Rows(self._groups)
        for index in range(_PARTS):
            part, self._parts[index] = self._parts[index], bytearray()
            row_of: dict[int, int] = {}
            for digest, group in _ENTRY.iter_unpack(part):
                row_of[digest] = rows.with_group(row_of.get(digest, 0), group)
            ordered = sorted(row_of)
            hashes.extend(ordered)
            row_ids.extend(map(row_of.__getitem__, ordered))
        return hashes, row_ids if len(rows.rows) > 1 << 16 else array("H", row_ids), rows.rows


class _Rows:
    """The distinct combinations of what lists say, each with a number. Number 0 says nothing."""

    def __init__(self, groups: list[Row]) -> None:
        self._groups = groups
        self.rows = [Row(0, 0, 0, 0)]
        self._numbers = {self.rows[0]: 0}
        self._steps: dict[int, int] = {}

    def with_group(self, number: int, group: int) -> int:
        step = number << 16 | group
        known = self._steps.get(step)
        if known is None:
            known = self._steps[step] = self._number(_both(self.rows[number], self._groups[group]))
        return known

    def _number(self, row: Row) -> int:
        number = self._numbers.setdefault(row, len(self.rows))
        if number == len(self.rows):
            self.rows.append(row)
        return number


def _both(one: Row, other: Row) -> Row:
    return Row(
        one.at | other.at,
        one.below | other.below,
        one.cleared_at | other.cleared_at,
        one.cleared_below | other.cleared_below,
    )


def _reach(form: Form, bit: int) -> tuple[int, int]:
    return (0 if form is Form.BELOW else bit, 0 if form is Form.EXACT else bit)


def _depth(name: Name) -> int:
    depth = at = 0
    while length := name[at]:
        at += 1 + length
        depth += 1
    return depth


def _buckets(hashes: array[int]) -> tuple[array[int], int]:
    bits = max(1, (len(hashes) // _PER_BUCKET).bit_length())
    counts = [0] * ((1 << bits) + 1)
    shift = 64 - bits
    for digest in hashes:
        counts[(digest >> shift) + 1] += 1
    return array("I", accumulate(counts)), bits


assert array("I").itemsize == 4, f"no 32-bit integers in arrays on {sys.platform}"  # the layout rests on it
