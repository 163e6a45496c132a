"""`python -m inventory.discovery.lease_watch`: tells the leases of a DHCP server when its file changes. ●

It needs no right but to read the file, and runs beside the DHCP server.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from inventory.discovery.digest import Digest
from inventory.discovery.frames import Heard
from inventory.discovery.mouth import Mouth, NotTold
from inventory.leases import FORMATS, UnreadableLeases, read_leases

LOOK_EVERY = 2.0
BATCH = 500
PAUSE, LONGEST_PAUSE = 2.0, 60.0


class LeaseWatch:
    """One look reads the file if it changed, and tells what is new in it."""

    def __init__(self, path: Path, kind: str, mouth: Mouth) -> None:
        self._path, self._kind, self._mouth = path, kind, mouth
        self._digest = Digest()
        self._stamp: tuple[int, int] | None = None

    def look(self) -> int:
        """How many were told. Raises OSError, UnreadableLeases or NotTold; the next look goes on from there."""
        stat = self._path.stat()
        if (stat.st_mtime_ns, stat.st_size) != self._stamp:
            # In force when the server last wrote: what ran out since is told by nobody, and forgotten by itself.
            written = datetime.fromtimestamp(stat.st_mtime, UTC)
            for lease in read_leases(self._path.read_bytes(), str(self._path), self._kind, written):
                word = Heard(lease.mac, lease.source, lease.address, lease.hostname, None, lease.vendor_class)
                self._digest.note(word, lease.at)
            self._stamp = (stat.st_mtime_ns, stat.st_size)
        return self._tell()

    def _tell(self) -> int:
        told = 0
        while batch := self._digest.batch(BATCH):
            try:
                self._mouth.tell(batch)
            except NotTold as error:
                if error.again:
                    self._digest.give_back(batch)
                raise
            told += len(batch)
        return told


def main(words: list[str] | None = None) -> int:
    asked = _parser().parse_args(words)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        watch = LeaseWatch(asked.file, asked.kind, Mouth(asked.api, asked.token_file))
    except ValueError as error:
        return _say(str(error), 1)
    said, pause = "", LOOK_EVERY
    while not stop.is_set():
        try:
            watch.look()
            said, pause = "", LOOK_EVERY
        except (OSError, UnreadableLeases, NotTold) as error:
            if str(error) != said:
                said = str(error)
                _say(said, 0)
            pause = min(max(pause * 2, PAUSE), LONGEST_PAUSE)
        stop.wait(pause)
    return 0


def _say(text: str, status: int) -> int:
    sys.stderr.write(f"leases: {text}\n")
    sys.stderr.flush()
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m inventory.discovery.lease_watch", description=__doc__)
    parser.add_argument("--file", required=True, type=Path, help="such as /var/lib/kea/kea-leases4.csv")
    parser.add_argument("--kind", required=True, choices=sorted(FORMATS))
    parser.add_argument("--api", required=True, help="address of the controller")
    parser.add_argument("--token-file", required=True, type=Path, help="a token with the scope sightings:write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
