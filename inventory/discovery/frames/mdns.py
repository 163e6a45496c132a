"""mDNS (RFC 6762) as a hint: the name a device announces for the very address it sends from. Pure."""

from __future__ import annotations

from inventory.discovery.frames.heard import Heard, mac_of, text_of
from inventory.discovery.frames.layers import Datagram, Malformed, number

_A, _AAAA = 1, 28
_MOST_RECORDS = 64
_MOST_LABELS = 32
_ADDRESS_SIZE = {_A: 4, _AAAA: 16}


def read(datagram: Datagram) -> tuple[Heard, ...]:
    """A name for another address says nothing of the sender: repeaters speak for others. Raises Malformed."""
    message, mac = datagram.payload, mac_of(datagram.ether.source)
    if mac is None or datagram.from_port != 5353 or not number(message, 2, 2) & 0x8000:
        return ()
    name = _name_for(message, datagram.source)
    return (Heard(mac, "mdns", None, name, vlan=datagram.ether.vlan),) if name else ()


def _name_for(message: bytes, address: bytes) -> str | None:
    at = 12
    for _ in range(min(number(message, 4, 2), _MOST_RECORDS)):
        at = _after_name(message, at) + 4
    records = sum(number(message, count, 2) for count in (6, 8, 10))
    for _ in range(min(records, _MOST_RECORDS)):
        named, at = at, _after_name(message, at)
        kind, size = number(message, at, 2), number(message, at + 8, 2)
        value, at = message[at + 10 : at + 10 + size], at + 10 + size
        if at > len(message):
            raise Malformed
        if len(value) == _ADDRESS_SIZE.get(kind) and value == address:
            return text_of(_first_label(message, named))
    return None


def _after_name(message: bytes, at: int) -> int:
    for _ in range(_MOST_LABELS):
        length = number(message, at, 1)
        if length >= 0xC0:
            return at + 2
        at += 1 + length
        if length == 0:
            return at
    raise Malformed


def _first_label(message: bytes, at: int) -> bytes:
    for _ in range(_MOST_LABELS):
        length = number(message, at, 1)
        if length < 0xC0:
            return message[at + 1 : at + 1 + length]
        at = number(message, at, 2) & 0x3FFF
    raise Malformed
