"""Aruba Wi-Fi controllers (ArubaOS 6 to 8): clients are observed, disconnected and kept off the air.

Source: ArubaOS CLI Reference Guide, "stm", "show ap blacklist-clients" (newer versions call the list a denylist) and
"aaa user delete". Public captures do not show how a client's role is printed back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from device_drivers.formats.aruba_wifi import read_arp, read_denied
from device_drivers.formats.templates import about
from device_drivers.joining import observe
from device_drivers.model import Capability, Change, DenyClient, Disconnect, Driver, Kind, Observed, Reader
from device_drivers.rendering import one_by_one, refused
from inventory.model import parse_mac

TITLE = "Aruba Wi-Fi controllers (ArubaOS)"
ARP, DENIED = "show arp", "show ap blacklist-clients"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ARP: Reader(Kind.ARP, read_arp),
        DENIED: Reader(Kind.DENIED, read_denied, quiet=True),
        "show ap bss-table details": about("aruba_os_show_ap_bss-table_details"),
        "show ap radio-database": about("aruba_os_show_ap_radio-database"),
        "show ip interface brief": about("aruba_os_show_ip_interface_brief"),
        "show vlan": about("aruba_os_show_vlan"),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def _lines(change: Change) -> Iterator[str]:
    match change:
        case DenyClient(client, _, becomes):
            yield f"stm {'add' if becomes else 'remove'}-blacklist-client {parse_mac(client)}"
        case Disconnect(client):
            yield f"aaa user delete mac {parse_mac(client)}"
        case _:
            raise refused(change, TITLE)


DRIVER = Driver(
    platform="aruba_os",
    netmiko_type="aruba_os",
    title=TITLE,
    can=frozenset({Capability.LEASES_READ, Capability.DENY, Capability.DISCONNECT, Capability.READ_BACK}),
    reads=(ARP, DENIED),
    parse=parse,
    render=one_by_one(_lines),
    refusals=("% Invalid", "% Incomplete", "% Ambiguous", "% Parse error", "Error"),
    readers=READERS,
    tried=("captures",),
    config=False,
    prompt=r"[^\n]{0,40}[>#]",
    observes="roles are not told: no public capture shows how a client's role is printed back. An entry that"
    " keeps a device off the air carries no name and ends by itself (an hour, unless the virtual AP says otherwise): it"
    " is made anew as long as the device must stay off, and ended by a person or by its time, never by Caretaker.",
)
