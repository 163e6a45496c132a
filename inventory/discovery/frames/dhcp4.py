"""DHCP for IPv4 (RFC 2131, 2132): who asks, what it asks for, and which address a server gave it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from inventory.discovery.frames.heard import Heard, address_of, mac_of, text_of
from inventory.discovery.frames.layers import Datagram, Malformed, number

MAGIC = bytes((99, 130, 83, 99))
_PAD, _END, _OVERLOAD = 0, 255, 52
_HOST_NAME, _KIND, _ASKED_FOR, _VENDOR_CLASS = 12, 53, 55, 60
_FROM_CLIENT, _FROM_SERVER = 1, 2
_ACK, _RELEASE, _DECLINE = 5, 7, 4


def read(datagram: Datagram) -> tuple[Heard, ...]:
    """Only what is DHCP, not plain BOOTP. Raises Malformed."""
    message = datagram.payload
    direction, hardware = number(message, 0, 1), message[1:3]
    if hardware != b"\x01\x06" or message[236:240] != MAGIC or direction not in (_FROM_CLIENT, _FROM_SERVER):
        return ()
    mac, found = mac_of(message[28:34]), _options(message)
    kind = found.get(_KIND, b"")
    if mac is None or len(kind) != 1:
        return ()
    vlan = datagram.ether.vlan
    if direction == _FROM_SERVER:
        # The tag is that of the server's segment where a relay answers: it says nothing of the client's.
        given = (address_of(message[16:20]) or address_of(message[12:16])) if kind[0] == _ACK else None
        return (Heard(mac, "dhcp", given),) if given else ()
    own = None if kind[0] in (_RELEASE, _DECLINE) else address_of(message[12:16])
    asked = ",".join(map(str, found.get(_ASKED_FOR, b""))) or None
    name, vendor = text_of(found.get(_HOST_NAME, b"")), text_of(found.get(_VENDOR_CLASS, b""))
    return (Heard(mac, "dhcp", own, name, asked, vendor, vlan),)


def _options(message: bytes) -> Mapping[int, bytes]:
    """All options; one that comes in parts is joined (RFC 3396); `file` and `sname` where they hold options too."""
    found: dict[int, bytes] = {}
    _collect(message[240:], found)
    overload = found.get(_OVERLOAD, b"\0")[:1]
    if overload and overload[0] & 1:
        _collect(message[108:236], found)
    if overload and overload[0] & 2:
        _collect(message[44:108], found)
    return found


def _collect(area: bytes, found: dict[int, bytes]) -> None:
    at = 0
    while at < len(area) and area[at] != _END:
        if area[at] == _PAD:
            at += 1
            continue
        length = number(area, at + 1, 1)
        if at + 2 + length > len(area):
            raise Malformed
        found[area[at]] = found.get(area[at], b"") + area[at + 2 : at + 2 + length]
        at += 2 + length
