"""Ubiquiti EdgeSwitch (FASTPATH)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from device_drivers.encode import port_name, vlan_id
from device_drivers.formats.fastpath import read_arp, read_lldp, read_macs, read_ports, read_vlans
from device_drivers.formats.shown import shown
from device_drivers.joining import observe
from device_drivers.model import (
    Driver,
    Kind,
    Observed,
    Reader,
    SetAccessVlan,
)
from device_drivers.rendering import WIRED, renderer

TITLE = "Ubiquiti EdgeSwitch"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "show running-config": Reader(Kind.MODES, read_ports),
        "show vlan": Reader(Kind.VLANS, read_vlans),
        "show mac-addr-table": Reader(Kind.MACS, read_macs),
        "show lldp remote-device all": Reader(Kind.NEIGHBOURS, read_lldp),
        "show arp": Reader(Kind.ARP, read_arp),
        **shown("ubiquiti_edgeswitch", "show version"),
    }
)
READS = ("show running-config", "show vlan", "show mac-addr-table", "show lldp remote-device all")


def parse(outputs: Mapping[str, str]) -> Observed:
    """A port counts as down: no table of links is public enough to be read."""
    return observe(READERS, outputs)


def moved(change: SetAccessVlan) -> Iterator[str]:
    """Into the new VLAN before out of the old one: never a port without any."""
    yield f"interface {port_name(change.port)}"
    yield f"vlan participation include {vlan_id(change.becomes)}"
    yield f"vlan pvid {vlan_id(change.becomes)}"
    if change.was != change.becomes:
        yield f"vlan participation exclude {vlan_id(change.was)}"
    yield "exit"


DRIVER = Driver(
    platform="ubiquiti_edgeswitch",
    netmiko_type="ubiquiti_edgeswitch",
    title=TITLE,
    can=WIRED,
    reads=READS,
    parse=parse,
    render=renderer(TITLE, moves=moved),
    refusals=(
        "% Invalid",
        "Incomplete command",
        "Ambiguous command",
        "ERROR",
        "Command not found",
        "VLAN ID not found",
    ),
    save=("write memory",),
    readers=READERS,
    tried=("captures",),
    answers=MappingProxyType({"(y/n)": "y"}),
    prompt=r" ?\S*[>#]",
    observes="Ports in `switchport mode access` are not moved (only `vlan pvid` and `participation` are public"
    " enough), and a port without lines of its own in the configuration is not seen. Links are not read.",
)
