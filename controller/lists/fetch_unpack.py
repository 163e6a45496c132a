"""What was downloaded -> a plain list, or a folder of categories. Bombs, links and odd places are refused. ●

The first octets say how it is packed, not its name and not the server: .gz and .xz, one in the other at most, and a
.tar in the manner of UT1, `games/domains`, of which only files called `domains` are taken.
"""

from __future__ import annotations

import gzip
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from controller.lists.fetch_place import FetchFailed

CHUNK = 2**18
_LAYERS = 2
_XZ_MEMORY = 256 * 2**20
_MEMBERS = 20_000
_BOMB, _BOMB_FROM = 200, 8 * 2**20
"""Names packed by the best of packers come to a fortieth; so many times its size is no list."""
_GZIP, _XZ, _TAR_AT, _TAR = b"\x1f\x8b", b"\xfd7zXZ\0", 257, b"ustar"
_CATEGORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}").fullmatch


def unpack(downloaded: Path, folder: Path, cap: int, *, one_list: bool) -> Path:
    """The list, or the folder of categories, new and inside `folder`. No list is larger than `cap` octets.

    `one_list`: a single list out of an archive is given as a file. Raises FetchFailed; then nothing new is left.
    """
    plain = downloaded
    for layer in range(_LAYERS):
        if (pieces := _packed(plain)) is None:
            break
        unpacked = folder / f".unpacked-{layer}.tmp"
        _write(pieces, unpacked, cap, plain.stat().st_size)
        plain.unlink()
        plain = unpacked
    if _packed(plain) is not None:
        raise FetchFailed(f"packed more than {_LAYERS} times")
    return _from_tar(plain, folder, one_list=one_list) if _is_tar(plain) else plain


def _packed(path: Path) -> Iterator[bytes] | None:
    with path.open("rb") as file:
        first = file.read(len(_XZ))
    if first.startswith(_GZIP):
        return _gunzipped(path)
    return _unxzed(path) if first == _XZ else None


def _gunzipped(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        while piece := file.read(CHUNK):
            yield piece


def _unxzed(path: Path) -> Iterator[bytes]:
    decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
    with path.open("rb") as file:
        while not decoder.eof:
            packed = file.read(CHUNK) if decoder.needs_input else b""
            if decoder.needs_input and not packed:
                raise EOFError("ends in the middle")
            yield decoder.decompress(packed, CHUNK)
        if decoder.unused_data.strip(b"\0") or file.read(CHUNK).strip(b"\0"):
            raise lzma.LZMAError("more than one stream of xz in it")


def _write(pieces: Iterator[bytes], into: Path, cap: int, packed: int) -> None:
    most = min(cap, max(_BOMB_FROM, packed * _BOMB))
    written = 0
    try:
        with into.open("wb") as file:
            for piece in pieces:
                written += file.write(piece)
                if written > most:
                    raise FetchFailed(f"{packed} octets become more than {most}: a bomb, or larger than allowed")
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as wrong:
        raise FetchFailed(f"cannot be unpacked: {wrong}") from wrong


def _is_tar(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(_TAR_AT)
        return file.read(len(_TAR)) == _TAR


def _from_tar(path: Path, folder: Path, *, one_list: bool) -> Path:
    into = folder / ".categories.tmp"
    try:
        with tarfile.open(path, "r:") as archive:
            taken = [_take(archive, member, into) for member in _lists_in(archive)]
    except (tarfile.TarError, EOFError, ValueError) as wrong:
        raise FetchFailed(f"the archive cannot be read: {wrong}") from wrong
    if not taken:
        raise FetchFailed("an archive without a file called `domains`")
    path.unlink()
    return taken[0] if one_list and len(taken) == 1 else into


def _lists_in(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Plain files `…/CATEGORY/domains`. Links are passed over, and sparse files, whose size is only claimed."""
    seen: set[str] = set()
    for number, member in enumerate(archive):
        if number >= _MEMBERS:
            raise FetchFailed(f"an archive of more than {_MEMBERS} files")
        *_, category, name = ("", "", *member.name.split("/"))
        if member.isreg() and not member.issparse() and name == "domains" and _CATEGORY(category):
            if category in seen:
                raise FetchFailed(f"the archive has two lists of {category}")
            seen.add(category)
            yield member


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> Path:
    # Only the checked last folder's name is used: where the archive wants its files to lie does not matter.
    place = into / member.name.split("/")[-2] / "domains"
    place.parent.mkdir(parents=True)
    source = archive.extractfile(member)
    if source is None:
        raise FetchFailed(f"the archive's {member.name[:100]!r} is no plain file")
    with source, place.open("wb") as file:
        _copy(source, file)
    return place


def _copy(source: IO[bytes], file: IO[bytes]) -> None:
    while piece := source.read(CHUNK):
        file.write(piece)
