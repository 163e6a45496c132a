"""Writing a file so that after a crash either the old one or the new one is there, whole. ●"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_UNFINISHED = re.compile(r"\..+\.(\d{1,9})\.(?:tmp|link)").fullmatch
_SWEPT: set[Path] = set()
"""Folders in which this process has looked for what others left behind: once in each is enough."""


def write_durably(path: Path, pieces: Iterable[bytes], mode: int = 0o640) -> None:
    """Write beside it, flush to the disk, rename over it, flush the directory.

    `mode` holds whatever the umask is: the filter may be another user of the same group than the controller.

    Raises OSError; then `path` is as it was.
    """
    _sweep_once(path.parent)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    flush_directory(path.parent)


def keep_as(path: Path, other: Path) -> None:
    """Give the file a second name, in place of what had it: that takes no room, and there is no moment without either.

    The directory is not flushed. Raises OSError.
    """
    _sweep_once(path.parent)
    link = path.with_name(f".{path.name}.{os.getpid()}.link")
    link.unlink(missing_ok=True)
    link.hardlink_to(path)
    link.replace(other)
    link.unlink(missing_ok=True)  # where both were the same file already, it is still there


def _sweep_once(directory: Path) -> None:
    """Take away what a process that was killed had begun to write: nobody will ever finish it."""
    if directory in _SWEPT:
        return
    _SWEPT.add(directory)
    with suppress(OSError):  # what is left over must not keep anything from being written
        for path in directory.glob(".*"):
            found = _UNFINISHED(path.name)
            if found and not _runs(int(found[1])):
                path.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's, and /proc may not show it
    return True


def flush_directory(directory: Path) -> None:
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
