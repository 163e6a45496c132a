"""The records of past checks: a signed file each, the newest four hundred days of them. ●"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from controller.check_filter.outcome import SEGMENT, Run
from controller.check_filter.signed import NotTrue, SignedRun, fingerprint, read_signed, write_signed

KEPT = timedelta(days=400)
_MOMENT = "%Y%m%dT%H%M%SZ"


def place_of(folder: Path, run: Run) -> Path:
    return folder / f"{run.at:{_MOMENT}}.{_plain(run.where)}.json"


def keep(folder: Path, signed: SignedRun) -> Path:
    """Write it down and forget what is too old. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place_of(folder, signed.run)
    write_signed(path, signed)
    for old in records(folder):
        if _moment(old) < signed.run.at - KEPT:
            old.unlink(missing_ok=True)
    return path


def records(folder: Path) -> tuple[Path, ...]:
    """The newest first. What is named in another way is not ours."""
    return tuple(sorted((path for path in folder.glob("*.json") if _named(path)), reverse=True))


def runs(folder: Path, where: str, before: datetime | None = None) -> Iterator[Run]:
    """Of one node or segment, the newest first; what is damaged, or was changed, is passed over.

    `SEGMENT` alone: of all segments.
    """
    wanted = _plain(where)
    for path in records(folder):
        place = path.name.split(".")[1]
        of_it = place.startswith(wanted) if where == SEGMENT else place == wanted
        if of_it and (before is None or _moment(path) < before):
            try:
                yield read_signed(path.read_bytes()).run
            except (NotTrue, OSError):
                continue


def last(folder: Path, where: str, before: datetime | None = None) -> Run | None:
    return next(runs(folder, where, before), None)


def signer(path: Path) -> str:
    """Fingerprint of the key that signed a record. Raises NotTrue, OSError."""
    return fingerprint(read_signed(path.read_bytes()).key)


def _plain(where: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in where)[:60] or "node"


def _named(path: Path) -> bool:
    try:
        _moment(path)
    except ValueError:
        return False
    return path.name.count(".") == 2


def _moment(path: Path) -> datetime:
    return datetime.strptime(f"{path.name.split('.')[0]}+0000", f"{_MOMENT}%z")
