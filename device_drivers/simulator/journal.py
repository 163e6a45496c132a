"""Every command a simulated device received, in memory and as JSON lines in a file."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TextIO


class Journal:
    """Numbered entries; the number says the order, also across sessions."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._lines: list[str] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8")

    def write(self, session: int, line: str) -> int:
        """Append and flush; gives how many there are now."""
        with self._lock:
            self._lines.append(line)
            if not self._file.closed:
                self._file.write(json.dumps({"number": len(self._lines), "session": session, "line": line}) + "\n")
                self._file.flush()
            return len(self._lines)

    def lines(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._lines)

    def close(self) -> None:
        with self._lock:
            self._file.close()
