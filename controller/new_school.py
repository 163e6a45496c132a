"""The files with which a school begins, written by `caretaker init`. ● writes."""

from __future__ import annotations

import os
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
FILES = ("school.yaml", "devices.csv", "people.csv", "switches.csv", "settings.toml", "secrets.toml", "README.txt")
_SECRET = frozenset({"secrets.toml"})


class SchoolExists(Exception):
    """The folder holds a file of a school already."""


def write_new_school(directory: Path) -> tuple[Path, ...]:
    """Write every file of a new school and say which. Raises SchoolExists, before anything is written, or OSError."""
    wanted = tuple(directory / name for name in FILES)
    there = [path.name for path in wanted if os.path.lexists(path)]
    if there:
        raise SchoolExists(f"{directory} holds {', '.join(there)} already")
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    try:
        for path in wanted:
            _write(path, (TEMPLATES / path.name).read_bytes(), written)
    except OSError:
        # Half a school would refuse the next attempt.
        for path in written:
            path.unlink()
        raise
    return wanted


def _write(path: Path, octets: bytes, written: list[Path]) -> None:
    # "x" and a mode from the first moment: no file of somebody else is followed, no secret readable for a while.
    mode = 0o600 if path.name in _SECRET else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
        written.append(path)
        opened.write(octets)
