"""Cisco Small Business switches: SF/SG 200 to 500, CBS 220 to 350 (netmiko's `cisco_s300`).

Source: Cisco 300 Series and CBS350 CLI Guides, "Ethernet Configuration", "VLAN". Their access lists are not told: no
public capture shows how they are printed back.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.formats.small_business import (
    read_arp,
    read_lldp,
    read_macs,
    read_status,
    read_switchport,
    read_vlans,
)
from device_drivers.formats.small_business_config import read_config
from device_drivers.formats.templates import about
from device_drivers.joining import observe
from device_drivers.model import Driver, Kind, Observed, Reader
from device_drivers.rendering import WIRED, renderer

TITLE = "Cisco Small Business switches (SF, SG, CBS)"
STATUS, SWITCHPORT, VLANS = "show interfaces status", "show interfaces switchport", "show vlan"
TABLE, LLDP, CONFIG = "show mac address-table", "show lldp neighbors", "show running-config"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        STATUS: Reader(Kind.PORTS, read_status),
        SWITCHPORT: Reader(Kind.MODES, read_switchport),
        VLANS: Reader(Kind.VLANS, read_vlans),
        TABLE: Reader(Kind.MACS, read_macs),
        LLDP: Reader(Kind.NEIGHBOURS, read_lldp),
        CONFIG: Reader(Kind.LAGS, read_config),
        "show arp": Reader(Kind.ARP, read_arp),
        "show ip interface": about("cisco_s300_show_ip_interface"),
        "show system": about("cisco_s300_show_system"),
        "show system id": about("cisco_s300_show_system_id"),
        "show version": about("cisco_s300_show_version"),
    }
)
READS = (STATUS, SWITCHPORT, VLANS, TABLE, LLDP, CONFIG)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


DRIVER = Driver(
    platform="cisco_s300",
    netmiko_type="cisco_s300",
    title=TITLE,
    can=WIRED,
    reads=READS,
    parse=parse,
    render=renderer(TITLE),
    refusals=(
        "% Unrecognized",
        "% Incomplete",
        "% Invalid",
        "% Ambiguous",
        "% Wrong",
        "% bad",
        "% Bad",
        "% missing",
        "%",
    ),
    save=("write memory",),
    readers=READERS,
    tried=("captures",),
    answers=MappingProxyType({"(Y/N)[N] ?": "y"}),
    observes="access lists are not told: no public capture shows how they are printed back",
)
