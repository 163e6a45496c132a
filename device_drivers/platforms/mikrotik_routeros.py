"""MikroTik RouterOS 6.41 or newer: switches whose bridge separates VLANs (`vlan-filtering=yes`).

An access port is a bridge port with a `pvid`; RouterOS itself lists it as untagged in that VLAN. What is told is kept
over a reboot at once: there is nothing to save.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from device_drivers.encode import port_name, vlan_id
from device_drivers.formats.routeros_export import read_interfaces
from device_drivers.formats.routeros_print import read_arp, read_hosts, read_leases, read_links, read_neighbours
from device_drivers.formats.shown import shown
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
        "/interface export terse": Reader(Kind.MODES, read_interfaces),
        "/interface print terse without-paging": Reader(Kind.PORTS, read_links),
        "/interface bridge host print terse without-paging": Reader(Kind.MACS, read_hosts, quiet=True),
        "/ip neighbor print terse without-paging": Reader(Kind.NEIGHBOURS, read_neighbours, quiet=True),
        "/ip arp print terse without-paging": Reader(Kind.ARP, read_arp, quiet=True),
        "/ip dhcp-server lease print terse without-paging": Reader(Kind.LEASES, read_leases, quiet=True),
    }
)
SHOWN = shown(
    "mikrotik_routeros",
    "/interface ethernet monitor name once",
    "/interface ethernet poe print without-paging",
    "/interface ethernet print",
    "/interface print detail",
    "/interface vlan print detail",
    "/ip arp print",
    "/ip arp print without-paging",
    "/ip dhcp-server lease print",
    "/log print detail without-paging",
    "/system clock print",
    "/system identity print",
    "/system resource print",
)
DETAIL = {"/ip neighbor print detail": Reader(Kind.NEIGHBOURS, read_neighbours, quiet=True)}
_DARK = 3
"""Seconds without a link, long enough for a client to notice."""


def parse(outputs: Mapping[str, str]) -> Observed:
    return observe(READERS, outputs)


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """One line for each change; a port that is no longer where it was is left alone, and reading back shows it."""
    del now  # nothing that is told here ends by itself
    return tuple(map(_line, changes))


def _line(change: Change) -> str:
    match change:
        case SetAccessVlan(port, was, becomes):
            found = f'[find interface="{port_name(port)}" pvid={vlan_id(was)}]'
            return f"/interface bridge port set {found} pvid={vlan_id(becomes)}"
        case SetShutdown(port, _, becomes):
            return f'/interface {"disable" if becomes else "enable"} "{port_name(port)}"'
        case Bounce(port):
            # One line: the device goes on with it also when the line to us is what goes dark.
            name = f'"{port_name(port)}"'
            return f"/interface disable {name}; :delay {_DARK}s; /interface enable {name}"
        case _:
            raise Refused("a RouterOS switch is told access VLANs and links; lists and grants are mikrotik_gateway's")


DRIVER = Driver(
    platform="mikrotik_routeros",
    netmiko_type="mikrotik_routeros",
    title="MikroTik RouterOS",
    can=frozenset(
        {Capability.ACCESS_VLAN, Capability.BOUNCE, Capability.SHUT, Capability.LEASES_READ, Capability.READ_BACK}
    ),
    reads=tuple(READERS),
    tried=("captures",),
    parse=parse,
    render=render,
    refusals=(
        "failure:",
        "bad command name",
        "expected ",
        "syntax error",
        "no such item",
        "input does not match",
        "invalid value",
        "value of ",
        "ambiguous value",
        "not enough permissions",
        "missing value",
    ),
    config=False,
    readers=MappingProxyType({**READERS, **DETAIL, **SHOWN}),
    prompt=r" ?>",
    observes="A port that `/interface bridge vlan` lists as untagged by hand is not moved; without that, RouterOS lists"
    " it by its pvid.",
)
