"""Cisco IOS and IOS-XE access switches.

Source of the timer: Managing Configuration Files Configuration Guide, "Configuration Rollback Confirmed Change"; it
needs `archive` with a `path` on the switch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from device_drivers.acl.dialects import IOS
from device_drivers.formats.ios_about import ABOUT
from device_drivers.formats.ios_acl import read_lists
from device_drivers.formats.ios_neighbours import read_cdp, read_lag_members, read_lldp
from device_drivers.formats.ios_ports import StatusRow, SwitchportBlock, read_status, read_switchport
from device_drivers.formats.ios_power import read_power
from device_drivers.formats.ios_stp import read_spanning_tree
from device_drivers.formats.ios_vlans import read_vlans
from device_drivers.formats.mac_table import read_mac_table
from device_drivers.formats.running import list_rows
from device_drivers.model import (
    Capability,
    CommitConfirm,
    Driver,
    Kind,
    Observed,
    ObservedPort,
    PortKind,
    Reader,
    Unreadable,
)
from device_drivers.reading import guarded
from device_drivers.rendering import WIRED_WITH_LISTS, renderer
from device_drivers.rows import ListRow

TITLE = "Cisco IOS and IOS-XE switches"
STATUS = "show interfaces status"
SWITCHPORT = "show interfaces switchport"
VLANS = "show vlan brief"
TABLE = "show mac address-table"
CDP = "show cdp neighbors"
LLDP = "show lldp neighbors"
BUNDLES = "show etherchannel summary"
TREE = "show spanning-tree"
POWER = "show power inline"
LISTS = "show running-config | section ^interface|^ip access-list|^ipv6 access-list"


def _read_lists(text: str) -> tuple[ListRow, ...]:
    """Sections of the running configuration, or nothing at all: what holds no section is another command's output."""
    if text.strip() and not re.search(r"^(?:interface|ip access-list|ipv6 access-list) ", text, re.MULTILINE):
        raise Unreadable("show running-config: no section of an interface or a list", text.strip())
    return list_rows(read_lists(text))


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        STATUS: Reader(Kind.PORTS, read_status),
        SWITCHPORT: Reader(Kind.MODES, read_switchport),
        VLANS: Reader(Kind.VLANS, read_vlans),
        TABLE: Reader(Kind.MACS, read_mac_table),
        CDP: Reader(Kind.NEIGHBOURS, read_cdp, quiet=True),
        LLDP: Reader(Kind.NEIGHBOURS, read_lldp, quiet=True),
        BUNDLES: Reader(Kind.LAGS, read_lag_members, quiet=True),
        TREE: Reader(Kind.STP, read_spanning_tree, quiet=True),
        LISTS: Reader(Kind.ACLS, _read_lists, quiet=True),
        **ABOUT,
        POWER: Reader(Kind.POWER, read_power),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    outputs = {command: guarded(text, command, DRIVER.refusals) for command, text in outputs.items()}
    _read_lists(outputs[LISTS])
    members = read_lag_members(outputs[BUNDLES])
    blocks = {block.port: block for block in read_switchport(outputs[SWITCHPORT])}
    lists = read_lists(outputs[LISTS])
    return Observed(
        ports=tuple(_port(row, blocks.get(row.port), members) for row in read_status(outputs[STATUS])),
        table=read_mac_table(outputs[TABLE]),
        neighbours=(*read_cdp(outputs[CDP]), *read_lldp(outputs[LLDP])),
        vlans=read_vlans(outputs[VLANS]),
        access_lists=lists.lists,
        bindings=lists.bindings,
        root_ports=frozenset(row.port for row in read_spanning_tree(outputs[TREE]) if row.role == "root"),
    )


def _port(row: StatusRow, block: SwitchportBlock | None, members: frozenset[str]) -> ObservedPort:
    kind = _kind(row, block, members)
    vlan = block.access_vlan if block and kind is PortKind.ACCESS else None
    return ObservedPort(row.port, kind, row.up, vlan, row.name, row.shut)


def _kind(row: StatusRow, block: SwitchportBlock | None, members: frozenset[str]) -> PortKind:
    """A port is an access port only where the device says so twice; unknown is an uplink."""
    if row.port in members or row.port.startswith("Po") or (block and "member of bundle" in block.actual):
        return PortKind.LAG_MEMBER
    if row.word == "routed" or (block and not block.switching):
        return PortKind.ROUTED
    if row.word == "trunk" or (block and "trunk" in (block.wanted, block.actual)):
        return PortKind.TRUNK
    if not block or row.word or block.access_vlan is None:
        return PortKind.UNKNOWN
    # `dynamic auto` becomes a trunk as soon as the other end asks for one; it counts while it is not one.
    settled = block.wanted == "static access" or (
        block.wanted.startswith("dynamic") and block.actual == "static access"
    )
    return PortKind.ACCESS if settled else PortKind.UNKNOWN


DRIVER = Driver(
    platform="cisco_ios",
    netmiko_type="cisco_ios",
    title=TITLE,
    can=WIRED_WITH_LISTS | {Capability.COMMIT_CONFIRM},
    reads=(STATUS, SWITCHPORT, VLANS, TABLE, CDP, LLDP, BUNDLES, TREE, LISTS),
    parse=parse,
    render=renderer(TITLE, lists=IOS),
    refusals=(
        "% Invalid",
        "% Incomplete",
        "% Ambiguous",
        "% Unknown",
        "% Unrecognized",
        "% Bad",
        "% Cannot",
        "% Duplicate",
        "%No Rollback",
        "% Failed",
        "% Error",
        "%Error",
        "% Authorization failed",
        "% Access denied",
        "% Permission denied",
        "Command authorization failed",
        "Command rejected",
        "% Configuration",
    ),
    save=("write memory",),
    power=POWER,
    readers=READERS,
    tried=("captures",),
    confirm=CommitConfirm(
        arm=("configure terminal revert timer {minutes}",),
        keep=("configure confirm",),
        back=("configure revert now",),
        armed="Enter configuration commands",
        lists_only=True,
    ),
)
