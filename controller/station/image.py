"""The files of a pen drive or its image, taken out with mtools: nothing is mounted, nothing on it is run. ●"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.station.contents import Limits

SECTOR = 512
FAT_PARTITIONS = frozenset({0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E})
PATIENCE = 600.0
"""Seconds that taking the files out may take."""
_COUNT = re.compile(r"^ +([0-9]+) files? +([0-9][0-9 ]*) bytes$", re.MULTILINE)
"""Below each directory, and of all of them at the end: no name that stands there comes after it."""


class NotReadable(Exception):
    """It cannot be looked into; the message says why, `todo` what helps."""

    def __init__(self, message: str, todo: str = "") -> None:
        super().__init__(message)
        self.todo = todo


@dataclass(frozen=True, slots=True)
class Volume:
    """A FAT file system at an offset, with its volume id such as `1A2B-3C4D`."""

    offset: int
    serial: str


def volumes(path: Path) -> tuple[Volume, ...]:
    """The FAT volumes of an image or a block device. Empty: it is none. Raises NotReadable, OSError."""
    with path.open("rb") as image:
        first = image.read(SECTOR)
        if (whole := _volume(first, 0)) is not None:
            return (whole,)
        found = []
        for kind, offset in _partitions(first):
            if kind not in FAT_PARTITIONS:
                raise NotReadable(
                    "it has a part with another file system than FAT",
                    "Mount it read-only on this machine, and scan the folder: `caretaker station scan /media/…`.",
                )
            image.seek(offset)
            volume = _volume(image.read(SECTOR), offset)
            if volume is None:
                raise NotReadable("its partition table leads to no file system; it is damaged")
            found.append(volume)
        return tuple(found)


@contextmanager
def taken_out(path: Path, volume: Volume, limits: Limits) -> Iterator[Path]:
    """A folder with all files of a volume, gone when the block ends. Raises NotReadable before it takes too much."""
    where = f"{path}@@{volume.offset}"
    files, octets = _measured(where, limits)
    with tempfile.TemporaryDirectory(prefix="caretaker-station-") as folder:
        if octets + 2**26 > shutil.disk_usage(folder).free:
            raise NotReadable("there is not enough room to take its files out", f"Make room in {folder}.")
        if files:
            # A size in a directory may lie: no file grows beyond what was asked for.
            blocks = limits.file // SECTOR + 1
            script = f'ulimit -f {blocks}; exec mcopy -s -n -Q -i "$1" :: "$2"'
            _run(["sh", "-c", script, "sh", where, folder])
        yield Path(folder)


def _measured(where: str, limits: Limits) -> tuple[int, int]:
    """Files and octets, as its directories say. A directory that contains itself never ends: it is cut off."""
    said = _run(["mdir", "-/", "-a", "-i", where, "::"])
    if _nothing_there(said):
        return 0, 0
    counts = _COUNT.findall(said)
    if not counts:
        raise NotReadable("its directories cannot be read; it is damaged")
    files, octets = (int(number.replace(" ", "")) for number in counts[-1])
    if files > limits.files or octets > limits.octets:
        raise NotReadable(f"it holds more than can be looked through here ({files} files, {octets} octets)")
    return files, octets


def _run(words: list[str]) -> str:
    if shutil.which("mcopy") is None:
        raise NotReadable("mtools is not installed", "apt-get install mtools")
    try:
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                words, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False
            )
            said.seek(max(0, said.tell() - 65_536))
            text = said.read().decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        raise NotReadable("taking its files out does not end; it is damaged, or made to be") from None
    if done.returncode != 0 and not _nothing_there(text):
        last = next(reversed(text.strip().splitlines()), "no word why")
        raise NotReadable(f"its files cannot be taken out: {''.join(c for c in last if c.isprintable())[:120]}")
    return text


def _nothing_there(text: str) -> bool:
    return 'File "::" not found' in text


def _volume(sector: bytes, offset: int) -> Volume | None:
    """A boot sector of FAT12, FAT16 or FAT32 (Microsoft's FAT specification 1.03)."""
    if len(sector) < SECTOR or sector[510:512] != b"\x55\xaa":
        return None
    per_sector, per_cluster = int.from_bytes(sector[11:13], "little"), sector[13]
    if per_sector not in (512, 1024, 2048, 4096) or per_cluster == 0 or per_cluster & (per_cluster - 1):
        return None
    number = next((sector[at : at + 4] for mark, at in ((82, 67), (54, 39)) if sector[mark : mark + 3] == b"FAT"), None)
    if number is None:
        return None
    text = f"{int.from_bytes(number, 'little'):08X}"
    return Volume(offset, f"{text[:4]}-{text[4:]}")


def _partitions(sector: bytes) -> Iterator[tuple[int, int]]:
    """(type, offset) of the four of a master boot record."""
    if len(sector) < SECTOR or sector[510:512] != b"\x55\xaa":
        return
    for at in range(446, 510, 16):
        kind, start = sector[at + 4], int.from_bytes(sector[at + 8 : at + 12], "little")
        if kind and start:
            yield kind, start * SECTOR
