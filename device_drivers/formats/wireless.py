"""Clients and networks of an IOS-XE Wi-Fi controller.

`show wireless client summary`, `show device-tracking database`, `show wlan summary`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from device_drivers.columns import cut, find_header, starts
from device_drivers.model import Lease, Unreadable
from inventory.model import Mac, parse_mac

_TITLES = ("MAC Address", "AP Name", "Type", "ID", "State", "Protocol", "Method", "Role")
_MAC = re.compile(r"[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}")
_BOUND = re.compile(rf"([A-Z][A-Z0-9]*)\s+([0-9A-Fa-f.:]+)\s+({_MAC.pattern})\s+(\S+)\s+(\d+)\s")
_WLANS = ("ID", "Profile Name", "SSID", "Status")
_TRACKED = ("Network Layer Address", "Link Layer Address", "Interface", "vlan")


@dataclass(frozen=True, slots=True)
class Client:
    mac: Mac
    access_point: str
    state: str


def read_clients(text: str) -> tuple[Client, ...]:
    """Clients in any state. Raises Unreadable for a row outside its columns, or for another number than announced."""
    count = re.search(r"^Number of (?:Local )?Clients ?: (\d+)", text, re.MULTILINE)
    if not count:
        raise Unreadable("show wireless client summary: no number of clients", text.strip()[:200])
    if count[1] == "0":
        return ()
    header, rows = find_header(text.splitlines(), _TITLES, "show wireless client summary")
    at = starts(header, _TITLES)
    clients: list[Client] = []
    for row in rows:
        if row.startswith("Number of Excluded"):
            break
        if set(row.strip()) <= {"-"}:
            continue
        cells = cut(row, at, _TITLES)
        if not _MAC.fullmatch(cells["MAC Address"]) or not cells["AP Name"]:
            raise Unreadable("show wireless client summary: a row outside its columns", row)
        clients.append(Client(parse_mac(cells["MAC Address"]), cells["AP Name"], cells["State"]))
    if len(clients) != int(count[1]):
        raise Unreadable(f"show wireless client summary: {count[1]} clients announced, {len(clients)} listed", count[0])
    return tuple(clients)


def read_tracking(text: str) -> tuple[Lease, ...]:
    """Which client has which address in which VLAN. Raises Unreadable for a row that is none."""
    _, rows = find_header(text.splitlines(), _TRACKED, "show device-tracking database")
    return tuple(_bound(row.strip()) for row in rows if row.strip())


def read_wlans(text: str) -> Mapping[str, bool]:
    """Profile name -> is it up? Raises Unreadable for a row outside its columns, or another number than announced."""
    count = re.search(r"^Number of WLANs: (\d+)", text, re.MULTILINE)
    if not count:
        raise Unreadable("show wlan summary: no number of WLANs", text.strip()[:200])
    found: dict[str, bool] = {}
    if count[1] != "0":
        header, rows = find_header(text.splitlines(), _WLANS, "show wlan summary")
        at = starts(header, _WLANS)
        for row in (each for each in rows if each.strip() and set(each.strip()) != {"-"}):
            cells = cut(row, at, _WLANS)
            state = cells["Status"].split(maxsplit=1)[0] if cells["Status"] else ""
            if not cells["ID"].isdigit() or state not in ("UP", "DOWN"):
                raise Unreadable("show wlan summary: a row outside its columns", row)
            found[cells["Profile Name"]] = state == "UP"
    if len(found) != int(count[1]):
        raise Unreadable(f"show wlan summary: {count[1]} WLANs announced, {len(found)} listed", count[0])
    return found


def _bound(row: str) -> Lease:
    entry = _BOUND.match(row)
    try:
        if not entry:
            raise ValueError("no binding")
        return Lease(parse_mac(entry[3]), str(ip_address(entry[2])), None, int(entry[5]))
    except ValueError as error:
        raise Unreadable("show device-tracking database: a row this reader does not know", row) from error
