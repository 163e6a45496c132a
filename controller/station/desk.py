"""From what was asked for to a signed receipt. ●"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from controller.station import clam, keys
from controller.station.image import NotReadable, volumes
from controller.station.scan import Found, look_through
from inventory.model import parse_mac
from inventory.receipt_seal import signed
from inventory.receipt_text import NoReceipt, as_json, parse
from inventory.receipts import ScanReceipt, Subject


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is scanned and for what: a device by its MAC, else a medium by its serial or its own volume id."""

    path: Path
    device: str | None
    serial: str | None
    by: str
    freshest: timedelta
    database: Path | None = None
    running: Path | None = None


class CannotScan(Exception):
    """No receipt was made; the message says why. `misused`: what was asked for makes no sense."""

    def __init__(self, message: str, todo: str = "", *, misused: bool = False) -> None:
        super().__init__(message)
        self.todo, self.misused = todo, misused


def scanned(
    wanted: Wanted, key_file: Path, clock: Callable[[], datetime], told: Callable[[int], None] = lambda _: None
) -> ScanReceipt:
    """Raises CannotScan."""
    try:
        key = keys.read(key_file)
    except keys.KeyProblem as problem:
        raise CannotScan(str(problem), "Enrol this machine: `caretaker station enrol NAME`.", misused=True) from problem
    subject = subject_of(wanted)
    try:
        with clam.engine(clock(), wanted.freshest, wanted.running, wanted.database) as engine:
            found = look_through(wanted.path, engine, told=told)
    except clam.NoEngine as problem:
        raise CannotScan(str(problem), problem.todo) from problem
    except OSError as error:
        raise CannotScan(f"{wanted.path}: {error.strerror or error}", misused=True) from error
    return receipt_of(found, subject, engine, key, wanted.by, clock())


def receipt_of(
    found: Found, subject: Subject, engine: clam.Engine, key: keys.StationKey, by: str, now: datetime
) -> ScanReceipt:
    at, nonce = now.replace(microsecond=0), secrets.token_hex(16)
    made = min(engine.signatures_at.replace(microsecond=0), at)
    counts = (found.verdict, found.findings, found.files, found.octets)
    receipt = ScanReceipt(key.name, nonce, subject, engine.name[:80], made, at, by, *counts)
    sealed = signed(receipt, key.key)
    try:
        parse(as_json(sealed))  # what would not be believed is not handed out
    except NoReceipt as error:
        raise CannotScan(str(error), misused=True) from error
    return sealed


def subject_of(wanted: Wanted) -> Subject:
    """Raises CannotScan."""
    if wanted.device is not None:
        try:
            return Subject(mac=parse_mac(wanted.device))
        except ValueError as error:
            raise CannotScan(str(error), misused=True) from error
    serial = wanted.serial or _own_serial(wanted.path)
    if serial is None:
        raise CannotScan(
            "nothing says which medium or device this is", "Name it with --device MAC or --serial SERIAL.", misused=True
        )
    return Subject(serial=serial)


def _own_serial(path: Path) -> str | None:
    """The serial of a USB stick as the kernel knows it, else the id of its first volume."""
    if path.is_block_device():
        told = Path("/sys/class/block", path.resolve().name, "../../../../../serial")
        disk = Path("/sys/class/block", path.resolve().name, "device/../../../../serial")
        for file in (disk, told):
            try:
                return file.read_text().strip() or None
            except OSError:
                continue
    try:
        found = () if path.is_dir() else volumes(path)
    except (NotReadable, OSError):
        return None
    return f"FAT {found[0].serial}" if found else None
