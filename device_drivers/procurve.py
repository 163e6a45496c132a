"""What the two names of AOS-S have in common: HP ProCurve (`hp_procurve`) and Aruba (`aruba_osswitch`).

Source: ArubaOS-Switch Management and Configuration Guide, "Port Status and Configuration"; Advanced Traffic Management
Guide, "VLANs": a port is untagged in one VLAN, and making it untagged in another takes it out of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from device_drivers.acl.dialects import AOS_S
from device_drivers.encode import port_name, vlan_id
from device_drivers.formats.procurve import (
    read_arp,
    read_brief,
    read_lldp,
    read_macs,
    read_status,
    read_trunks,
    read_vlans,
)
from device_drivers.formats.running import lists_of
from device_drivers.formats.templates import about
from device_drivers.joining import observe
from device_drivers.model import Driver, Kind, Observed, Reader, SetAccessVlan
from device_drivers.rendering import WIRED_WITH_LISTS, PortWords, renderer

TITLE = "HPE and Aruba AOS-S switches"
STATUS, BRIEF, VLANS, TABLE = "show interfaces status", "show interfaces brief", "show vlans", "show mac-address"
LLDP, TRUNKS, CONFIG = "show lldp info remote-device detail", "show trunks", "show running-config"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        STATUS: Reader(Kind.PORTS, read_status),
        BRIEF: Reader(Kind.PORTS, read_brief),
        VLANS: Reader(Kind.VLANS, read_vlans),
        TABLE: Reader(Kind.MACS, read_macs),
        LLDP: Reader(Kind.NEIGHBOURS, read_lldp),
        TRUNKS: Reader(Kind.LAGS, read_trunks, quiet=True),
        CONFIG: lists_of(AOS_S, r"^Running configuration:|^; .* Configuration Editor; "),
        "show arp": Reader(Kind.ARP, read_arp),
        "show cdp neighbors detail": about("hp_procurve_show_cdp_neighbors_detail"),
        "show interfaces": about("hp_procurve_show_interfaces"),
        "show lldp info local-device": about("hp_procurve_show_lldp_info_local-device"),
        "show system": about("hp_procurve_show_system"),
    }
)
READS = (STATUS, BRIEF, VLANS, TABLE, LLDP, TRUNKS, CONFIG)
WORDS = PortWords(off="disable", on="enable")


def parse(outputs: Mapping[str, str]) -> Observed:
    """Old switches print no VLAN in their table of addresses: there a device is in the VLAN of its access port."""
    seen = observe(READERS, outputs)
    vlans = {port.name: port.access_vlan for port in seen.ports if port.access_vlan is not None}
    table = (replace(entry, vlan=entry.vlan or vlans.get(entry.port, 0)) for entry in seen.table)
    return replace(seen, table=tuple(table))


def moved(change: SetAccessVlan) -> tuple[str, ...]:
    return (f"vlan {vlan_id(change.becomes)}", f"untagged {port_name(change.port)}", "exit")


def driver(platform: str, title: str) -> Driver:
    return Driver(
        platform=platform,
        netmiko_type=platform,
        title=title,
        can=WIRED_WITH_LISTS,
        reads=READS,
        parse=parse,
        render=renderer(TITLE, WORDS, AOS_S, moved),
        refusals=(
            "Invalid input:",
            "Incomplete input:",
            "Ambiguous input:",
            "Module not present",
            "Port not present",
            "VLAN not found",
            "Error",
            "Unable to",
            "Not allowed",
            "Operation not",
        ),
        save=("write memory",),
        readers=READERS,
        tried=("captures",),
    )
