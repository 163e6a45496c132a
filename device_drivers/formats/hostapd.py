"""Clients of hostapd, as `hostapd_cli` tells them: who is on the air, and who is kept off it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_drivers.model import Unreadable, WirelessClient
from device_drivers.rows import DeniedRow
from inventory.model import Mac, parse_mac

MARK = 4094
"""An entry of the list of those kept off may name a VLAN, which means nothing there: by this one ours are known."""
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_DENIED = re.compile(rf"({_MAC.pattern}) VLAN_ID=(\d+)$")
_VALUE = re.compile(r"[A-Za-z0-9_]+[=\[]|[A-Z_]+$|\[|$")


def read_air(text: str) -> tuple[WirelessClient | DeniedRow, ...]:
    """For each interface `interface NAME`, then what `all_sta` says, `denied`, and what `deny_acl SHOW` says.

    Raises Unreadable for a line that is none of these, and where no interface is named at all.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or not lines[0].startswith("interface "):
        raise Unreadable("hostapd: no interface", lines[0] if lines else "")
    return tuple(_rows(lines))


def _rows(lines: list[str]) -> Iterator[WirelessClient | DeniedRow]:
    point, off = "", False
    client: Mac | None = None
    vlan: int | None = None
    for line in (*lines, "interface "):
        if client and (_MAC.fullmatch(line) or line == "denied" or line.startswith("interface ")):
            yield WirelessClient(client, point, vlan=vlan)
            client, vlan = None, None
        if line.startswith("interface "):
            point, off = line.removeprefix("interface "), False
        elif line == "denied":
            off = True
        elif off:
            yield _denied(line)
        elif _MAC.fullmatch(line):
            client = parse_mac(line)
        elif client and (found := re.fullmatch(r"vlan_id=(\d+)", line)):
            vlan = int(found[1]) or None
        elif not client or not _VALUE.match(line):
            raise Unreadable("hostapd: a line that is nothing of a client", line)


def _denied(line: str) -> DeniedRow:
    entry = _DENIED.match(line)
    if not entry:
        raise Unreadable("hostapd: no entry of those kept off", line)
    return DeniedRow(parse_mac(entry[1]), int(entry[2]) == MARK)
