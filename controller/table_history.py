"""Tables as they were published, compressed, so that it can be explained what held at a moment that is past. ●"""

from __future__ import annotations

import gzip
import re
import zlib
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from controller.logging_rules import log_days
from controller.policy import Policy
from dns_filter.durable import write_durably
from dns_filter.model import FilterTable

LIMIT = 256 << 20
"""Octets of all of them; beyond this the oldest go."""
LARGEST = 256 << 20
"""Octets of one, unpacked."""
_FILE = re.compile(r"table-(\d{14})-(\d{1,18})\.json\.gz")


def keep(folder: Path, table: FilterTable, policy: Policy) -> None:
    """Put a published table beside those before, and let go of those that the query log reaches back to no more.

    Raises OSError; what was kept before is still there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"table-{int(table.made_at * 1000):014d}-{table.epoch}.json.gz"
    write_durably(path, (gzip.compress(table.model_dump_json().encode(), compresslevel=3, mtime=0),), mode=0o600)
    days = timedelta(days=max(1, log_days(policy.privacy)))
    _let_go(folder, table.made_at - days.total_seconds())


def table_at(folder: Path, moment: datetime) -> FilterTable | None:
    """The one that was in force; None where none is kept from then, or it is damaged."""
    before = [path for made, path in _kept(folder) if made <= moment.timestamp()]
    try:
        return _read(before[-1]) if before else None
    except (OSError, EOFError, zlib.error, ValidationError):
        return None


def _read(path: Path) -> FilterTable:
    with gzip.open(path) as file:
        return FilterTable.model_validate_json(file.read(LARGEST), strict=False)


def _kept(folder: Path) -> list[tuple[float, Path]]:
    """When each was made, oldest first."""
    found = ((match, path) for path in folder.glob("table-*.json.gz") if (match := _FILE.fullmatch(path.name)))
    return sorted((int(match[1]) / 1000, path) for match, path in found)


def _let_go(folder: Path, before: float) -> None:
    kept = _kept(folder)
    # Of those that are too old the last was still in force when the others were not.
    old = [path for made, path in kept if made < before][:-1]
    total = sum(path.stat().st_size for _, path in kept[len(old) :])
    for _, path in kept[len(old) : -1]:
        if total <= LIMIT:
            break
        total -= path.stat().st_size
        old.append(path)
    for path in old:
        path.unlink(missing_ok=True)
