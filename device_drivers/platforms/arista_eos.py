"""Arista EOS switches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.acl.dialects import EOS
from device_drivers.acl.told import told
from device_drivers.formats.eos import CONFIG, read_arp, read_lldp, read_macs, read_status, read_vlans
from device_drivers.formats.running import lists_of
from device_drivers.formats.shown import shown
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

RUNNING = "show running-config"
_LISTS = lists_of(EOS, CONFIG.marker)


def read_running(text: str) -> tuple[PortRow | LagRow | ListRow, ...]:
    """Modes of ports, and access lists."""
    lists = (row for row in _LISTS.read(text) if isinstance(row, ListRow))
    return (*read_switchports(text, CONFIG), *lists)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "show interfaces status": Reader(Kind.PORTS, read_status),
        RUNNING: Reader(Kind.MODES, read_running),
        "show vlan": Reader(Kind.VLANS, read_vlans),
        "show mac address-table": Reader(Kind.MACS, read_macs),
        "show lldp neighbors": Reader(Kind.NEIGHBOURS, read_lldp),
        "show ip arp": Reader(Kind.ARP, read_arp),
        **shown(
            "arista_eos",
            "show interfaces",
            "show inventory",
            "show lldp neighbors detail",
            "show mac security interface",
            "show mac security participants detail",
            "show version",
        ),
    }
)
READS = (
    "show interfaces status",
    RUNNING,
    "show vlan",
    "show mac address-table",
    "show lldp neighbors",
)


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """Raises Refused for a grant: EOS cannot end one by itself at a given moment."""
    del now  # nothing an EOS device is told here ends by itself
    return tuple(line for change in changes for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    match change:
        case SetAccessVlan() | SetShutdown() | Bounce():
            yield from port_lines(change)
        case SetAccessList():
            yield from told(EOS, change)
        case _:
            raise Refused("an EOS switch cannot open the internet for a time; the gateway can")


DRIVER = Driver(
    platform="arista_eos",
    netmiko_type="arista_eos",
    title="Arista EOS",
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
    refusals=("% ",),
    save=("write memory",),
    readers=READERS,
    tried=("captures",),
)
