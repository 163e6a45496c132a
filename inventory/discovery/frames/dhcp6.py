"""DHCP for IPv6 (RFC 8415): who asks by the MAC it sends from, and which addresses a server gave it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inventory.discovery.frames.heard import Heard, address_of, mac_of, text_of
from inventory.discovery.frames.layers import Datagram, Malformed, number, options
from inventory.model import Mac

_CLIENT_ID, _IA_NA, _IA_TA, _ADDRESS, _RELAYED, _STATUS = 1, 3, 4, 5, 9, 13
_VENDOR_CLASS, _FQDN, _CLIENT_LINK_LAYER = 16, 39, 79
_ASKS = frozenset({1, 3, 4, 5, 6, 8, 9, 11})
_REPLY = 7
_RELAY_FORWARD, _RELAY_REPLY = 12, 13
_DEEPEST = 8


def read(datagram: Datagram) -> tuple[Heard, ...]:
    """A client is taken by the MAC it sends from; behind a relay by option 79 (RFC 6939) or its DUID.

    Raises Malformed.
    """
    message, relayed = _inner(datagram.payload)
    kind, found = number(message, 0, 1), _collect(message[4:])
    if kind not in (*_ASKS, _REPLY):
        return ()
    own = _from_duid(found.get(_CLIENT_ID, [b""])[0])
    if relayed:
        mac = _link_layer(relayed) or own
    else:
        mac = mac_of(datagram.ether.source if kind in _ASKS else datagram.ether.target) or own
    if mac is None:
        return ()
    if kind == _REPLY:
        return tuple(Heard(mac, "dhcp6", address) for address in _given(found))
    vlan = None if relayed else datagram.ether.vlan
    return (Heard(mac, "dhcp6", None, _name(found), None, _vendor_class(found), vlan),)


def _inner(message: bytes) -> tuple[bytes, Mapping[int, list[bytes]]]:
    """The client's own message, and the options of the relay next to it."""
    outer: Mapping[int, list[bytes]] = {}
    for _ in range(_DEEPEST):
        if number(message, 0, 1) not in (_RELAY_FORWARD, _RELAY_REPLY):
            return message, outer
        outer = _collect(message[34:])
        if _RELAYED not in outer:
            raise Malformed
        message = outer[_RELAYED][0]
    raise Malformed


def _collect(area: bytes) -> Mapping[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    for code, value in options(area, 2):
        found.setdefault(code, []).append(value)
    return found


def _link_layer(outer: Mapping[int, list[bytes]]) -> Mac | None:
    value = outer.get(_CLIENT_LINK_LAYER, [b""])[0]
    return mac_of(value[2:]) if value[:2] == b"\0\x01" else None


def _from_duid(duid: bytes) -> Mac | None:
    """DUID-LLT and DUID-LL hold a MAC: that of the interface the system saw first, perhaps not this one."""
    if duid[:4] == b"\0\x01\0\x01":
        return mac_of(duid[8:])
    return mac_of(duid[4:]) if duid[:4] == b"\0\x03\0\x01" else None


def _given(found: Mapping[int, list[bytes]]) -> Iterator[str]:
    for code, skip in ((_IA_NA, 12), (_IA_TA, 4)):
        for association in found.get(code, ()):
            for value in _collect(association[skip:]).get(_ADDRESS, ()):
                # A valid lifetime of 0 takes the address away.
                address = address_of(value[:16]) if number(value, 20, 4) else None
                if address:
                    yield address


def _name(found: Mapping[int, list[bytes]]) -> str | None:
    """RFC 4704: flags, then labels; the first label is the name."""
    value = found.get(_FQDN, [b""])[0]
    if len(value) < 2:
        return None
    return text_of(value[2 : 2 + min(value[1], 63)])


def _vendor_class(found: Mapping[int, list[bytes]]) -> str | None:
    """Enterprise number, then texts with their lengths."""
    value = found.get(_VENDOR_CLASS, [b""])[0]
    return text_of(value[6 : 6 + number(value, 4, 2)]) if len(value) > 6 else None
