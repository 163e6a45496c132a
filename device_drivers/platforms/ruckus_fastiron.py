"""Ruckus ICX switches (FastIron 8 and 9, and the Brocade years before).

Source: FastIron Layer 2 Switching Configuration Guide, "VLANs": a port is added untagged to a VLAN only from the
default VLAN, so it is taken out of the one it is in first; for that moment it is in the default VLAN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.acl.dialects import FASTIRON
from device_drivers.acl.told import told
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
from device_drivers.model import Capability, Change, Driver, Kind, Observed, Reader, SetAccessList, SetAccessVlan
from device_drivers.rendering import PortWords, port_lines

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


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    del now  # nothing such a switch is told ends by itself
    return tuple(line for change in changes for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    match change:
        case SetAccessVlan(port, was, becomes):
            name = port_name(port)
            if was != DEFAULT_VLAN:
                yield from (f"vlan {vlan_id(was)}", f"no untagged ethernet {name}", "exit")
            if becomes != DEFAULT_VLAN:
                yield from (f"vlan {vlan_id(becomes)}", f"untagged ethernet {name}", "exit")
        case SetAccessList():
            yield from told(FASTIRON, change)
        case _:
            yield from port_lines(WORDS, change, TITLE)


DRIVER = Driver(
    platform="ruckus_fastiron",
    netmiko_type="ruckus_fastiron",
    title=TITLE,
    can=frozenset(
        {
            Capability.ACCESS_VLAN,
            Capability.BOUNCE,
            Capability.SHUT,
            Capability.ACCESS_LIST,
            Capability.ACCESS_LIST_6,
            Capability.READ_BACK,
            Capability.SAVE,
        }
    ),
    reads=READS,
    parse=parse,
    render=render,
    refusals=("Invalid input", "Incomplete command", "Ambiguous input", "Unrecognized command", "Error", "error"),
    save=("write memory",),
    readers=READERS,
    tried=("captures",),
)
