"""Aruba CX switches (AOS-CX 10).

Source: AOS-CX Fundamentals Guide, "Checkpoints" (`checkpoint auto`: minutes, taken back unless confirmed), and Layer 2
Bridging Guide, "VLAN commands".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.acl.dialects import AOS_CX
from device_drivers.formats.aoscx import read_arp, read_interfaces, read_lldp, read_macs, read_vlans
from device_drivers.formats.running import lists_of
from device_drivers.formats.templates import about
from device_drivers.joining import observe
from device_drivers.model import Capability, CommitConfirm, Driver, Kind, Observed, Reader
from device_drivers.rendering import WIRED_WITH_LISTS, PortWords, renderer

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


DRIVER = Driver(
    platform="aruba_aoscx",
    netmiko_type="aruba_aoscx",
    title=TITLE,
    can=WIRED_WITH_LISTS | {Capability.COMMIT_CONFIRM},
    reads=READS,
    parse=parse,
    render=renderer(TITLE, WORDS, AOS_CX),
    refusals=("Invalid input:", "% Command incomplete", "% Unknown", "% Ambiguous", "Cannot ", "Error", "%"),
    save=("write memory",),
    readers=READERS,
    tried=("captures",),
    confirm=CommitConfirm(arm=("checkpoint auto {minutes}",), keep=("checkpoint auto confirm",)),
)
