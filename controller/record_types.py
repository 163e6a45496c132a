"""The record types a person asks about, by name and number (IANA, DNS parameters; RFC 3597 for `TYPE65`)."""

from __future__ import annotations

from collections.abc import Mapping

TYPES: Mapping[str, int] = {
    "A": 1,
    "NS": 2,
    "CNAME": 5,
    "SOA": 6,
    "PTR": 12,
    "MX": 15,
    "TXT": 16,
    "AAAA": 28,
    "SRV": 33,
    "NAPTR": 35,
    "DS": 43,
    "DNSKEY": 48,
    "SVCB": 64,
    "HTTPS": 65,
    "ANY": 255,
    "CAA": 257,
}
_NAMES = {number: name for name, number in TYPES.items()}


def type_name(number: int) -> str:
    return _NAMES.get(number, f"TYPE{number}")


def type_number(text: str) -> int:
    """Raises ValueError for a type nobody knows."""
    wanted = text.strip().upper()
    digits = wanted.removeprefix("TYPE")
    if digits != wanted and digits.isascii() and digits.isdigit() and int(digits) < 65_536:
        return int(digits)
    if wanted not in TYPES:
        raise ValueError(f"no such record type: {text[:20]!r}; expected one such as A, AAAA, HTTPS or TYPE65")
    return TYPES[wanted]
