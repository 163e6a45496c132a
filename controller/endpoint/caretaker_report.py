#!/usr/bin/env python3
"""Tells the school how this Linux machine is protected: ClamAV's signatures, the last scan, what it found. ●

Stands alone: Python 3.8 or newer and its standard library. Run by a systemd timer (docs/endpoint-reports.md).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

STATE = Path("/var/lib/caretaker-report/last-scan.json")
TOKEN = Path("/etc/caretaker-report.token")
HEADER = re.compile(rb"ClamAV-VDB:(\d{2} \w{3} \d{4} \d{2}-\d{2} [+-]\d{4}):")
ENDED = re.compile(r"^End Date:\s+(\d{4}:\d{2}:\d{2} \d{2}:\d{2}:\d{2})", re.MULTILINE)
INFECTED = re.compile(r"^Infected files:\s+(\d+)", re.MULTILINE)
OWN = (".ndb", ".hdb", ".hsb", ".ldb", ".cdb", ".yar")


def main() -> int:
    """0: told, 1: could not be told, or something was found; 2: misused."""
    asked = _asked()
    try:
        if asked.scan:
            _remember(asked.state, _scanned(asked.scan, asked.clamd))
        report = report_of(asked.database, asked.state, asked.log)
        if asked.show:
            sys.stdout.write(json.dumps(report, indent=1) + "\n")
            return 0
        answer = _tell(asked.url, asked.token.read_text().strip(), report)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"caretaker-report: {error}\n")
        return 1
    sys.stdout.write(f"{answer.get('posture', 'told')}: {answer.get('why', '')}\n")
    return 0 if report["clean"] else 1


def report_of(database: Path, state: Path, log: Path | None) -> dict[str, Any]:
    """Raises ValueError where there is nothing to tell of."""
    made = signatures_made(database)
    if made is None:
        raise ValueError(f"no ClamAV signatures in {database}: install clamav-freshclam")
    found = [each for each in (_remembered(state), _logged(log)) if each is not None]
    scanned = max(found, default=None)
    return {
        "engine": _version(),
        "signatures_at": _utc(made),
        "scanned_at": _utc(scanned[0]) if scanned else None,
        "clean": scanned[1] == 0 if scanned else True,
    }


def signatures_made(database: Path) -> datetime | None:
    """The daily ones say in their first line when they were made; a school's own are as old as their files."""
    for name in ("daily.cld", "daily.cvd"):
        file = database / name
        if file.is_file():
            with file.open("rb") as opened:
                header = HEADER.match(opened.read(512))
            if header:
                return datetime.strptime(header[1].decode(), "%d %b %Y %H-%M %z")
    own = [file.stat().st_mtime for file in database.iterdir() if file.suffix in OWN] if database.is_dir() else []
    return datetime.fromtimestamp(max(own), timezone.utc) if own else None  # noqa: UP017 (3.8)


def _scanned(paths: list[Path], clamd: Path | None) -> tuple[datetime, int]:
    """When the scan began, and how many files it found."""
    began = datetime.fromtimestamp(_touch(), timezone.utc)  # noqa: UP017
    if clamd is not None:
        return began, sum(_by_socket(clamd, path) for path in paths)
    for words in (["clamdscan", "--fdpass", "--multiscan", "--infected"], ["clamscan", "-r", "--infected"]):
        if shutil.which(words[0]):
            done = subprocess.run([*words, *map(str, paths)], capture_output=True, text=True, check=False)
            if done.returncode > 1:
                raise ValueError(f"{words[0]} failed: {done.stderr.strip()[-200:]}")
            count = INFECTED.search(done.stdout)
            return began, int(count[1]) if count else done.returncode
    raise ValueError("nothing to scan with: apt-get install clamav-daemon clamdscan")


def _by_socket(clamd: Path, path: Path) -> int:
    """One path by clamd itself, which must be able to read it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.connect(str(clamd))
        wire.sendall(f"zCONTSCAN {path.resolve()}\0".encode())
        said = b"".join(iter(lambda: wire.recv(65536), b"")).decode("utf-8", "replace")
    lines = [line for line in said.split("\0") if line.strip()]
    if not lines or any(line.endswith("ERROR") for line in lines):
        raise ValueError(f"clamd cannot scan {path}: {lines[-1][-200:] if lines else 'no answer'}")
    return sum(line.endswith(" FOUND") for line in lines)


def _touch() -> float:
    """What time it is, by the file system: this script asks no other clock."""
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.fstat(file.fileno()).st_mtime


def _remember(state: Path, scan: tuple[datetime, int]) -> None:
    state.parent.mkdir(parents=True, exist_ok=True)
    new = state.with_suffix(".new")
    new.write_text(json.dumps({"scanned_at": _utc(scan[0]), "found": scan[1]}))
    new.replace(state)


def _remembered(state: Path) -> tuple[datetime, int] | None:
    if not state.is_file():
        return None
    told = json.loads(state.read_text())
    return datetime.fromisoformat(str(told["scanned_at"]).replace("Z", "+00:00")), int(told["found"])


def _logged(log: Path | None) -> tuple[datetime, int] | None:
    """The last summary in a log of clamscan or clamdscan; its moments are this machine's wall clock."""
    if log is None or not log.is_file():
        return None
    text = log.read_text(errors="replace")[-65536:]
    ended, infected = ENDED.findall(text), INFECTED.findall(text)
    if not ended or not infected:
        return None
    return datetime.strptime(ended[-1], "%Y:%m:%d %H:%M:%S").astimezone(), int(infected[-1])


def _version() -> str:
    for program in ("clamd", "clamscan", "/usr/sbin/clamd"):
        found = shutil.which(program)
        if found:
            said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
            return said.strip()[:80] or "ClamAV"
    return "ClamAV"


def _tell(url: str, token: str, report: dict[str, Any]) -> dict[str, Any]:
    if not url.startswith(("https://", "http://127.0.0.1", "http://[::1]")):
        raise ValueError("expected https://: the token would go over the wire readable")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(  # noqa: S310 (its scheme was looked at)
        f"{url.rstrip('/')}/api/v1/endpoint-report", json.dumps(report).encode(), headers, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return dict(json.loads(answer.read(65536)))
    except urllib.error.HTTPError as error:
        said = json.loads(error.read(65536) or b"{}")
        raise ValueError(f"{said.get('detail', error.reason)} {said.get('todo', '')}".strip()) from None


def _utc(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Tells the school how this machine is protected.")
    parser.add_argument("--url", default=os.environ.get("CARETAKER_URL", ""), help="Where Caretaker's API is.")
    parser.add_argument("--token", type=Path, default=TOKEN, help="File with this device's token.")
    parser.add_argument("--scan", type=Path, nargs="+", default=[], help="Scan these folders first.")
    parser.add_argument("--clamd", type=Path, help="Scan by this socket of clamd.")
    parser.add_argument("--log", type=Path, help="A log of clamscan or clamdscan, where another program scans.")
    parser.add_argument("--database", type=Path, default=Path("/var/lib/clamav"), help="ClamAV's signatures.")
    parser.add_argument("--state", type=Path, default=STATE, help="Where the last scan is remembered.")
    parser.add_argument("--show", action="store_true", help="Only print what would be told.")
    asked = parser.parse_args()
    if not asked.show and not asked.url:
        parser.error("expected --url, or CARETAKER_URL")
    return asked


if __name__ == "__main__":
    sys.exit(main())
