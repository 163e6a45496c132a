"""Pen drives, their images, and signatures of a school's own: everything is made here."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from controller.station.clam import EICAR

START = 2048
"""The first sector of the partition, as every formatter puts it."""


@contextmanager
def signatures(content: str = "") -> Iterator[Path]:
    """A folder that clamd's own user can read; left out: with a signature of the EICAR test file."""
    with tempfile.TemporaryDirectory(prefix="caretaker-test-signatures-") as folder:
        Path(folder).chmod(0o755)
        usual = f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n"
        Path(folder, "school.ndb").write_text(content or usual)
        yield Path(folder)


def image(path: Path, files: Mapping[str, bytes], *, partitioned: bool = False) -> Path:
    """A floppy's size of FAT, bare or behind a partition table."""
    size, offset = 2880 * 1024, START * 512 if partitioned else 0
    with path.open("wb") as file:
        file.truncate(size + offset)
    where = f"{path}@@{offset}" if partitioned else str(path)
    _mtool("mformat", where, "-f", "2880")
    for name, content in files.items():
        folders = name.split("/")[:-1]
        for depth in range(1, len(folders) + 1):
            folder = "::" + "/".join(folders[:depth])
            subprocess.run(["mmd", "-D", "s", "-i", where, folder], capture_output=True, check=False)
        source = path.with_suffix(".part")
        source.write_bytes(content)
        subprocess.run(["mcopy", "-i", where, str(source), f"::{name}"], check=True, capture_output=True)
        source.unlink()
    if partitioned:
        _partition(path, size)
    return path


def _mtool(tool: str, where: str, *words: str) -> None:
    subprocess.run([tool, "-i", where, *words, "::"], check=True, capture_output=True)


def _partition(path: Path, size: int) -> None:
    raw = bytearray(path.read_bytes())
    entry = bytes([0, 0, 0, 0, 0x0C, 0, 0, 0]) + START.to_bytes(4, "little") + (size // 512).to_bytes(4, "little")
    raw[446:462], raw[510:512] = entry, b"\x55\xaa"
    path.write_bytes(raw)
