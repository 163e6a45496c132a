"""Erasures that are still to be carried out in a database that may be out of reach. ●"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owed:
    """All rows of a pseudonym, but for those within `held`: from, up to; seconds UTC."""

    device: str
    held: Sequence[tuple[float, float]]


def owe(path: Path, owed: Iterable[Owed]) -> None:
    """Write them down, on the disk when this returns. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = "".join(json.dumps({"device": each.device, "held": list(each.held)}) + "\n" for each in owed)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def owed(path: Path) -> tuple[Owed, ...]:
    """What is written down so far. A line that a crash cut off was never acknowledged."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return ()
    return tuple(each for line in lines if (each := _read(line)) is not None)


def _read(line: str) -> Owed | None:
    try:
        told = json.loads(line)
        return Owed(str(told["device"]), tuple((float(since), float(until)) for since, until in told["held"]))
    except (ValueError, KeyError, TypeError):
        return None
