"""Writing FreeRADIUS's folder: secrets for its user alone, and what is the school's is never written over. ●"""

from __future__ import annotations

import grp
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from controller.radius.freeradius import ONCE


def write(
    folder: Path, texts: Mapping[str, str], make: Callable[[], Mapping[str, bytes]], group: str = ""
) -> list[str]:
    """The files that were written. `make` is asked for certificates where there are none. Raises OSError, KeyError.

    Without a group the files are for their owner alone (0600); with one it may read them (0640), and nobody else.
    """
    number = grp.getgrnam(group).gr_gid if group else None
    certs, run = folder / "certs", folder / "run"
    for each in (folder, certs, run):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
        _own(each, number, 0o750 if each != run else 0o770)
    written = [name for name, text in texts.items() if not (name in ONCE and (folder / name).exists())]
    for name in written:
        _replace(folder / name, texts[name].encode(), number)
    if not (certs / "server.pem").exists():
        for name, pem in make().items():
            # The authority's own key is of no use to the server, and whoever has it can pretend to be it.
            _replace(certs / name, pem, None if name == "ca.key" else number)
            written.append(f"certs/{name}")
    return written


def _replace(path: Path, octets: bytes, group: int | None) -> None:
    trial = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    _own(trial, group, 0o640)
    trial.replace(path)


def _own(path: Path, group: int | None, mode: int) -> None:
    if group is not None:
        os.chown(path, -1, group)
        path.chmod(mode)
