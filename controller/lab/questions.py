"""DNS on the wire as far as the lab needs it: one question, and whether an answer gives an address. Pure (RFC 1035)."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_address

A, AAAA, IN = 1, 28, 1


class Said(StrEnum):
    """What came of a question."""

    ADDRESS = "address"
    NOTHING = "nothing"
    """An answer without an address: blocked, or there is none."""
    FAILURE = "failure"


def question(number: int, name: str, kind: int = A) -> bytes:
    labels = b"".join(len(part).to_bytes(1) + part.encode() for part in name.split("."))
    return number.to_bytes(2) + b"\1\0\0\1\0\0\0\0\0\0" + labels + b"\0" + kind.to_bytes(2) + IN.to_bytes(2)


def heard(reply: bytes, number: int) -> Said | None:
    """None for what is no answer to this question."""
    if len(reply) < 12 or int.from_bytes(reply[:2]) != number or not reply[2] & 0x80:
        return None
    if reply[3] & 0x0F not in (0, 3):
        return Said.FAILURE
    return Said.ADDRESS if int.from_bytes(reply[6:8]) else Said.NOTHING


def answer(packet: bytes, four: str, six: str) -> bytes | None:
    """A reply that gives these two addresses for every name; None for what is no question."""
    end = _end_of_question(packet)
    if end is None:
        return None
    kind = int.from_bytes(packet[end - 4 : end - 2])
    address = {A: four, AAAA: six}.get(kind)
    head = packet[:2] + b"\x81\x80\0\1" + (b"\0\1" if address else b"\0\0") + b"\0\0\0\0"
    if address is None:
        return head + packet[12:end]
    data = ip_address(address).packed
    record = b"\xc0\x0c" + kind.to_bytes(2) + b"\0\1" + (60).to_bytes(4) + len(data).to_bytes(2) + data
    return head + packet[12:end] + record


def _end_of_question(packet: bytes) -> int | None:
    if len(packet) < 17 or packet[2] & 0x80 or packet[4:6] != b"\0\1":
        return None
    at = 12
    while at < len(packet) and packet[at]:
        at += packet[at] + 1
    return at + 5 if at + 5 <= len(packet) else None
