"""secrets.toml: how to sign in to switches, secrets of RADIUS clients, where notices go. For the owner alone."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

MAX_BYTES = 256 * 1024
_EXPECTED = '[credentials.NAME] with username = "…" and password = "…"'
TABLES = ("credentials", "radius", "notices")


class SecretsError(Exception):
    """The message names the file and what to do; never what stands in it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str = field(repr=False)


def read_secrets(path: Path) -> Mapping[str, Credentials]:
    """Credentials by name. A missing file holds none. Raises SecretsError, also where others could read the file."""
    entries = read_table(path, "credentials")
    return MappingProxyType({name: _entry(path, name, entry) for name, entry in entries.items()})


def read_notice_urls(path: Path) -> tuple[str, ...]:
    """Where notices go, as apprise spells addresses: `[notices] urls`. Raises SecretsError as above."""
    told = read_table(path, "notices")
    urls = told.get("urls", []) if set(told) <= {"urls"} else None
    if not isinstance(urls, list) or not all(isinstance(url, str) and 0 < len(url) <= 1000 for url in urls):
        raise SecretsError(f'{path}: notices: expected [notices] with urls = ["mailtos://…?to={{to}}"]')
    return tuple(urls)


def read_table(path: Path, wanted: str) -> Mapping[str, Any]:
    """What stands below `[wanted.NAME]`, by name; empty where there is none. Raises SecretsError."""
    try:
        # Without O_NONBLOCK a pipe of that name would hold up the start for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SecretsError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        # Asked of the open file: between a look at the path and the reading it could be another one.
        _refuse_if_shared(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            raw = file.read(MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    return _table(path, raw, wanted)


def _refuse_if_shared(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretsError(f"{path}: expected a plain file")
    if status.st_uid not in (os.geteuid(), 0):
        raise SecretsError(f"{path}: belongs to another user: chown it to the one Caretaker runs as")
    if mode := stat.S_IMODE(status.st_mode) & 0o077:
        others = stat.S_IMODE(status.st_mode)
        raise SecretsError(f"{path}: others may open it (mode {others:04o}, {mode:04o} too much): chmod 600 {path}")


def _table(path: Path, raw: bytes, wanted: str) -> Mapping[str, Any]:
    if len(raw) > MAX_BYTES:
        raise SecretsError(f"{path}: expected at most {MAX_BYTES // 1024} KiB")
    try:
        tables = tomllib.loads(raw.decode())
    except tomllib.TOMLDecodeError as error:
        raise SecretsError(f"{path}: {error}; expected {_EXPECTED}") from None
    except UnicodeDecodeError:
        # Not chained: the error would carry the bytes of the file along.
        raise SecretsError(f"{path}: expected UTF-8 text") from None
    if unknown := sorted(set(tables) - set(TABLES)):
        raise SecretsError(f"{path}: [{unknown[0][:40]}] is unknown; expected {_EXPECTED}")
    entries = tables.get(wanted, {})
    if not isinstance(entries, dict):
        expected = _EXPECTED if wanted == "credentials" else f"[{wanted}.NAME]"
        raise SecretsError(f"{path}: expected {expected}")
    return entries


def _entry(path: Path, name: str, entry: Any) -> Credentials:
    named = isinstance(entry, dict) and set(entry) == {"username", "password"}
    if not named or not all(isinstance(value, str) and value for value in entry.values()):
        raise SecretsError(f"{path}: credentials.{name[:40]}: expected {_EXPECTED}")
    return Credentials(entry["username"], entry["password"])
