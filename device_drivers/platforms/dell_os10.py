"""Dell OS10 switches (SmartFabric OS10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.acl.dialects import OS10 as LISTS
from device_drivers.acl.told import told
from device_drivers.formats.dell import OS10, read_os10_lldp, read_os10_macs, read_os10_status, read_os10_vlans
from device_drivers.formats.running import lists_of
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
    SetAccessList,
    SetAccessVlan,
    SetShutdown,
)
from device_drivers.rows import LagRow, ListRow, PortRow

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


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """Raises Refused for a grant: OS10 cannot end one by itself at a given moment."""
    del now  # nothing an OS10 device is told here ends by itself
    return tuple(line for change in changes for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    match change:
        case SetAccessVlan() | SetShutdown() | Bounce():
            yield from port_lines(change)
        case SetAccessList():
            yield from told(LISTS, change)
        case _:
            raise Refused("an OS10 switch cannot open the internet for a time; the gateway can")


DRIVER = Driver(
    platform="dell_os10",
    netmiko_type="dell_os10",
    title="Dell OS10",
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
    reads=tuple(READERS),
    parse=parse,
    render=render,
    refusals=("% Error", "%Error", "% Warning"),
    save=("write memory",),
    readers=READERS,
)
