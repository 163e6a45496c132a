"""Arista EOS switches.

Source: EOS User Manual, "Configure Session" (a session is committed with a timer, and taken back when no second commit
of it comes in time).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.acl.dialects import EOS
from device_drivers.formats.eos import CONFIG, read_arp, read_lldp, read_macs, read_status, read_vlans
from device_drivers.formats.running import lists_of
from device_drivers.formats.shown import shown
from device_drivers.formats.switchport_config import read_switchports
from device_drivers.joining import observe
from device_drivers.model import (
    Capability,
    CommitConfirm,
    Driver,
    Kind,
    Observed,
    Reader,
)
from device_drivers.rendering import WIRED_WITH_LISTS, renderer
from device_drivers.rows import LagRow, ListRow, PortRow

TITLE = "Arista EOS"
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


DRIVER = Driver(
    platform="arista_eos",
    netmiko_type="arista_eos",
    title=TITLE,
    can=WIRED_WITH_LISTS | {Capability.COMMIT_CONFIRM},
    reads=READS,
    parse=parse,
    render=renderer(TITLE, lists=EOS),
    refusals=("% ",),
    save=("write memory",),
    readers=READERS,
    tried=("captures",),
    confirm=CommitConfirm(
        arm=("configure session caretaker-{stamp}",),
        commit=("commit timer 00:0{minutes}:00",),
        keep=("configure session caretaker-{stamp} commit",),
        back=("configure session caretaker-{stamp} abort",),
    ),
)
