"""The published filter table on disk: one line of JSON and one with its checksum; the one before is kept beside. ●"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from dns_filter.durable import keep_as, write_durably
from dns_filter.model import FilterTable

LARGEST = 256 << 20
_OURS: dict[Path, tuple[int, int, int]] = {}
"""Tables this process has written, by the stamp they got: their words are known to be right."""
_SUM = b"sha256 "


class DamagedTableFile(Exception):
    """The file is cut off, altered or no filter table; nothing of it may be used."""


def previous(path: Path) -> Path:
    """Where the table before is kept: `table.previous.json` beside `table.json`."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def write(path: Path, table: FilterTable) -> None:
    """Put a table where filters look for it. After a crash the old or the new one is there, whole.

    Raises OSError where it cannot be kept; then the old one is still there.
    """
    body = table.model_dump_json().encode() + b"\n"
    if _is_whole(path):
        _keep(path)
    write_durably(path, (body, _SUM + hashlib.sha256(body).hexdigest().encode() + b"\n"), mode=0o640)
    _OURS[path] = _stamp(path)


def read(path: Path) -> FilterTable:
    """Raises DamagedTableFile with the reason, OSError where the file cannot be read."""
    body = _checked(path)
    try:
        return FilterTable.model_validate_json(body, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DamagedTableFile(f"{path}: {where}: {first['msg']}") from error


def read_last_good(path: Path) -> FilterTable:
    """The table, or where it is missing or damaged the one before. Raises DamagedTableFile where neither is whole."""
    wrong = []
    for each in (path, previous(path)):
        try:
            return read(each)
        except (DamagedTableFile, OSError) as error:
            wrong.append(str(error))
    raise DamagedTableFile("; ".join(wrong))


def _checked(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise DamagedTableFile(f"{path}: larger than {LARGEST} octets")
    body, _, last = path.read_bytes().rpartition(_SUM)
    if last.strip().decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
        raise DamagedTableFile(f"{path}: the checksum in its last line does not fit")
    return body


def _is_whole(path: Path) -> bool:
    try:
        if _OURS.get(path) == _stamp(path):
            _checked(path)  # the disk may have lost something all the same
        else:
            read(path)
    except (DamagedTableFile, OSError):
        return False
    return True


def _stamp(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _keep(path: Path) -> None:
    """Make the table that is in force the one before, without a moment in which there is none.

    The directory is flushed once for both, when the new one is there: whichever of the two a crash takes back, two
    whole tables are left, and nobody who waits for the new one waits for this.
    """
    keep_as(path, previous(path))
