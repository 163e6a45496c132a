"""Aruba CX switches (AOS-CX 10).

Source: AOS-CX Fundamentals Guide, "Checkpoints" (`checkpoint auto`: minutes, taken back unless confirmed), and Layer 2
Bridging Guide, "VLAN commands".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.acl.dialects import AOS_CX
from device_drivers.acl.told import told
from device_drivers.formats.aoscx import read_arp, read_interfaces, read_lldp, read_macs, read_vlans
from device_drivers.formats.running import lists_of
from device_drivers.formats.templates import about
from device_drivers.joining import observe
from device_drivers.model import Capability, Change, CommitConfirm, Driver, Kind, Observed, Reader, SetAccessList
from device_drivers.rendering import PortWords, port_lines

TITLE = "Aruba CX switches (AOS-CX)"
PORTS, VLANS, TABLE = "show interface", "show vlan", "show mac-address-table"
LLDP, CONFIG = "show lldp neighbor-info detail", "show running-config"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        PORTS: Reader(Kind.PORTS, read_interfaces),
        VLANS: Reader(Kind.VLANS, read_vlans),
        TABLE: Reader(Kind.MACS, read_macs),
        LLDP: Reader(Kind.NEIGHBOURS, read_lldp),
        CONFIG: lists_of(AOS_CX, r"^!Version .*AOS-?CX|^!Version ArubaOS-CX"),
        "show arp": Reader(Kind.ARP, read_arp),
        "show aaa authentication port-access interface all client-status": about(
            "aruba_aoscx_show_aaa_authentication_port-access_interface_all_client-status"
        ),
        "show interface mgmt": about("aruba_aoscx_show_interface_mgmt"),
        "show system": about("aruba_aoscx_show_system"),
    }
)
READS = (PORTS, VLANS, TABLE, LLDP, CONFIG)
WORDS = PortWords(access="vlan access {}")


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    del now  # nothing such a switch is told ends by itself
    return tuple(line for change in changes for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    if isinstance(change, SetAccessList):
        yield from told(AOS_CX, change)
    else:
        yield from port_lines(WORDS, change, TITLE)


DRIVER = Driver(
    platform="aruba_aoscx",
    netmiko_type="aruba_aoscx",
    title=TITLE,
    can=frozenset(
        {
            Capability.ACCESS_VLAN,
            Capability.BOUNCE,
            Capability.SHUT,
            Capability.ACCESS_LIST,
            Capability.ACCESS_LIST_6,
            Capability.READ_BACK,
            Capability.COMMIT_CONFIRM,
            Capability.SAVE,
        }
    ),
    reads=READS,
    parse=parse,
    render=render,
    refusals=("Invalid input:", "% Command incomplete", "% Unknown", "% Ambiguous", "Cannot ", "Error", "%"),
    save=("write memory",),
    readers=READERS,
    tried=("captures",),
    confirm=CommitConfirm(arm=("checkpoint auto {minutes}",), keep=("checkpoint auto confirm",)),
)
