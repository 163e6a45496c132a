"""Signing what a check found, so that a year later it can be shown that nobody wrote it anew. ●

Ed25519 (RFC 8032) over the canonical JSON of the run: keys sorted, no blanks, UTF-8.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ValidationError

from controller.check_filter.outcome import Kept, Run
from dns_filter.durable import write_durably

LARGEST = 4 * 1024 * 1024


class NotTrue(ValueError):
    """A record that is damaged, or that was not signed by this key."""


class SignedRun(Kept):
    """A run, the public key that signed it, and the signature, both as base64."""

    run: Run
    key: str
    signature: str


def canonical(run: Run) -> bytes:
    return _plainly(run.model_dump(mode="json"))


def _plainly(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def own_key(path: Path) -> Ed25519PrivateKey:
    """The key of this node, made where there is none yet; for its owner alone. Raises OSError, ValueError."""
    try:
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        write_durably(path, (key.private_bytes_raw(),), mode=0o600)
        return key


def sign(run: Run, key: Ed25519PrivateKey) -> SignedRun:
    return SignedRun(run=run, key=_text(key.public_key().public_bytes_raw()), signature=_text(key.sign(canonical(run))))


def read_signed(octets: bytes) -> SignedRun:
    """A record that is whole, and signed by the key that it names. Raises NotTrue."""
    try:
        signed = SignedRun.model_validate_json(octets[: LARGEST + 1])
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.key, validate=True))
        key.verify(base64.b64decode(signed.signature, validate=True), canonical(signed.run))
    except (ValidationError, ValueError, binascii.Error) as error:
        raise NotTrue("this is no record of a check, or a damaged one") from error
    except InvalidSignature as error:
        raise NotTrue("the record was changed after it was signed") from error
    return signed


def fingerprint(key: str) -> str:
    """What people compare: the first 16 digits of the SHA-256 of a public key."""
    return hashlib.sha256(base64.b64decode(key)).hexdigest()[:16]


def public(key: Ed25519PrivateKey) -> str:
    return _text(key.public_key().public_bytes_raw())


def write_signed(path: Path, signed: SignedRun) -> None:
    """Raises OSError; then what stood there still does."""
    write_durably(path, (signed.model_dump_json(indent=1).encode(), b"\n"), mode=0o600)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
