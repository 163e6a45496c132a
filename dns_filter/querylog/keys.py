"""The keys of pseudonyms on the disk: a file for each term, gone with the last row that needs it. ●"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from dns_filter.durable import write_durably
from dns_filter.querylog.alone import alone

_KEY = re.compile("[0-9a-f]{64}")
_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})\.key")


class KeyRing:
    """Shared by all workers: whoever is first makes the key, and that one counts. Raises OSError."""

    def __init__(self, directory: Path | None, fixed: bytes) -> None:
        """Without a directory `fixed` is the key of every term."""
        self._directory, self._fixed = directory, fixed
        self._read: dict[str, bytes] = {}

    def key(self, term: str) -> bytes:
        if self._directory is None:
            return self._fixed
        if term not in self._read:
            self._read[term] = _read(self._directory / f"{term}.key") or _make(self._directory, term)
        return self._read[term]

    def forget_before(self, day: str) -> None:
        """Destroy the keys of terms that were over before `day`: nothing that is kept was written under them."""
        if self._directory is None:
            return
        terms = sorted(read_keys(self._directory))
        for term, following in pairwise(terms):
            if following <= day:
                (self._directory / f"{term}.key").unlink(missing_ok=True)
                self._read.pop(term, None)


def read_keys(directory: Path) -> Mapping[str, bytes]:
    """The first day of each term -> its key. What is no key is passed over."""
    found = ((match[1], path) for path in directory.glob("*.key") if (match := _FILE.fullmatch(path.name)))
    return {term: key for term, path in found if (key := _read(path))}


def _make(directory: Path, term: str) -> bytes:
    path = directory / f"{term}.key"
    with alone(directory):
        # Where another worker was first, its key counts.
        if not _read(path):
            write_durably(path, (secrets.token_hex(32).encode(),), mode=0o600)
    if not (key := _read(path)):
        raise OSError(f"{path}: cannot be read back")
    return key


def _read(path: Path) -> bytes:
    """Empty where there is none, or none that is whole."""
    try:
        text = path.read_text(errors="replace").strip()
    except FileNotFoundError:
        return b""
    return bytes.fromhex(text) if _KEY.fullmatch(text) else b""
