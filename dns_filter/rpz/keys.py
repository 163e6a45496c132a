"""The keys of subscribers, in a file of `key` statements as BIND and Knot's tools read them, for the owner alone. ●"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from dns_filter.model import Name
from dns_filter.names import to_text, to_wire
from dns_filter.rpz.tsig import Key

_LARGEST = 1 << 20
_OCTETS = 32
_STATEMENT = re.compile(
    r'\s*key\s+"?([^"\s{};]+)"?\s*\{\s*algorithm\s+"?([^"\s;]+)"?\s*;\s*secret\s+"([^"\s]+)"\s*;\s*\}\s*;\s*'
)


class KeysError(Exception):
    """The message names the file, the line and what was expected; never a secret."""


def read_keys(path: Path) -> Mapping[Name, Key]:
    """Raises KeysError, also where others than the owner could read the file."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise KeysError(f"{path}: cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(mode) or mode & 0o077:
        raise KeysError(f"{path}: expected a plain file that its owner alone may read (chmod 600 {path})")
    if len(raw) > _LARGEST:
        raise KeysError(f"{path}: larger than {_LARGEST} octets")
    return _parsed(path, raw.decode("utf-8", "replace"))


def _parsed(path: Path, text: str) -> Mapping[Name, Key]:
    keys: dict[Name, Key] = {}
    # Comments are blanked, not cut, so that lines keep their numbers.
    text, at = re.sub(r"(?m)(?:^\s*(?:#|//)).*$", "", text), 0
    while text[at:].strip():
        line = 1 + text[:at].count("\n")
        match = _STATEMENT.match(text, at)
        if match is None:
            raise KeysError(f'{path}: line {line}: expected key "NAME" {{ algorithm hmac-sha256; secret "…"; }};')
        key = _key(path, line, *match.groups())
        keys[key.name] = key
        at = match.end()
    return keys


def _key(path: Path, line: int, name: str, algorithm: str, secret: str) -> Key:
    if algorithm.lower().removesuffix(".") != "hmac-sha256":
        raise KeysError(f"{path}: line {line}: algorithm {algorithm}: expected hmac-sha256")
    try:
        return Key(to_wire(name), base64.b64decode(secret, validate=True))
    except (ValueError, binascii.Error):
        raise KeysError(f"{path}: line {line}: expected a name and a secret in base64") from None


def make_key(path: Path, name: str) -> str:
    """Add a new key to the file and return its statement. Raises KeysError where there is one of that name already."""
    try:
        wire = to_wire(name)
    except ValueError as error:
        raise KeysError(f"no name for a key: {error}") from error
    if path.exists() and wire in read_keys(path):
        raise KeysError(f"{path}: there is a key {name} already")
    secret = base64.b64encode(secrets.token_bytes(_OCTETS)).decode()
    statement = f'key "{to_text(wire)}" {{ algorithm hmac-sha256; secret "{secret}"; }};\n'
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.write(statement)
        file.flush()
        os.fsync(file.fileno())
    return statement
