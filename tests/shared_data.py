"""Real captures, block lists and exports, kept beside the project and never inside it.

`../shared/data`, or wherever CARETAKER_SHARED_DATA points. A clone without them skips by name; CI does not skip.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent


def _root() -> Path:
    return Path(os.environ.get("CARETAKER_SHARED_DATA") or PROJECT.parent / "shared" / "data")


def _lacking(part: str) -> str:
    return f"needs shared data: {part} is not in ../shared/data (CARETAKER_SHARED_DATA names another place)"


def shared_data(part: str) -> Path:
    """The file or directory `part` (`blocklists`, `switch-cli/cisco_ios`) of the shared data; skips where it is not."""
    found = _root() / part
    if not found.exists():
        pytest.skip(_lacking(part), allow_module_level=True)
    return found


def shared_cases(part: str, pattern: str) -> list[Any]:
    """One pytest parameter for each file of `part` that matches `pattern`, sorted, named by its path.

    Without the data: one parameter that skips, so that the test is still seen by name.
    """
    base = _root() / part
    found = sorted(path for path in base.glob(pattern) if path.is_file()) if base.is_dir() else []
    if not found:
        return [pytest.param(base, id="no-shared-data", marks=pytest.mark.skip(reason=_lacking(f"{part}/{pattern}")))]
    return [pytest.param(path, id=str(path.relative_to(base))) for path in found]
