"""What is in a folder or a file, piece by piece: no link is followed, nothing is opened that is no file. ●"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LONGEST_PLACE = 120


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond them nobody says that something is clean."""

    files: int = 50_000
    octets: int = 64 * 2**30
    file: int = 1000 * 2**20
    depth: int = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """`file` is open and read once, then closed; None where it was not opened, and `why` says why not."""

    place: str
    octets: int
    file: BinaryIO | None
    why: str = ""


def pieces(path: Path, limits: Limits) -> Iterator[Piece]:
    """Every file below `path`, or the file itself. Raises OSError where `path` cannot be opened at all."""
    if not path.is_dir():
        yield from _closing(_piece(os.open(path, _HOW), path.name, limits))
        return
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield from _below(top, "", limits, limits.depth)
    finally:
        os.close(top)


_HOW = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Not through a link, and never waiting for the other end of a pipe."""


def _below(folder: int, where: str, limits: Limits, depth: int) -> Iterator[Piece]:
    for name in sorted(os.listdir(folder)):
        place = f"{where}{name}"
        try:
            mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                yield from _folder(folder, name, place, limits, depth)
            elif stat.S_ISREG(mode):
                yield from _closing(_piece(os.open(name, _HOW, dir_fd=folder), place, limits))
        except OSError as error:
            yield Piece(shown(place), 0, None, error.strerror or "cannot be read")


def _folder(above: int, name: str, place: str, limits: Limits, depth: int) -> Iterator[Piece]:
    if depth == 0:
        yield Piece(shown(place), 0, None, "too deep")
        return
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
    try:
        yield from _below(folder, f"{place}/", limits, depth - 1)
    finally:
        os.close(folder)


def _piece(number: int, place: str, limits: Limits) -> Piece:
    file = os.fdopen(number, "rb")
    about = os.fstat(number)
    if not stat.S_ISREG(about.st_mode):
        file.close()
        return Piece(shown(place), 0, None, "no file")
    if about.st_size > limits.file:
        file.close()
        return Piece(shown(place), about.st_size, None, "too large")
    return Piece(shown(place), about.st_size, file)


def _closing(piece: Piece) -> Iterator[Piece]:
    if piece.file is None:
        yield piece
        return
    with closing(piece.file):
        yield piece


def shown(name: str) -> str:
    """A name as it may stand in a receipt: what a screen does not show, or would obey, becomes a mark."""
    text = os.fsencode(name).decode("utf-8", "replace")
    clean = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return (clean if len(clean) <= LONGEST_PLACE else f"…{clean[-LONGEST_PLACE + 1 :]}") or "?"
