"""Dell OS10 switches (SmartFabric OS10)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.acl.dialects import OS10 as LISTS
from device_drivers.formats.dell import OS10, read_os10_lldp, read_os10_macs, read_os10_status, read_os10_vlans
from device_drivers.formats.running import lists_of
from device_drivers.formats.switchport_config import read_switchports
from device_drivers.joining import observe
from device_drivers.model import (
    Driver,
    Kind,
    Observed,
    Reader,
)
from device_drivers.rendering import WIRED_WITH_LISTS, renderer
from device_drivers.rows import LagRow, ListRow, PortRow

TITLE = "Dell OS10"
_READ_LISTS = lists_of(LISTS, OS10.marker)


def read_running(text: str) -> tuple[PortRow | LagRow | ListRow, ...]:
    """Modes of ports, and access lists."""
    lists = (row for row in _READ_LISTS.read(text) if isinstance(row, ListRow))
    return (*read_switchports(text, OS10), *lists)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "show interface status": Reader(Kind.PORTS, read_os10_status),
        "show running-configuration": Reader(Kind.MODES, read_running),
        "show vlan": Reader(Kind.VLANS, read_os10_vlans),
        "show mac address-table": Reader(Kind.MACS, read_os10_macs),
        "show lldp neighbors": Reader(Kind.NEIGHBOURS, read_os10_lldp),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


DRIVER = Driver(
    platform="dell_os10",
    netmiko_type="dell_os10",
    title=TITLE,
    can=WIRED_WITH_LISTS,
    reads=tuple(READERS),
    parse=parse,
    render=renderer(TITLE, lists=LISTS),
    refusals=("% Error", "%Error", "% Warning"),
    save=("write memory",),
    readers=READERS,
)
