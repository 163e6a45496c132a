"""Rules for all schools of a provider: one signed file that each school's controller takes in (Ed25519, RFC 8032).

There is one home for each school and nothing between them: what a provider decides for all of them travels as a file,
over whatever brings files there, and counts only with the signature of a key that this school trusts.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

LARGEST = 4 << 20
MOST = 5_000


class NotTrusted(Exception):
    """The file is not what a trusted provider signed; the message says why."""


class SharedRule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    pattern: str = Field(max_length=300)
    allow: bool
    pupils: bool
    reason: str = Field(min_length=1, max_length=500)
    clauses: tuple[str, ...] = ()
    review_on: str | None = None
    until: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int
    provider: str = Field(min_length=1, max_length=80)
    made_at: datetime
    rules: tuple[SharedRule, ...] = Field(max_length=MOST)


@dataclass(frozen=True, slots=True)
class Shared:
    provider: str
    made_at: datetime
    rules: tuple[SharedRule, ...]


def of_answers(items: Sequence[Mapping[str, Any]]) -> tuple[SharedRule, ...]:
    """Those of a school's rules that are meant for all: groups and levels of one school mean nothing in another."""
    wanted = ("pattern", "allow", "reason", "clauses", "review_on", "until")
    return tuple(
        SharedRule(pupils=not each["scope"]["school"], **{name: each[name] for name in wanted})
        for each in items
        if each["everywhere"] and each["holds"] and not each["origin"]
    )


def signed(shared: Shared, key: Ed25519PrivateKey) -> str:
    """The text of the file: what is signed, and the signature over its canonical JSON."""
    told = _File(format=1, provider=shared.provider, made_at=shared.made_at, rules=shared.rules).model_dump(mode="json")
    return json.dumps({"signed": told, "signature": _text(key.sign(_canonical(told)))}, indent=1) + "\n"


def read(text: str, trusted: str) -> Shared:
    """`trusted` is the provider's public key in base64. Raises NotTrusted."""
    if len(text) > LARGEST:
        raise NotTrusted(f"the file is larger than {LARGEST >> 20} MiB")
    try:
        whole = json.loads(text)
        told, signature = whole["signed"], base64.b64decode(whole["signature"], validate=True)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(trusted.strip(), validate=True))
        key.verify(signature, _canonical(told))
        found = _File.model_validate(told)
    except InvalidSignature:
        raise NotTrusted("the signature is not that of the key you trust") from None
    except ValidationError as wrong:
        raise NotTrusted(f"the file is signed and cannot be read: {wrong.error_count()} mistakes") from None
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise NotTrusted("this is no file of signed rules, or no key") from None
    if found.format != 1:
        raise NotTrusted(f"format {found.format} is newer than this Caretaker")
    return Shared(found.provider, found.made_at, found.rules)


def public_text(key: Ed25519PrivateKey) -> str:
    return _text(key.public_key().public_bytes_raw())


def _canonical(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
