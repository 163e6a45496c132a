"""Scan receipts as text: JSON, one text for one meaning (RFC 8785, held to strings, whole numbers, lists and objects).

The format is docs/receipts.md.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from inventory.model import parse_mac
from inventory.receipts import MOST_FINDINGS, Finding, ScanReceipt, Subject, Verdict

FORMAT = "caretaker-receipt/1"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:+-]{0,79}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_KEYS = {
    "format", "station", "nonce", "subject", "engine", "signatures_at", "scanned_at", "by", "verdict", "findings",
    "files", "octets", "signature",
}  # fmt: skip


class NoReceipt(ValueError):
    """It cannot be read; the message says what was expected."""


def as_json(receipt: ScanReceipt) -> dict[str, Any]:
    """As it is handed in, printed and kept."""
    about = {"mac": receipt.subject.mac} if receipt.subject.mac else {"serial": receipt.subject.serial}
    return {
        "format": FORMAT,
        "station": receipt.station,
        "nonce": receipt.nonce,
        "subject": about,
        "engine": receipt.engine,
        "signatures_at": moment_text(receipt.signatures_at),
        "scanned_at": moment_text(receipt.scanned_at),
        "by": receipt.by,
        "verdict": receipt.verdict.value,
        "findings": [{"place": each.place, "what": each.what} for each in receipt.findings],
        "files": receipt.files,
        "octets": receipt.octets,
        "signature": receipt.signature,
    }


def canonical(value: Mapping[str, Any]) -> str:
    """RFC 8785 for what a receipt may hold: sorted keys, no blanks, only what must be is escaped."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def parse(raw: Any) -> ScanReceipt:
    """From decoded JSON. Raises NoReceipt; nothing unknown, nothing missing, nothing too long."""
    if not isinstance(raw, Mapping) or set(raw) != _KEYS:
        raise NoReceipt(f"expected exactly the keys {', '.join(sorted(_KEYS))}")
    if raw["format"] != FORMAT:
        raise NoReceipt(f"expected format {FORMAT}")
    try:
        verdict = Verdict(_words(raw, "verdict", 20))
    except ValueError:
        raise NoReceipt(f"verdict: expected one of {', '.join(Verdict)}") from None
    findings = _findings(raw["findings"])
    if (verdict is Verdict.CLEAN) is bool(findings):
        raise NoReceipt("findings: expected none of what is clean, and at least one of what is not")
    return ScanReceipt(
        station=_shaped(raw, "station", _NAME, "a name such as desk-1"),
        nonce=_shaped(raw, "nonce", _NONCE, "32 hexadecimal digits"),
        subject=_subject(raw["subject"]),
        engine=_words(raw, "engine", 80),
        signatures_at=_moment(raw, "signatures_at"),
        scanned_at=_moment(raw, "scanned_at"),
        by=_words(raw, "by", 80),
        verdict=verdict,
        findings=findings,
        files=_count(raw, "files"),
        octets=_count(raw, "octets"),
        signature=_words(raw, "signature", 120),
    )


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text_to_sign(receipt: ScanReceipt) -> bytes:
    """Everything but the signature."""
    return canonical({key: value for key, value in as_json(receipt).items() if key != "signature"}).encode()


def base64_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def octets_of(text: str) -> bytes:
    """One text for one value: what is not spelt as `base64_of` spells it raises ValueError."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64_of(raw) != text:
        raise ValueError("not base64url")
    return raw


def _subject(raw: Any) -> Subject:
    if isinstance(raw, Mapping) and set(raw) == {"mac"} and isinstance(raw["mac"], str):
        try:
            mac = parse_mac(raw["mac"])
        except ValueError as error:
            raise NoReceipt(f"subject: {error}") from None
        if mac == raw["mac"]:
            return Subject(mac=mac)
        raise NoReceipt("subject: expected the MAC as 3c:22:fb:05:00:11")
    if isinstance(raw, Mapping) and set(raw) == {"serial"}:
        return Subject(serial=_shaped(raw, "serial", _SERIAL, "the serial of a medium"))
    raise NoReceipt('subject: expected {"mac": …} or {"serial": …}')


def _findings(raw: Any) -> tuple[Finding, ...]:
    if not isinstance(raw, list) or len(raw) > MOST_FINDINGS:
        raise NoReceipt(f"findings: expected a list of at most {MOST_FINDINGS}")
    if not all(isinstance(each, Mapping) and set(each) == {"place", "what"} for each in raw):
        raise NoReceipt("findings: expected place and what of each")
    return tuple(Finding(_words(each, "place", 120), _words(each, "what", 80)) for each in raw)


def _words(raw: Mapping[str, Any], key: str, longest: int) -> str:
    value = raw[key]
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise NoReceipt(f"{key}: expected printable text of at most {longest} characters")
    return value


def _shaped(raw: Mapping[str, Any], key: str, form: re.Pattern[str], what: str) -> str:
    value = raw[key]
    if not isinstance(value, str) or not form.fullmatch(value):
        raise NoReceipt(f"{key}: expected {what}")
    return value


def _moment(raw: Mapping[str, Any], key: str) -> datetime:
    text = _shaped(raw, key, _MOMENT, "a moment such as 2026-11-30T09:15:00Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise NoReceipt(f"{key}: no day of the calendar") from None


def _count(raw: Mapping[str, Any], key: str) -> int:
    value = raw[key]
    if type(value) is not int or not 0 <= value < 2**53:
        raise NoReceipt(f"{key}: expected a whole number")
    return value
