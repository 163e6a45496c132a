"""Dell OS6 switches (N-Series, and PowerConnect before it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.formats.dell import OS6, read_os6_macs, read_os6_status, read_os6_vlans
from device_drivers.formats.fastpath import read_lldp
from device_drivers.formats.switchport_config import read_switchports
from device_drivers.formats.switchport_lines import port_lines
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
        "show interfaces status": Reader(Kind.PORTS, read_os6_status),
        "show running-config": Reader(Kind.MODES, lambda text: read_switchports(text, OS6)),
        "show vlan": Reader(Kind.VLANS, read_os6_vlans),
        "show mac address-table": Reader(Kind.MACS, read_os6_macs),
        "show lldp remote-device all": Reader(Kind.NEIGHBOURS, read_lldp),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """Raises Refused for lists and grants."""
    del now  # nothing an OS6 device is told here ends by itself
    told: list[str] = []
    for change in changes:
        if not isinstance(change, SetAccessVlan | SetShutdown | Bounce):
            raise Refused("an OS6 switch is told access VLANs and links only; the gateway holds lists and grants")
        told.extend(port_lines(change))
    return tuple(told)


DRIVER = Driver(
    platform="dell_os6",
    netmiko_type="dell_os6",
    title="Dell OS6 (N-Series)",
    can=frozenset({Capability.ACCESS_VLAN, Capability.BOUNCE, Capability.SHUT, Capability.READ_BACK, Capability.SAVE}),
    reads=tuple(READERS),
    parse=parse,
    render=render,
    refusals=(
        "% Invalid",
        "% Incomplete",
        "% Ambiguous",
        "Command not found",
        "An invalid interface",
        "ERROR",
        "VLAN ID not found",
    ),
    save=("copy running-config startup-config",),
    readers=READERS,
    answers=MappingProxyType({"(y/n)": "y"}),
    observes="Access lists: no public capture of what OS6 prints back was found, so none is sent.",
)
