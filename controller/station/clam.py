"""ClamAV's clamd: the running one where it can be relied upon, else one of our own for the time of a scan. ●"""

from __future__ import annotations

import io
import os
import pwd
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import clamd

RUNNING = (Path("/run/clamav/clamd.ctl"), Path("/var/run/clamav/clamd.ctl"), Path("/run/clamd.scan/clamd.sock"))
DATABASE = Path("/var/lib/clamav")
START_DEADLINE = 180.0
"""Seconds in which it must have loaded its signatures: the official ones take half a minute on a small machine."""
ANSWER_DEADLINE = 300.0
CHUNK = 256 * 1024
NOT_LOOKED_THROUGH = ("Heuristics.Limits.", "Heuristics.Encrypted.")
TOO_LARGE = "Heuristics.Limits.Exceeded.StreamMaxLength"
# In two parts, so that no scanner takes this file for the test file itself (eicar.org).
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_SIGNATURES = (".cvd", ".cld", ".hdb", ".hsb", ".ndb", ".ldb", ".mdb", ".cdb", ".yar")
_HEADER = re.compile(rb"ClamAV-VDB:([0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}-[0-9]{2} [+-][0-9]{4}):([0-9]+):")
# What is too deep, too large or locked must never pass as clean: the Alert… lines turn that into a find.
CONFIG = """Foreground yes
LocalSocket {folder}/clamd.sock
LocalSocketMode 600
TemporaryDirectory {folder}
DatabaseDirectory {database}
LogFile {folder}/clamd.log
LogFileMaxSize 1M
StreamMaxLength 1100M
MaxScanSize 2000M
MaxFileSize 1100M
MaxFiles 20000
MaxRecursion 16
MaxScanTime 240000
AlertExceedsMax yes
AlertEncryptedArchive yes
AlertEncryptedDoc yes
FollowDirectorySymlinks no
FollowFileSymlinks no
ExitOnOOM yes
ReadTimeout 240
CommandReadTimeout 30
{user}"""


class NoEngine(Exception):
    """Nothing can be scanned; the message says why, `todo` what to do."""

    def __init__(self, message: str, todo: str = "") -> None:
        super().__init__(message)
        self.todo = todo


class StaleSignatures(NoEngine):
    """It could scan, but it does not know the viruses of these days."""


@dataclass(frozen=True, slots=True)
class Engine:
    """`name` with the version of its signatures."""

    name: str
    signatures_at: datetime
    wire: Wire

    def find(self, file: BinaryIO) -> str | None:
        """What is in it, None where it is clean. Raises NoEngine where the engine cannot say."""
        return self.wire.find(file)


class Wire(clamd.ClamdUnixSocket):  # type: ignore[misc]
    """The protocol of clamd, with content sent whole: names of files never go over the wire."""

    def find(self, file: BinaryIO) -> str | None:
        try:
            self._init_socket()
            with self.clamd_socket as wire:
                return _verdict(_stream(wire, file))
        except (clamd.ClamdError, OSError) as error:
            raise NoEngine(f"clamd does not answer ({error})", "Start the scan again.") from error


@contextmanager
def engine(
    now: datetime, freshest: timedelta, running: Path | None = None, database: Path | None = None
) -> Iterator[Engine]:
    """Raises NoEngine, StaleSignatures.

    `running`: only that socket. `database`: one of our own with these signatures.
    """
    found = None if database else _running(running)
    if found is not None:
        yield fresh(found, now, freshest)
        return
    if running is not None:
        raise NoEngine(
            f"nothing that can be relied upon answers at {running}",
            "It must find the EICAR test file, and needs `AlertExceedsMax yes` and `AlertEncryptedArchive yes`.",
        )
    with _started(database or DATABASE, now, freshest) as own:
        yield own


def fresh(found: Engine, now: datetime, freshest: timedelta) -> Engine:
    age = now - found.signatures_at
    if age > freshest:
        raise StaleSignatures(
            f"the virus signatures are {age.days} days old, of {found.signatures_at:%d %B %Y}",
            "Run `freshclam` (package clamav-freshclam), then scan again.",
        )
    return found


def reliable(wire: Wire) -> bool:
    """Does it find what it must, and say of what it cannot look through that it could not?"""
    return all(wire.find(io.BytesIO(content)) is not None for content in (EICAR, _too_deep(), _locked()))


def signatures_made(folder: Path) -> tuple[datetime, str] | None:
    """When the signatures in a folder were made, and their version where they have one; None where there are none.

    The daily ones count where there are any; of a school's own files the newest.
    """
    files = sorted(file for file in folder.iterdir() if file.suffix in _SIGNATURES)
    daily = [file for file in files if file.stem == "daily"]
    made = [found for file in daily or files if (found := _made(file)) is not None]
    return max(made, default=None)


def _running(only: Path | None) -> Engine | None:
    for place in (only,) if only else RUNNING:
        if not place.is_socket():
            continue
        wire = Wire(str(place), ANSWER_DEADLINE)
        try:
            name, _, rest = str(wire.version()).partition("/")
            number, _, when = rest.partition("/")
            made = datetime.strptime(when.strip(), "%a %b %d %H:%M:%S %Y").astimezone(UTC)
            if reliable(wire):
                return Engine(f"{name}/{number}", made, wire)
        except (clamd.ClamdError, ValueError, NoEngine):
            continue
    return None


@contextmanager
def _started(database: Path, now: datetime, freshest: timedelta) -> Iterator[Engine]:
    program = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NoEngine("ClamAV's clamd is not installed", "apt-get install clamav-daemon clamav-freshclam")
    try:
        made = signatures_made(database)
    except OSError as error:
        raise NoEngine(f"{database} cannot be read: {error.strerror}", "Run `freshclam`.") from error
    if made is None:
        raise NoEngine(f"there are no virus signatures in {database}", "Run `freshclam` (package clamav-freshclam).")
    with tempfile.TemporaryDirectory(prefix="caretaker-clamd-") as folder:
        wire = Wire(f"{folder}/clamd.sock", ANSWER_DEADLINE)
        # Before it is started: loading what is too old would take half a minute for nothing.
        fresh(Engine("ClamAV", made[0], wire), now, freshest)
        user = _another_user(Path(folder))
        config = Path(folder, "clamd.conf")
        config.write_text(CONFIG.format(folder=folder, database=database, user=user))
        with _process([program, "--config-file", str(config)], Path(folder), wire):
            name = str(wire.version()).partition("/")[0]
            if not reliable(wire):
                raise NoEngine(
                    f"clamd with the signatures of {database} does not find the EICAR test file",
                    "The signatures are damaged or not ClamAV's: run `freshclam`.",
                )
            yield Engine(f"{name}/{made[1]}" if made[1] else name, made[0], wire)


@contextmanager
def _process(words: list[str], folder: Path, wire: Wire) -> Iterator[None]:
    with Path(folder, "said").open("wb") as said:
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        _wait(child, folder, wire)
        yield
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait(child: subprocess.Popen[bytes], folder: Path, wire: Wire) -> None:
    deadline, pause = time.monotonic() + START_DEADLINE, threading.Event()
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise NoEngine(f"clamd does not start: {_last_words(folder)}", "See `clamd --version` and the signatures.")
        try:
            if Path(wire.unix_socket).is_socket() and wire.ping() == "PONG":
                return
        except clamd.ClamdError:
            pass
        pause.wait(0.05)
    raise NoEngine("clamd does not get ready in time", "Is the machine short of memory? It needs about 1.5 GB.")


def _last_words(folder: Path) -> str:
    files = (folder / name for name in ("clamd.log", "said"))
    text = "".join(file.read_text(errors="replace") for file in files if file.exists())
    lines = [line for line in text.splitlines() if "ERROR" in line] or text.splitlines() or ["no word why"]
    return "".join(c for c in lines[-1] if c.isprintable())[:200]


def _another_user(folder: Path) -> str:
    """What parses hostile files does not do it as root, where the package's own user is there."""
    if os.geteuid() != 0:
        return ""
    try:
        user = pwd.getpwnam("clamav")
    except KeyError:
        return ""
    os.chown(folder, user.pw_uid, user.pw_gid)
    return "User clamav\n"


def _stream(wire: socket.socket, file: BinaryIO) -> str:
    try:
        wire.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            wire.sendall(struct.pack("!L", len(chunk)) + chunk)
        wire.sendall(struct.pack("!L", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has its reason, and says it
    parts = []
    while part := wire.recv(4096):
        parts.append(part)
    return b"".join(parts).rstrip(b"\0\n").decode("utf-8", "replace")


def _verdict(said: str) -> str | None:
    if said == "stream: OK":
        return None
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    if "size limit exceeded" in said:
        return TOO_LARGE
    raise NoEngine(f"clamd cannot scan this: {said[:100]}", "Start the scan again.")


def _made(file: Path) -> tuple[datetime, str] | None:
    if file.suffix not in (".cvd", ".cld"):
        return datetime.fromtimestamp(file.stat().st_mtime, UTC), ""
    with file.open("rb") as opened:
        header = _HEADER.match(opened.read(512))
    if header is None:
        return None
    return datetime.strptime(header[1].decode(), "%d %b %Y %H-%M %z").astimezone(UTC), header[2].decode()


def _too_deep(levels: int = 40) -> bytes:
    content = b"deep"
    for _ in range(levels):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("a.zip", content)
        content = packed.getvalue()
    return content


def _locked() -> bytes:
    """An archive whose entry says that it needs a password: bit 0 of the flags, in both of its headers (APPNOTE)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", b"behind a password, so they say")
    content = bytearray(packed.getvalue())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)
