"""The serial of every zone, kept on the disk so that it never goes back, whatever is restarted. ●"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from dns_filter.durable import write_durably

_LARGEST = 16 << 20
_MOST = 2**32


class Kept(BaseModel):
    """The last serial of a zone, and the SHA-256 of what it said then."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    serial: int
    digest: str


class _Book(RootModel[dict[str, Kept]]):
    pass


class Serials:
    """A serial is the second in which its content was first seen, or the one after the last."""

    def __init__(self, path: Path) -> None:
        """Raises OSError; a damaged book is started anew, because the clock alone goes forward too."""
        self._path = path
        self._kept = _read(path)
        self._written = dict(self._kept)

    def serial(self, zone: str, digest: str, now: float) -> int:
        """The serial of a zone that now says this: the kept one where nothing changed."""
        kept = self._kept.get(zone)
        if kept is not None and kept.digest == digest:
            return kept.serial
        fresh = int(now) if kept is None else max(int(now), kept.serial + 1)
        self._kept[zone] = Kept(serial=fresh % _MOST, digest=digest)
        return self._kept[zone].serial

    def keep(self) -> None:
        """Before a subscriber is told of them. Raises OSError."""
        if self._kept != self._written:
            told = {zone: kept.model_dump() for zone, kept in self._kept.items()}
            write_durably(self._path, (json.dumps(told).encode(),), mode=0o600)
            self._written = dict(self._kept)


def _read(path: Path) -> dict[str, Kept]:
    try:
        with path.open("rb") as file:
            return _Book.model_validate_json(file.read(_LARGEST)).root
    except (FileNotFoundError, ValidationError):
        return {}
