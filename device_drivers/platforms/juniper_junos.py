"""Juniper EX switches (Junos), old style and ELS.

Source: Junos OS Ethernet Switching User Guide (`vlan members` takes a name or a number), CLI User Guide, "Commit
Operation" (`commit confirmed` takes minutes; another `commit` confirms).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from device_drivers.acl.junos import read_lists, told
from device_drivers.encode import port_name, vlan_id
from device_drivers.formats.junos import read_arp, read_config, read_lldp, read_table, read_terse
from device_drivers.formats.macs import device_of
from device_drivers.formats.running import list_rows
from device_drivers.formats.templates import about
from device_drivers.joining import observe
from device_drivers.model import (
    Bounce,
    Capability,
    Change,
    CommitConfirm,
    Driver,
    Kind,
    Observed,
    Reader,
    SetAccessList,
    SetAccessVlan,
    SetShutdown,
    TableEntry,
)
from device_drivers.reading import guarded
from device_drivers.rendering import refused
from device_drivers.rows import LagRow, ListRow, PortRow, VlanRow

TITLE = "Juniper EX switches (Junos)"
TERSE, CONFIG = "show interfaces terse", "show configuration | display set"
TABLE, LLDP = "show ethernet-switching table", "show lldp neighbors"


def _read_config(text: str) -> tuple[PortRow | VlanRow | LagRow | ListRow, ...]:
    return (*read_config(text), *list_rows(read_lists(text)))


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        TERSE: Reader(Kind.PORTS, read_terse),
        CONFIG: Reader(Kind.VLANS, _read_config),
        TABLE: Reader(Kind.MACS, read_table),
        LLDP: Reader(Kind.NEIGHBOURS, read_lldp, quiet=True),
        "show arp no-resolve": Reader(Kind.ARP, read_arp),
        "show interfaces": about("juniper_junos_show_interfaces"),
        "show chassis cluster interfaces": about("juniper_junos_show_chassis_cluster_interfaces"),
        "show system configuration database usage": about("juniper_junos_show_system_configuration_database_usage"),
        "show system processes brief": about("juniper_junos_show_system_processes_brief"),
        "show system uptime": about("juniper_junos_show_system_uptime"),
        "show version": about("juniper_junos_show_version"),
    }
)
READS = (TERSE, CONFIG, TABLE, LLDP)


def parse(outputs: Mapping[str, str]) -> Observed:
    """The table names VLANs; the configuration says their numbers. A VLAN of another routing instance is 0."""
    seen = observe(READERS, outputs)
    rows = read_config(guarded(outputs[CONFIG], CONFIG))
    numbers = {row.name: row.vlan for row in rows if isinstance(row, VlanRow)}
    learnt = read_table(guarded(outputs[TABLE], TABLE))
    table = (TableEntry(mac, numbers.get(vlan, 0), port) for vlan, text, port in learnt if (mac := device_of(text)))
    return replace(seen, table=tuple(table))


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """To be followed by the driver's `commit`."""
    del now  # nothing such a switch is told ends by itself
    return tuple(line for change in changes for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    match change:
        case SetAccessVlan(port, _, becomes):
            vlan = f"interfaces {port_name(port)} unit 0 family ethernet-switching vlan"
            yield from (f"delete {vlan}", f"set {vlan} members {vlan_id(becomes)}")
        case SetShutdown(port, _, becomes):
            yield f"{'set' if becomes else 'delete'} interfaces {port_name(port)} disable"
        case Bounce(port):
            # Down has to be in force before up can be: the driver's commit comes after the last line only.
            yield from (
                f"set interfaces {port_name(port)} disable",
                "commit",
                f"delete interfaces {port_name(port)} disable",
            )
        case SetAccessList():
            yield from told(change)
        case _:
            raise refused(change, TITLE)


DRIVER = Driver(
    platform="juniper_junos",
    netmiko_type="juniper_junos",
    title=TITLE,
    can=frozenset(
        {
            Capability.ACCESS_VLAN,
            Capability.BOUNCE,
            Capability.SHUT,
            Capability.ACCESS_LIST,
            Capability.ACCESS_LIST_6,
            Capability.READ_BACK,
            Capability.COMMIT_CONFIRM,
        }
    ),
    reads=READS,
    parse=parse,
    render=render,
    refusals=("error:", "syntax error", "unknown command", "missing argument", "invalid ", "commit failed"),
    readers=READERS,
    tried=("captures",),
    commit=("commit",),
    confirm=CommitConfirm(
        commit=("commit confirmed {minutes}",), keep=("commit",), back=("rollback 1", "commit"), in_config=True
    ),
)
