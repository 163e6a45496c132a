"""What writes to the school's disk, each with what must hold after one of its writes went wrong or was its last.

A writer's folder is made whole by `prepare`, written into by `write`, and looked at by `look`, which is the next start:
all that was acknowledged is there, nothing is torn, and nothing is left beside it but `files`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.faults.disk_databases import Copies, PuttingBack, Queries, Records
from tests.faults.disk_files import HostKeys, Numbers, PolicyFile, Tables
from tests.faults.disk_lists import Compiled, Fetched

Say = Callable[[str, str], None]
"""With "kept" what is acknowledged, with "refused" the words for a person."""


class Writer(Protocol):
    files: Sequence[str]
    """Patterns of names, below the folder."""

    def prepare(self, folder: Path) -> None: ...
    def write(self, folder: Path, say: Say) -> None: ...
    def look(self, folder: Path, kept: Sequence[str]) -> None: ...


WRITERS: Mapping[str, Writer] = {
    "records": Records(),
    "tables": Tables(),
    "serials": Numbers(),
    "queries": Queries(),
    "compiled-lists": Compiled(),
    "fetched-lists": Fetched(),
    "copies": Copies(),
    "putting-back": PuttingBack(),
    "policy": PolicyFile(),
    "host-keys": HostKeys(),
}
