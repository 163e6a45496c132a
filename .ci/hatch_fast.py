"""Puts the compiled loop of the DNS filter into a wheel, where CARETAKER_WHEEL=fast asks for it: gcc, no network."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Fast(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if os.environ.get("CARETAKER_WHEEL") != "fast" or version == "editable":
            return
        sys.path.insert(0, self.root)
        from dns_filter.fast import build, library

        build.build()
        inside = library.LIBRARY.relative_to(Path(self.root).resolve())
        build_data["force_include"][str(library.LIBRARY)] = str(inside)
        # C alone, nothing of CPython's: the same for every Python 3.
        build_data["pure_python"], build_data["tag"] = False, f"py3-none-{build.platform()}"
