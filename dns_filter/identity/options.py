"""What the EDNS options of a query say of the device that asked, where a forwarder has put them there.

| option | from | form |
|---|---|---|
| 65001 | dnsmasq `add-mac` | six octets |
| 65073 | dnsmasq `add-mac=text`, `add-mac=base64` | `02:00:00:00:05:11`, or eight letters |
| 8 | ECS, RFC 7871 §6 | believed only with the prefix of one host: 32 or 128 bits |
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator

from dns_filter.identity.proxy import plain
from dns_filter.wire import HEADER, OPT, RECORD, Malformed, end_of_plain_name, read_name

ECS, MAC, DEVICE_ID = 8, 65001, 65073
UNREADABLE = "?"
"""A statement that cannot be read. It names no device, and it is not the same as saying nothing."""
_TEXT = re.compile(rb"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{8}")
_HOST = {1: (32, 4), 2: (128, 16)}
"""Address family -> bits of a whole address, and its octets."""


def options(data: bytes) -> list[tuple[int, bytes]]:
    """(code, content) of every EDNS option of a query, in their order. None of a message that is malformed."""
    try:
        return list(_split(opt_content(data)))
    except Malformed:
        return []


def stated(data: bytes) -> list[str]:
    """The MACs and addresses that the options name, as the filter table spells them, `UNREADABLE` among them."""
    said = (_READERS[code](content) for code, content in options(data) if code in _READERS)
    return [each for each in said if each is not None]


def opt_content(data: bytes) -> bytes:
    """All options of a message's OPT, as they stand there; empty where there is no OPT. Raises Malformed."""
    return next((content for rtype, _, content in _records(data) if rtype == OPT), b"")


def ttls(data: bytes) -> list[int]:
    """The TTL of every record of a message but its OPT. Raises Malformed."""
    return [ttl for rtype, ttl, _ in _records(data) if rtype != OPT]


def _records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(type, TTL, RDATA) of all records behind the question."""
    if len(data) < HEADER.size:
        raise Malformed("no header")
    _, _, questions, answers, authorities, additionals = HEADER.unpack_from(data)
    at = HEADER.size
    for _ in range(questions):
        at = end_of_plain_name(data, at) + 4
    for _ in range(answers + authorities + additionals):
        _, at = read_name(data, at)
        if at + RECORD.size > len(data):
            raise Malformed("cut off inside a record")
        rtype, _, ttl, length = RECORD.unpack_from(data, at)
        at += RECORD.size + length
        yield rtype, ttl, data[at - length : at]


def _split(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        end = at + 4 + int.from_bytes(content[at + 2 : at + 4])
        if end > len(content):
            raise Malformed("cut off inside an EDNS option")
        yield int.from_bytes(content[at : at + 2]), content[at + 4 : end]
        at = end


def _mac(content: bytes) -> str:
    return content.hex(":") if len(content) == 6 else UNREADABLE


def _device_id(content: bytes) -> str:
    if _TEXT.fullmatch(content):
        return content.decode().lower()
    return _mac(b64decode(content)) if _BASE64.fullmatch(content) else UNREADABLE


def _client_subnet(content: bytes) -> str | None:
    """The one address it names; None where it names a network, which is a hint and nobody's identity."""
    bits, octets = _HOST.get(int.from_bytes(content[:2]), (0, 0))
    if len(content) < 4 or not bits:
        return UNREADABLE if content[2:3] != b"\0" else None
    if content[2] < bits:
        return None
    return plain(content[4:]) if content[2:4] == bytes((bits, 0)) and len(content) == 4 + octets else UNREADABLE


_READERS = {MAC: _mac, DEVICE_ID: _device_id, ECS: _client_subnet}
