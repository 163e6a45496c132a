"""A list as a file: plain, .gz or .xz, never larger than it may be, before or after unpacking. ●"""

from __future__ import annotations

import gzip
import lzma
import zlib
from pathlib import Path

LARGEST = 512 * 2**20
"""Octets of the largest list that is read; the largest public one (5 million names) has about 120 MB."""

_XZ_MEMORY = 256 * 2**20


class UnreadableList(OSError):
    """The file is missing, damaged, or larger than it may be. The text says which and where."""


def read_list_file(path: Path, cap: int = LARGEST) -> bytes:
    """The list's octets, unpacked by the ending of the file's name. Raises UnreadableList."""
    try:
        with path.open("rb") as file:
            if path.suffix == ".gz":
                text = gzip.GzipFile(fileobj=file).read(cap + 1)
            elif path.suffix == ".xz":
                text = _unpacked_xz(path, file.read(cap + 1), cap)
            else:
                text = file.read(cap + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as wrong:
        raise UnreadableList(f"{path}: {wrong}") from wrong
    if len(text) > cap:
        raise UnreadableList(f"{path}: larger than {cap} octets when unpacked")
    return text


def _unpacked_xz(path: Path, packed: bytes, cap: int) -> bytes:
    # The decoder is told where to stop: a bomb of 50 KB would otherwise unpack to gigabytes first.
    decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
    text = decoder.decompress(packed, max_length=cap + 1)
    if not decoder.eof and len(text) <= cap:
        raise UnreadableList(f"{path}: ends in the middle")
    if decoder.unused_data.strip(b"\0"):
        raise UnreadableList(f"{path}: more than one stream of xz in it")
    return text
