"""What each worker of the filter counts, read from the notes it leaves once a second. ●"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from controller.filter_metrics import Tally, WorkerCounts

__all__ = ["WorkerCounts", "read_counts"]

MOST_WORKERS, MOST_KINDS, LARGEST = 64, 80, 64 << 10
"""Of what a note says no more is taken: a damaged one must not break the monitoring."""
_KIND = re.compile(r"[a-z0-9_.-]{1,40}")


def read_counts(folder: Path) -> tuple[WorkerCounts, ...]:
    """The notes of all workers that run, by number. One that is being replaced or is damaged is passed over."""
    notes = sorted(folder.glob("*.json"))[:MOST_WORKERS]
    return tuple(counts for note in notes if (counts := _read(note)) is not None)


def _read(note: Path) -> WorkerCounts | None:
    try:
        if note.stat().st_size > LARGEST:
            return None
        told = json.loads(note.read_text())
        if not Path(f"/proc/{int(told['pid'])}").exists():
            return None
        return _counts(told)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _counts(told: Mapping[str, Any]) -> WorkerCounts:
    """A tally within a tally stands under both of their names: `encrypted.dot`."""
    encrypted = told.get("encrypted", {})
    within = {f"encrypted.{name}": value for name, value in encrypted.items()} if isinstance(encrypted, dict) else {}
    values = {**told, **within}
    numbers = {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
    tallies = {name: _tally(value) for name, value in values.items() if isinstance(value, dict) and name != "encrypted"}
    return WorkerCounts(str(int(told["worker"])), numbers, tallies)


def _tally(value: Mapping[str, Any]) -> Tally:
    kinds = [(kind, count) for kind, count in value.items() if isinstance(count, int | float) and _KIND.fullmatch(kind)]
    return {kind: float(count) for kind, count in kinds[:MOST_KINDS]}
