"""A private PostgreSQL of this test run: its own folder, its own socket, no port, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ACCOUNT = "postgres"
"""Debian's package makes this user; the server refuses to run as root."""
NO_PATIENCE = "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60"
"""Nothing of it outlives the run."""


@contextmanager
def private_server() -> Iterator[Server]:
    """Needs the command `postgres`."""
    # Below /tmp by its short name: the path of a socket may have 107 octets.
    folder = Path(tempfile.mkdtemp(prefix="caretaker-pg-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT)
        server = Server(folder)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


class Server:
    """Started by `pg_ctl`, so that it is nobody's child and no test seems to leave it behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def url(self) -> str:
        """As libpq reads it."""
        return f"postgresql://{ACCOUNT}@/postgres?host={self.folder}"

    def make(self) -> None:
        _run(["initdb", "-D", str(self.folder / "cluster"), "-U", ACCOUNT, "-A", "trust", "--no-sync", "-E", "UTF8"])

    def start(self) -> None:
        options = " ".join(["-c listen_addresses=''", f"-k {self.folder}", *(f"-c {each}" for each in NO_PATIENCE)])
        log = str(self.folder / "log")
        _run(["pg_ctl", "-D", str(self.folder / "cluster"), "-o", options, "-l", log, "-w", "-t", "60", "start"])

    def stop(self, how: str = "immediate") -> None:
        """`fast`: what was acknowledged is written down first; `immediate` may lose it: nothing waits for a disk."""
        _run(["pg_ctl", "-D", str(self.folder / "cluster"), "-m", how, "-w", "-t", "60", "stop"])


def _run(words: Sequence[str]) -> None:
    user = ACCOUNT if os.geteuid() == 0 else None
    # Not captured by a pipe: the server would inherit its end, and it would never close.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, check=False, user=user, cwd="/tmp"
        )
        said.seek(0)
        assert done.returncode == 0, said.read().decode(errors="replace")[-2000:]
