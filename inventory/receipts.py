"""Scan receipts: what was scanned, by what, when, by whom, with which verdict; and the stations that say so.

How they are written is `receipt_text.py`, whether they may be believed `receipt_seal.py` (D1, D2, D6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from inventory.model import Mac

MOST_FINDINGS = 5


class Verdict(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNABLE = "unscannable"
    """Locked, too deep or too large to be looked through: nobody can say that it is clean."""


class Refusal(StrEnum):
    """Why a receipt proves nothing."""

    UNREADABLE = "unreadable"
    UNKNOWN_STATION = "unknown-station"
    REVOKED_STATION = "revoked-station"
    TAMPERED = "tampered"
    REPLAYED = "replayed"
    FROM_THE_FUTURE = "from-the-future"
    TOO_OLD = "too-old"
    STALE_SIGNATURES = "stale-signatures"


@dataclass(frozen=True, slots=True)
class Subject:
    """A device by its MAC, or a removable medium by its serial. Of a medium, whose it is is asked beside it."""

    mac: Mac | None = None
    serial: str | None = None

    @property
    def text(self) -> str:
        return self.mac or f"medium {self.serial}"


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` is the name of a file as it was found, cleaned."""

    place: str
    what: str


@dataclass(frozen=True, slots=True)
class ScanReceipt:
    """What a station says. `signature` is empty until it has signed."""

    station: str
    nonce: str
    subject: Subject
    engine: str
    signatures_at: datetime
    scanned_at: datetime
    by: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    files: int = 0
    octets: int = 0
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """A place that scans. Its public key is all that is known here; the private one never leaves it."""

    name: str
    key: str
    """32 octets, base64url."""
    room: str | None
    enrolled_by: str
    enrolled_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str | None = None
