"""Signing a receipt, and whether one may be believed: Ed25519 (RFC 8032) over its canonical text. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from inventory.receipt_text import NoReceipt, base64_of, octets_of, text_to_sign
from inventory.receipts import Refusal, ScanReceipt, Station

SKEW = timedelta(minutes=5)
OLDEST = timedelta(days=30)
"""A receipt is handed in within these."""


def signed(receipt: ScanReceipt, key: Ed25519PrivateKey) -> ScanReceipt:
    return replace(receipt, signature=base64_of(key.sign(text_to_sign(receipt))))


def public_key(key: Ed25519PrivateKey) -> str:
    return base64_of(key.public_key().public_bytes_raw())


def refused(
    receipt: ScanReceipt, station: Station | None, now: datetime, freshest: timedelta, *, used: bool
) -> Refusal | None:
    """None: it may be believed. `used`: this station has handed in this nonce before.

    `freshest`: how old the engine's signatures might be when it scanned.
    """
    if station is None or station.name != receipt.station:
        return Refusal.UNKNOWN_STATION
    if not _signed_by(receipt, station.key):
        return Refusal.TAMPERED
    if station.revoked_at is not None:
        return Refusal.REVOKED_STATION
    if used:
        return Refusal.REPLAYED
    if receipt.scanned_at > now + SKEW or receipt.signatures_at > receipt.scanned_at + SKEW:
        return Refusal.FROM_THE_FUTURE
    if receipt.scanned_at < max(now - OLDEST, station.enrolled_at - SKEW):
        return Refusal.TOO_OLD
    return Refusal.STALE_SIGNATURES if receipt.scanned_at - receipt.signatures_at > freshest else None


def key_of(text: str) -> Ed25519PublicKey:
    """Raises NoReceipt."""
    try:
        return Ed25519PublicKey.from_public_bytes(octets_of(text))
    except ValueError:
        raise NoReceipt("key: expected an Ed25519 public key, 32 octets as base64url") from None


def _signed_by(receipt: ScanReceipt, key: str) -> bool:
    try:
        key_of(key).verify(octets_of(receipt.signature), text_to_sign(receipt))
    except (InvalidSignature, ValueError):
        return False
    return True
