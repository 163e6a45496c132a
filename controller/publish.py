"""Giving the filter its table, and hearing which workers have it in force. ●"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dns_filter import table_file
from dns_filter.model import FilterTable


@dataclass(frozen=True, slots=True)
class Ack:
    """What one filter worker says of itself: the epoch in force there, and since when (seconds UTC)."""

    worker: int
    pid: int
    epoch: int
    names: str
    at: float


def says_the_same(one: FilterTable, other: FilterTable) -> bool:
    """Whether two tables differ in their epoch and stamps alone: then there is nothing to publish."""
    stamps = {"epoch": one.epoch, "made_at": one.made_at, "horizon": one.horizon}
    return one == other.model_copy(update=stamps)


def publish(path: Path, table: FilterTable) -> None:
    """Put the table where the filter looks for it. Raises OSError when it cannot be kept; the old one stays."""
    table_file.write(path, table)


def in_force(path: Path) -> FilterTable | None:
    """The table that stands there for filters; None where there is none, or none that is whole."""
    try:
        return table_file.read(path)
    except (OSError, table_file.DamagedTableFile):
        return None


def last_epoch(path: Path) -> int:
    """The highest epoch a filter may have taken from here; 0 where nothing was ever published."""
    try:
        return table_file.read_last_good(path).epoch
    except table_file.DamagedTableFile:
        return 0


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes when somebody else writes, damages or removes the table."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def acknowledged(acks: Path) -> Sequence[Ack]:
    """The newest word of every worker that runs. A note that is being replaced or is damaged is passed over."""
    notes = (_read(note) for note in sorted(acks.glob("*.json")))
    return tuple(ack for ack in notes if ack is not None and Path(f"/proc/{ack.pid}").exists())


def _read(note: Path) -> Ack | None:
    try:
        told = json.loads(note.read_text())
        return Ack(
            int(told["worker"]), int(told["pid"]), int(told["epoch"]), str(told["names"] or ""), float(told["at"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
