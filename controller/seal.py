"""Sealing secrets that the store keeps: their key lies in a file for the owner alone, never in the database. ●"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

MAX_BYTES = 200


class SealError(Exception):
    """The message names the file and what to do; never what stands in it."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A copy of the database alone, such as a nightly one, opens nothing that was sealed."""

    path: Path

    def close(self, text: str) -> str:
        """Raises SealError."""
        return Fernet(self._key(make=True)).encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises SealError where the key is another one, or gone."""
        try:
            return Fernet(self._key(make=False)).decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealError(
                f"{self.path}: this key does not open what the database holds: bring back its own"
            ) from error

    def _key(self, *, make: bool) -> bytes:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            if not make:
                raise SealError(f"{self.path}: is gone: bring it back from a copy of the school's folder") from None
            return self._new_key()
        except OSError as error:
            raise SealError(f"{self.path}: cannot be read: {error.strerror}") from error
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) & 0o077:
                raise SealError(f"{self.path}: others may open it: chmod 600 {self.path}")
            return _checked(self.path, file.read(MAX_BYTES))

    def _new_key(self) -> bytes:
        """Whole or not at all, and never over one that is there."""
        key, trial = Fernet.generate_key(), self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            with os.fdopen(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(trial, self.path)
            finally:
                trial.unlink()
        except FileExistsError:
            return self._key(make=False)
        except OSError as error:
            raise SealError(f"{self.path}: cannot be written: {error.strerror}") from error
        return key


def _checked(path: Path, key: bytes) -> bytes:
    try:
        Fernet(key)
    except ValueError:
        raise SealError(f"{path}: is damaged: bring it back from a copy of the school's folder") from None
    return key
