"""The key of a station, in a file that nobody else can read. ●"""

from __future__ import annotations

import json
import os
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class KeyProblem(Exception):
    """The file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class StationKey:
    name: str
    key: Ed25519PrivateKey = field(repr=False)


def make(path: Path, name: str) -> StationKey:
    """A new key, on the disk when this returns. Raises KeyProblem where there is one: it is never written over."""
    made = StationKey(name, Ed25519PrivateKey.generate())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise KeyProblem(f"{path} is there already: this machine is a station") from None
    except OSError as error:
        raise KeyProblem(f"{path}: {error.strerror}") from error
    with os.fdopen(number, "w") as file:
        json.dump({"station": name, "key": b64encode(made.key.private_bytes_raw()).decode()}, file)
        file.flush()
        os.fsync(number)
    return made


def read(path: Path) -> StationKey:
    """Raises KeyProblem; also where others than its owner may read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeyProblem(f"{path} can be read by others: chmod 600 it, and revoke the station if in doubt")
        told = json.loads(path.read_bytes()[:4096])
        name, raw = str(told["station"]), b64decode(told["key"], validate=True)
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", name):
            raise KeyProblem(f"{path} is damaged: no name of a station")
        return StationKey(name, Ed25519PrivateKey.from_private_bytes(raw))
    except FileNotFoundError:
        raise KeyProblem(f"this machine is no station yet: there is no {path}") from None
    except OSError as error:
        raise KeyProblem(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        raise KeyProblem(f"{path} is damaged") from None
