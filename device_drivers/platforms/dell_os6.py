"""Dell OS6 switches (N-Series, and PowerConnect before it)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.formats.dell import OS6, read_os6_macs, read_os6_status, read_os6_vlans
from device_drivers.formats.fastpath import read_lldp
from device_drivers.formats.switchport_config import read_switchports
from device_drivers.joining import observe
from device_drivers.model import (
    Driver,
    Kind,
    Observed,
    Reader,
)
from device_drivers.rendering import WIRED, renderer

TITLE = "Dell OS6 (N-Series)"
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


DRIVER = Driver(
    platform="dell_os6",
    netmiko_type="dell_os6",
    title=TITLE,
    can=WIRED,
    reads=tuple(READERS),
    parse=parse,
    render=renderer(TITLE),
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
