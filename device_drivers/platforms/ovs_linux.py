"""Open vSwitch on Linux, told over SSH; a reboot keeps what its database was told.

The account is root, or may run as root by `sudo -n`: ovs-vsctl, ovs-appctl, and `ip link set`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.encode import port_name, vlan_id
from device_drivers.formats.linux_shell import REFUSALS, SUDO, link_line
from device_drivers.formats.openvswitch import read_interfaces, read_learnt, read_ports
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

_LIST = f"{SUDO} ovs-vsctl --format=json --columns="
PORTS = f"{_LIST}name,interfaces,tag,trunks,vlan_mode,status,rstp_status list Port"
INTERFACES = f"{_LIST}name,type,admin_state,link_state list Interface"
LEARNT = (
    f"{SUDO} ovs-appctl dpif/show; "
    f"for b in $({SUDO} ovs-vsctl list-br); do echo bridge $b; {SUDO} ovs-appctl fdb/show $b; done"
)
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        PORTS: Reader(Kind.PORTS, read_ports),
        INTERFACES: Reader(Kind.PORTS, read_interfaces),
        LEARNT: Reader(Kind.MACS, read_learnt),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """All VLANs in one transaction of the switch's database: all of them or none. Links follow, one by one."""
    del now  # nothing an Open vSwitch is told here ends by itself
    words, links = list[str](), list[str]()
    for change in changes:
        match change:
            case SetAccessVlan(port, _, becomes):
                words.append(f"set Port {port_name(port)} tag={vlan_id(becomes)}")
            case SetShutdown() | Bounce():
                links.append(link_line(change))
            case _:
                raise Refused("an Open vSwitch is told access VLANs and links; the gateway holds lists and grants")
    return (*((f"{SUDO} ovs-vsctl {' -- '.join(words)}",) if words else ()), *links)


DRIVER = Driver(
    platform="ovs_linux",
    netmiko_type="ovs_linux",
    title="Open vSwitch on Linux",
    can=frozenset({Capability.ACCESS_VLAN, Capability.BOUNCE, Capability.SHUT, Capability.READ_BACK}),
    reads=tuple(READERS),
    tried=("real",),
    parse=parse,
    render=render,
    refusals=("ovs-vsctl:", "ovs-appctl:", *REFUSALS),
    config=False,
    readers=READERS,
)
