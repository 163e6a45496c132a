"""Aruba Wi-Fi controllers (ArubaOS 6 to 8): observed, not steered.

Public captures show access points and addresses, not how a client's role is printed back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.formats.aruba_wifi import read_arp
from device_drivers.formats.templates import about
from device_drivers.joining import observe
from device_drivers.model import Capability, Change, Driver, Kind, Observed, Reader
from device_drivers.rendering import refused

TITLE = "Aruba Wi-Fi controllers (ArubaOS)"
ARP = "show arp"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ARP: Reader(Kind.ARP, read_arp),
        "show ap bss-table details": about("aruba_os_show_ap_bss-table_details"),
        "show ap radio-database": about("aruba_os_show_ap_radio-database"),
        "show ip interface brief": about("aruba_os_show_ip_interface_brief"),
        "show vlan": about("aruba_os_show_vlan"),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """Raises Refused for any change."""
    del now
    for change in changes:
        raise refused(change, TITLE)
    return ()


DRIVER = Driver(
    platform="aruba_os",
    netmiko_type="aruba_os",
    title=TITLE,
    can=frozenset({Capability.LEASES_READ}),
    reads=(ARP,),
    parse=parse,
    render=render,
    refusals=("% Invalid", "% Incomplete", "% Ambiguous", "% Parse error", "Error"),
    readers=READERS,
    tried=("captures",),
    prompt=r"[^\n]{0,40}[>#]",
    observes="roles and disconnects are not told: no public capture shows how a client's role is printed back",
)
