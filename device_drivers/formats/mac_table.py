"""Forwarding tables of IOS in all their spellings: Catalyst 2960 to 6500, and the routers with switch ports.

None of their columns is free text, so a row is read by the MAC that stands in it.
"""

from __future__ import annotations

import re

from device_drivers.formats.ios_ports import short_port
from device_drivers.model import TableEntry, Unreadable
from inventory.model import parse_mac

_MAC = re.compile(r"(?<![0-9a-f.])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![0-9a-f.])", re.IGNORECASE)
_PORT = re.compile(r"[A-Z][A-Za-z-]*\d+(?:/\d+)*(?:\.\d+)?")
_VLAN = re.compile(r"All|N/A|---|\d{1,4}|[A-Z][a-z]+\d+(?:/\d+)*", re.IGNORECASE)
_TITLES = re.compile(r"(?i)\bvlan\b.*\bmac address\b|destination address.*\bvlan\b")
_ORNAMENT = re.compile(
    r"(?i)[-+\s]*$|\s*mac address table$|legend:|\s*(?:age|n/a|[SRD#*]) - |displaying entries|total mac|ehwic: \d"
    r"|(?:unicast|multicast) entries|non-static address table|[a-z ]+(?:\([a-z-]+\))?[a-z ]*:\s+\d+$"
)
_TYPES = ("dynamic", "static")
_OWN = re.compile(r"(?i)(?:stby-)?(?:cpu|router|switch|drop|vlan\d+)$")


def read_mac_table(text: str) -> tuple[TableEntry, ...]:
    """Every device behind exactly one port. Addresses of the switch itself and of groups are no devices.

    Raises Unreadable for a line that is neither a row nor one of the known ornaments, and for a text without titles.
    """
    entries: list[TableEntry] = []
    titled = False
    in_row = False
    for line in text.splitlines():
        if mac := _MAC.search(line):
            if not titled:
                raise _unreadable("a row before the titles", line)
            in_row = True
            entries.extend(_row(line, mac))
        elif _TITLES.search(line):
            titled, in_row = True, False
        elif not (_ORNAMENT.match(line) or (in_row and _is_continuation(line))):
            raise _unreadable("a line that is no row", line)
    if not titled:
        raise _unreadable("no line with the titles", text.strip())
    return tuple(entries)


def _row(line: str, mac: re.Match[str]) -> tuple[TableEntry, ...]:
    """The entry of a row, or none where the row names no device behind one port."""
    before, after = line[: mac.start()].split(), line[mac.end() :].split()
    if not before and len(after) == 3:  # Destination Address, Address Type, VLAN, Destination Port
        before, after = [after[1]], [after[0], after[2]]
    if not before or not after or not _VLAN.fullmatch(before[-1]) or any(mark not in "*RSD#" for mark in before[:-1]):
        raise _unreadable("a row this reader does not know", line)
    kind, port = after[0].lower(), after[-1]
    single, own = _PORT.fullmatch(port), _OWN.match(port)
    if kind == "dynamic" and not single and not own:
        raise _unreadable("a learnt address without a port", line)
    if kind == "dynamic" and _is_group(mac[0]):
        raise _unreadable("a learnt group address, which no switch learns", line)
    if (
        kind not in _TYPES
        or not before[-1].isdigit()
        or not single
        or own
        or _is_group(mac[0])
        or not mac[0].strip("0.")
    ):
        return ()
    return (TableEntry(parse_mac(mac[0]), int(before[-1]), short_port(port)),)


def _is_continuation(line: str) -> bool:
    words = re.split(r"[,\s]+", line.strip())
    return all(_PORT.fullmatch(word) or _OWN.match(word) for word in words)


def _unreadable(what: str, line: str) -> Unreadable:
    return Unreadable(f"MAC address table: {what}", line)


def _is_group(mac: str) -> bool:
    return bool(int(mac[1], 16) & 1)
