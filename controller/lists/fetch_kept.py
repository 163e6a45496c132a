"""What is kept of each fetched list: its last good content, and what is known of the source. ●

fetched/NAME/state.json        what this file describes; written last, so that it never names what is not there
fetched/NAME/CONTENT           the list as plain text, or a folder of categories
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from controller.policy import ListSource
from dns_filter.durable import flush_directory, write_durably

FIRST_RETRY = timedelta(minutes=5)
_STATE = "state.json"
_MOST_DOUBLINGS = 16


class Busy(Exception):
    """Somebody else is at the lists of this school."""


class Kept(BaseModel):
    """One list as its source gave it last."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    url: str
    content: str = ""
    """Beside the state; empty where nothing has been fetched yet."""
    octets: int = 0
    etag: str = ""
    last_modified: str = ""
    last_tried: datetime
    last_good: datetime | None = None
    """When the source gave this content, or last said that it still holds."""
    problem: str = ""
    """Why the last try changed nothing; empty where it went well."""
    failures: int = 0
    """Tries in a row that went wrong."""


def folder_of(fetched: Path, name: str) -> Path:
    return fetched / quote(name, safe="")


def read_kept(fetched: Path, name: str) -> Kept | None:
    """None where nothing is known; damaged, it is fetched anew."""
    try:
        return Kept.model_validate_json((folder_of(fetched, name) / _STATE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def content_of(fetched: Path, name: str) -> Path | None:
    """The last good content, None where there is none."""
    kept = read_kept(fetched, name)
    if kept is None or not kept.content:
        return None
    path = folder_of(fetched, name) / Path(kept.content).name
    return path if path.exists() else None


def write_kept(fetched: Path, name: str, kept: Kept) -> None:
    """What the state does not name is removed: what is unfinished before, to make room, the last content afterwards."""
    folder = folder_of(fetched, name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear(path for path in folder.iterdir() if path.name.endswith(".tmp"))
    write_durably(folder / _STATE, (kept.model_dump_json(indent=1).encode(),), mode=0o600)
    _clear(path for path in folder.iterdir() if path.name not in (_STATE, kept.content))


def _clear(paths: Iterable[Path]) -> None:
    for path in tuple(paths):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def files_in(content: Path) -> tuple[Path, ...]:
    return tuple(sorted(content.glob("*/domains"))) if content.is_dir() else (content,)


def settle(plain: Path, folder: Path, made: datetime) -> Path:
    """Flush new content to the disk and name it by its sum: the same content again stays the very same file."""
    checksum = hashlib.sha256()
    for path in files_in(plain):
        checksum.update(f"{path.relative_to(plain)}\0".encode())
        with path.open("rb") as file:
            checksum.update(hashlib.file_digest(file, "sha256").digest())
            os.fsync(file.fileno())
        flush_directory(path.parent)
        os.utime(path, (made.timestamp(), made.timestamp()))
    settled = folder / checksum.hexdigest()[:16]
    if not settled.exists():
        plain.rename(settled)
        flush_directory(folder)
    return settled


def next_try(source: ListSource, kept: Kept | None) -> datetime | None:
    """None: at once. After a failure sooner than usual, then ever later, at most after the usual interval."""
    if kept is None or kept.url != source.url:
        return None
    wait = source.refresh
    if kept.failures:
        wait = min(wait, FIRST_RETRY * 2 ** min(kept.failures - 1, _MOST_DOUBLINGS))
    return kept.last_tried + wait


def is_due(source: ListSource, kept: Kept | None, now: datetime) -> bool:
    after = next_try(source, kept)
    # A clock that was put back must not leave a list unfetched for years.
    return after is None or now >= after or (kept is not None and now < kept.last_tried)


def compiling(names: Path) -> Path:
    """The lock of all that changes which versions are in force: compiling, accepting, going back."""
    return names / ".lists.lock"


def fetching(fetched: Path, name: str) -> Path:
    """The lock of one list's fetched content."""
    return fetched / f".{quote(name, safe='')}.lock"


@contextmanager
def alone(lock: Path, *, wait: bool) -> Iterator[None]:
    """One at a time, threads and processes. Raises Busy where somebody holds the lock and `wait` is not asked for."""
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            # Let go by the system however this process ends.
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Busy("another process is fetching or compiling lists") from None
        yield
