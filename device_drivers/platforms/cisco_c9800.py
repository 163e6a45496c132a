"""Cisco Catalyst 9800 Wi-Fi controllers (IOS-XE): observed, not steered.

Roles and disconnects of clients are later work; until then a pupil's wireless device is held by the filter and the
gateway alone, and the console says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from device_drivers.formats.wireless import read_clients, read_tracking
from device_drivers.model import Capability, Change, Driver, Observed, Refused, TableEntry
from device_drivers.platforms.cisco_ios import DRIVER as SWITCH

CLIENTS = "show wireless client summary"
TRACKING = "show device-tracking database"


def parse(outputs: Mapping[str, str]) -> Observed:
    """A client with an address stands in the table behind its access point; one without has no VLAN yet."""
    leases = read_tracking(outputs[TRACKING])
    points = {client.mac: client.access_point for client in read_clients(outputs[CLIENTS])}
    vlans = {lease.mac: lease.vlan for lease in leases}
    table = (TableEntry(mac, vlan, points[mac]) for mac, vlan in vlans.items() if vlan and mac in points)
    return Observed(table=tuple(table), leases=leases)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """Raises Refused for any change."""
    del now
    if changes:
        raise Refused("this driver only observes Wi-Fi controllers")
    return ()


DRIVER = Driver(
    platform="cisco_c9800",
    netmiko_type="cisco_xe",
    title="Cisco Catalyst 9800 Wi-Fi controllers",
    can=frozenset({Capability.WIRELESS_CLIENTS}),
    reads=(CLIENTS, TRACKING),
    parse=parse,
    render=render,
    refusals=SWITCH.refusals,
)
