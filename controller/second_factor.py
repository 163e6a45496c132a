"""The second factor: six digits of an app (RFC 6238), each good once, and codes for the day the phone is lost. ●"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

import pyotp
import segno

SECONDS = 30
DRIFT = 1
"""Steps that a phone's clock may be early or late."""
RECOVERY_CODES = 10
_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for each other on paper."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """As it is kept: the secret sealed, recovery codes by their SHA-256. Until it is confirmed it asks nobody."""

    account: str
    sealed: str = field(repr=False)
    confirmed: bool = False
    last_step: int = 0
    """The newest step whose code was taken; that one and all before it are worth nothing any more."""
    recovery: tuple[str, ...] = field(default=(), repr=False)


def new_secret() -> str:
    return pyotp.random_base32()


def uri(secret: str, account: str, school: str) -> str:
    """What an app reads from the picture. It holds the secret: it is shown once and written down nowhere."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=f"Caretaker {school}")


def picture(address: str) -> str:
    """The QR code as SVG of its own, without a style that the page's content policy would refuse."""
    drawn = segno.make(address, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=False)
    return str(drawn)


def step_of(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The step whose code this is, one earlier or later than now at most; None where it is wrong or was used."""
    given = code.replace(" ", "")
    if not _DIGITS.fullmatch(given):
        return None
    current, otp = int(now.timestamp()) // SECONDS, pyotp.TOTP(secret)
    fits = [s for s in range(current - DRIFT, current + DRIFT + 1) if hmac.compare_digest(otp.generate_otp(s), given)]
    return next((step for step in fits if step > last_step), None)


def new_recovery_codes() -> tuple[str, ...]:
    """79 random bits each: too many to guess, so a fast hash keeps them well enough."""
    return tuple("-".join(_four() for _ in range(4)) for _ in range(RECOVERY_CODES))


def recovery_hash(code: str) -> str:
    plain = re.sub(r"[\s-]", "", code).casefold()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _four() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))
