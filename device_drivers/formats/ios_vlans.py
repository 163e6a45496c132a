"""`show vlan brief` of IOS: which VLANs a switch has."""

from __future__ import annotations

from device_drivers.columns import cut, find_header, starts
from device_drivers.model import Unreadable

_TITLES = ("VLAN", "Name", "Status", "Ports")
_STATES = ("active", "act/unsup", "act/lshut", "act/ishut", "sus/lshut", "sus/ishut", "suspended", "unsup")


def read_vlans(text: str) -> frozenset[int]:
    """VLANs a port can be in. Raises Unreadable for a row outside its columns."""
    header, rows = find_header(text.splitlines(), _TITLES, "show vlan brief")
    at = starts(header, _TITLES)
    usable: set[int] = set()
    for row in rows:
        # Ports continue on lines of their own under the last column.
        if set(row.strip()) <= {"-", " "} or not row[: at[3]].strip():
            continue
        cells = cut(row, at, _TITLES)
        if not cells["VLAN"].isdigit() or cells["Status"] not in _STATES:
            raise Unreadable("show vlan brief: a row outside its columns", row)
        if cells["Status"] == "active":
            usable.add(int(cells["VLAN"]))
    return frozenset(usable)
