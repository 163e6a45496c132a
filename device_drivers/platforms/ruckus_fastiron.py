"""Ruckus ICX switches (FastIron 8 and 9, and the Brocade years before).

Source: FastIron Layer 2 Switching Configuration Guide, "VLANs": a port is added untagged to a VLAN only from the
default VLAN, so it is taken out of the one it is in first; for that moment it is in the default VLAN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from device_drivers.acl.dialects import FASTIRON
from device_drivers.encode import port_name, vlan_id
from device_drivers.formats.fastiron import (
    read_arp,
    read_brief,
    read_config_vlans,
    read_lldp,
    read_macs,
    read_vlans,
)
from device_drivers.formats.running import lists_of
from device_drivers.formats.templates import about
from device_drivers.joining import observe
from device_drivers.model import Driver, Kind, Observed, Reader, SetAccessVlan
from device_drivers.rendering import WIRED_WITH_LISTS, PortWords, renderer

TITLE = "Ruckus ICX switches (FastIron)"
DEFAULT_VLAN = 1
BRIEF, VLANS, TABLE = "show interfaces brief", "show vlan", "show mac-address"
LLDP, CONFIG = "show lldp neighbors detail", "show running-config"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        BRIEF: Reader(Kind.PORTS, read_brief),
        VLANS: Reader(Kind.VLANS, read_vlans),
        TABLE: Reader(Kind.MACS, read_macs),
        LLDP: Reader(Kind.NEIGHBOURS, read_lldp, quiet=True),
        CONFIG: lists_of(FASTIRON, r"^ver \d\d\.\d"),
        "show running-config vlan": Reader(Kind.VLANS, read_config_vlans),
        "show arp": Reader(Kind.ARP, read_arp),
        "show interfaces": about("ruckus_fastiron_show_interfaces"),
        "show version": about("brocade_fastiron_show_version", "ruckus_fastiron_show_version"),
    }
)
READS = (BRIEF, VLANS, TABLE, LLDP, CONFIG)
WORDS = PortWords(opens="interface ethernet {}", off="disable", on="enable")


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def moved(change: SetAccessVlan) -> Iterator[str]:
    name = port_name(change.port)
    if change.was != DEFAULT_VLAN:
        yield from (f"vlan {vlan_id(change.was)}", f"no untagged ethernet {name}", "exit")
    if change.becomes != DEFAULT_VLAN:
        yield from (f"vlan {vlan_id(change.becomes)}", f"untagged ethernet {name}", "exit")


DRIVER = Driver(
    platform="ruckus_fastiron",
    netmiko_type="ruckus_fastiron",
    title=TITLE,
    can=WIRED_WITH_LISTS,
    reads=READS,
    parse=parse,
    render=renderer(TITLE, WORDS, FASTIRON, moved),
    refusals=("Invalid input", "Incomplete command", "Ambiguous input", "Unrecognized command", "Error", "error"),
    save=("write memory",),
    readers=READERS,
    tried=("captures",),
)
