"""Linux bridges that separate VLANs, OpenWrt's among them (with the packages ip-full and ip-bridge), told over SSH.

The account is root, or may run `bridge` and `ip link set` as root by `sudo -n`. What is told lives in the kernel: a
reboot brings back what the box's own configuration says, and the next turn of the loop tells it again.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.encode import port_name, vlan_id
from device_drivers.formats.leases import read_leases, read_neighbours
from device_drivers.formats.linux_bridge import read_learnt, read_links, read_vlans
from device_drivers.formats.linux_shell import REFUSALS, SUDO, link_line
from device_drivers.joining import observe
from device_drivers.model import (
    Bounce,
    Capability,
    Change,
    Driver,
    Kind,
    Observed,
    Reader,
    Refused,
    SetAccessVlan,
    SetShutdown,
)

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "ip -d -j link show": Reader(Kind.PORTS, read_links),
        "bridge -j vlan show": Reader(Kind.MODES, read_vlans),
        "bridge -j fdb show": Reader(Kind.MACS, read_learnt),
        "ip neigh": Reader(Kind.ARP, read_neighbours, quiet=True),
        "cat /tmp/dhcp.leases": Reader(Kind.LEASES, read_leases, quiet=True),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """One batch for all VLANs. The new VLAN comes before the old one goes: never a port without any."""
    del now  # nothing a bridge is told ends by itself
    batch, links = list[str](), list[str]()
    for change in changes:
        match change:
            case SetAccessVlan(port, was, becomes):
                batch.append(f"vlan add dev {port_name(port)} vid {vlan_id(becomes)} pvid untagged")
                if was != becomes:
                    batch.append(f"vlan del dev {port_name(port)} vid {vlan_id(was)}")
            case SetShutdown() | Bounce():
                links.append(link_line(change))
            case _:
                raise Refused("a Linux bridge is told access VLANs and links; the gateway holds lists and grants")
    told = f"printf '%s\\n' {' '.join(map(shlex.quote, batch))} | {SUDO} bridge -batch -"
    return (*((told,) if batch else ()), *links)


DRIVER = Driver(
    platform="linux_bridge",
    netmiko_type="linux",
    title="Linux and OpenWrt bridges",
    can=frozenset(
        {Capability.ACCESS_VLAN, Capability.BOUNCE, Capability.SHUT, Capability.READ_BACK, Capability.LEASES_READ}
    ),
    reads=tuple(READERS),
    tried=("texts",),
    observes="Written from the output format of iproute2 and tried on texts alone: no kernel bridge was at hand.",
    parse=parse,
    render=render,
    refusals=("Command failed", "Cannot find", *REFUSALS),
    config=False,
    readers=READERS,
)
