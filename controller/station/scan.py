"""Scanning piece by piece: what was found, how much was looked through, and the verdict. ●"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from controller.station.clam import NOT_LOOKED_THROUGH, Engine
from controller.station.contents import Limits, Piece, pieces
from controller.station.image import NotReadable, taken_out, volumes
from inventory.receipts import MOST_FINDINGS, Finding, Verdict

LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Found:
    """`findings` are the first few, what harms first; `more`: how many beside them."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    files: int
    octets: int
    more: int = 0


def look_through(
    path: Path, engine: Engine, limits: Limits = LIMITS, told: Callable[[int], None] = lambda _: None
) -> Found:
    """A folder, a file, or the files of a FAT image or pen drive. `told` hears how many files are done.

    Raises OSError where it cannot be opened, NoEngine where the engine fails; what cannot be looked into is a find.
    """
    with ExitStack() as open_volumes:
        try:
            found = _folders(path, limits, open_volumes)
        except NotReadable as error:
            return Found(Verdict.UNSCANNABLE, (Finding(path.name or "?", str(error)[:80]),), 0, 0)
        return verdict_of((each for folder in found for each in pieces(folder, limits)), engine, limits, told)


def verdict_of(found: Iterable[Piece], engine: Engine, limits: Limits, told: Callable[[int], None]) -> Found:
    harm: list[Finding] = []
    unseen: list[Finding] = []
    files, octets = 0, 0
    for piece in found:
        files, octets = files + 1, octets + piece.octets
        if files > limits.files or octets > limits.octets:
            unseen.append(Finding(piece.place, "there is more than can be looked through"))
            break
        what = piece.why if piece.file is None else engine.find(piece.file)
        if what is not None:
            blind = piece.file is None or what.startswith(NOT_LOOKED_THROUGH)
            (unseen if blind else harm).append(Finding(piece.place, _words(what)))
        told(files)
    verdict = Verdict.INFECTED if harm else Verdict.UNSCANNABLE if unseen else Verdict.CLEAN
    first = (*harm, *unseen)[:MOST_FINDINGS]
    return Found(verdict, first, files, octets, len(harm) + len(unseen) - len(first))


def _folders(path: Path, limits: Limits, open_volumes: ExitStack) -> Iterator[Path] | tuple[Path, ...]:
    if path.is_dir():
        return (path,)
    found = volumes(path)
    if not found and path.is_block_device():
        raise NotReadable("it holds no file system that can be read here")
    return tuple(open_volumes.enter_context(taken_out(path, volume, limits)) for volume in found) or (path,)


def _words(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)[:80] or "?"
