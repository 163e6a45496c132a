"""Cisco Catalyst 9800 Wi-Fi controllers (IOS-XE): clients are observed and disconnected, networks switched by the hour.

Sources: Catalyst 9800 Command Reference, "wireless client mac-address … deauthenticate"; Software Configuration Guide,
"WLANs" (`wlan NAME`, `shutdown`). Roles and VLANs of clients come from RADIUS here: no command gives another one. Until
it does, a pupil's wireless device is held by the filter and the gateway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.formats.wireless import read_clients, read_tracking, read_wlans
from device_drivers.model import (
    Capability,
    Change,
    Disconnect,
    Driver,
    Kind,
    Observed,
    Reader,
    Refused,
    SetSsid,
    TableEntry,
)
from device_drivers.platforms.cisco_ios import DRIVER as SWITCH
from inventory.model import Mac

CLIENTS = "show wireless client summary"
TRACKING = "show device-tracking database"
WLANS = "show wlan summary"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        CLIENTS: Reader(Kind.WIRELESS, read_clients),
        TRACKING: Reader(Kind.LEASES, read_tracking),
        WLANS: Reader(Kind.WIRELESS, lambda text: tuple(read_wlans(text).items())),
    }
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


def parse(outputs: Mapping[str, str]) -> Observed:
    """A client with an address stands in the table behind its access point; one without has no VLAN yet."""
    leases = read_tracking(outputs[TRACKING])
    points = {client.mac: client.access_point for client in read_clients(outputs[CLIENTS])}
    vlans = {lease.mac: lease.vlan for lease in leases}
    table = (TableEntry(mac, vlan, points[mac]) for mac, vlan in vlans.items() if vlan and mac in points)
    return Observed(table=tuple(table), leases=leases, ssids=read_wlans(outputs[WLANS]))


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """Raises Refused for any change but a disconnect and a network to be switched."""
    del now  # nothing it is told ends by itself
    return tuple(line for change in changes for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    match change:
        case Disconnect(client):
            yield f"do wireless client mac-address {_dotted(client)} deauthenticate"
        case SetSsid(ssid, _, becomes):
            if not _NAME.fullmatch(ssid):
                raise Refused(f"not the name of a WLAN that a command can hold: {ssid[:40]!r}")
            yield from (f"wlan {ssid}", "no shutdown" if becomes else "shutdown", "exit")
        case _:
            raise Refused("this controller is told to disconnect clients and to switch its networks, nothing else")


def _dotted(mac: Mac) -> str:
    digits = mac.replace(":", "")
    return ".".join(digits[at : at + 4] for at in (0, 4, 8))


DRIVER = Driver(
    platform="cisco_c9800",
    netmiko_type="cisco_xe",
    title="Cisco Catalyst 9800 Wi-Fi controllers",
    can=frozenset(
        {
            Capability.WIRELESS_CLIENTS,
            Capability.DISCONNECT,
            Capability.SSID,
            Capability.READ_BACK,
            Capability.SAVE,
        }
    ),
    reads=(CLIENTS, TRACKING, WLANS),
    parse=parse,
    render=render,
    refusals=SWITCH.refusals,
    save=("write memory",),
    observes="Roles and VLANs of clients come from RADIUS here; no command of the controller gives another one. Nobody"
    " is kept off the air: public sources spell the command in two ways.",
    readers=READERS,
)
