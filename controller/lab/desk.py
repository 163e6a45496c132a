"""The check-in desk of the virtual school: `caretaker station` on the server, with the real clamd. ●"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from controller.lab import spaces
from controller.lab.door import SBIN
from controller.lab.product import Product
from controller.lab.spaces import LabFailed
from controller.station.clam import EICAR

NAME = "desk"
LET_IN, OUT = 0, 1
"""Exit status of `caretaker station scan`."""
HOMEWORK = b"What I did on Saturday."


class Desk:
    """Enrolled at its first scan. What is brought is made here: a FAT image for a pen drive, a folder for a laptop."""

    def __init__(self, product: Product, folder: Path) -> None:
        self._product, self._folder = product, folder

    def scan_stick(self, person: str, *, harmful: bool) -> bool:
        """Whether the pen drive is let in. It is inserted, scanned, and handed in with the name of whose it is."""
        stick, file = self._folder / "stick.img", self._brought(harmful=harmful) / "brought.com"
        stick.unlink(missing_ok=True)
        spaces.run("mformat", "-C", "-i", str(stick), "-f", "2880", "::")
        spaces.run("mcopy", "-i", str(stick), str(file), "::BROUGHT.COM")
        return self._scan(stick, "--person", person)

    def scan_device(self, mac: str, *, harmful: bool) -> bool:
        """Whether the laptop's files came out clean."""
        return self._scan(self._brought(harmful=harmful), "--device", mac)

    def _brought(self, *, harmful: bool) -> Path:
        self._enrol()
        folder = self._folder / "brought"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "brought.com").write_bytes(EICAR if harmful else HOMEWORK)
        return folder

    def _scan(self, what: Path, *whose: str) -> bool:
        signatures = self._folder / "signatures"
        # Of this hour by the lab's clock: stale ones scan nothing.
        os.utime(signatures / "school.ndb", (self._product.now() - 60,) * 2)
        options = ("--key", str(self._key), "--database", str(signatures), "--by", "the lab")
        words = ("scan", str(what), *whose, *options)
        done = self._product.try_command("station", *words)
        if done.returncode not in (LET_IN, OUT) or "receipt" not in done.stdout.lower():
            raise LabFailed(f"the desk could not scan: {(done.stdout + done.stderr).strip()[-600:]}")
        return done.returncode == LET_IN

    @property
    def _key(self) -> Path:
        return self._folder / "station.json"

    def _enrol(self) -> None:
        if self._key.exists():
            return
        missing = [each for each in ("clamd", "mcopy") if not shutil.which(each, path=f"{os.environ['PATH']}:{SBIN}")]
        if missing:
            raise LabFailed(f"the desk needs {', '.join(missing)}: apt-get install clamav-daemon mtools")
        signatures = self._folder / "signatures"
        signatures.mkdir(parents=True)
        (signatures / "school.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
        self._product.command("station", "enrol", NAME, "--room", "office", "--key", str(self._key))
