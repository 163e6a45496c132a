"""MikroTik RouterOS 6.41 or newer: switches whose bridge separates VLANs (`vlan-filtering=yes`).

An access port is a bridge port with a `pvid`; RouterOS itself lists it as untagged in that VLAN. What is told is kept
over a reboot at once: there is nothing to save, and grants, which have an end, are forgotten with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_network
from types import MappingProxyType

from device_drivers.acl import routeros
from device_drivers.encode import port_name, vlan_id
from device_drivers.formats.routeros_export import read_export, read_interfaces
from device_drivers.formats.routeros_print import read_arp, read_hosts, read_leases, read_links, read_neighbours
from device_drivers.formats.running import list_rows
from device_drivers.formats.shown import shown
from device_drivers.joining import observe
from device_drivers.model import (
    Bounce,
    Capability,
    Change,
    Driver,
    GrantInternet,
    Kind,
    Observed,
    Reader,
    Refused,
    SetAccessList,
    SetAccessVlan,
    SetShutdown,
    Unreadable,
)
from device_drivers.reading import read_all
from device_drivers.rows import ListRow

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
RAW = {4: "/ip firewall raw export terse", 6: "/ipv6 firewall raw export terse"}
# Ours alone: in a terse table the comments of others stand unquoted.
_GRANTED = f"address-list print terse without-paging where list={routeros.GRANTED}"
GRANTED = {4: f"/ip firewall {_GRANTED}", 6: f"/ipv6 firewall {_GRANTED}"}


def read_raw(text: str) -> tuple[ListRow, ...]:
    """Lists of ours in one family's raw table. Raises Unreadable for a text that is no export."""
    read_export(text)
    return list_rows(routeros.read_lists(text))


def read_granted(text: str) -> tuple[tuple[str, float], ...]:
    """Address and seconds left of every grant. Raises Unreadable for a row of another list, which was not asked for."""
    for line in filter(str.strip, text.splitlines()):
        if f" list={routeros.GRANTED} " not in line:
            raise Unreadable("address-list print: a row of another list", line)
    return tuple(routeros.read_grants(text).items())


FIREWALL: Mapping[str, Reader] = MappingProxyType(
    {
        **{command: Reader(Kind.ACLS, read_raw, quiet=True) for command in RAW.values()},
        **{command: Reader(Kind.ACLS, read_granted, quiet=True) for command in GRANTED.values()},
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
    """Both families of a list stand in one: they are read together."""
    read_all(FIREWALL, {command: outputs[command] for command in FIREWALL})
    lists = routeros.read_lists("\n".join(outputs[command] for command in RAW.values()))
    grants = {**routeros.read_grants(outputs[GRANTED[4]]), **routeros.read_grants(outputs[GRANTED[6]])}
    seen = observe(READERS, {command: outputs[command] for command in READERS})
    return replace(seen, access_lists=lists.lists, bindings=lists.bindings, grants=MappingProxyType(grants))


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """A port that is no longer where it was is left alone, and reading back shows it."""
    return tuple(line for change in changes for line in _lines(change, now))


def _lines(change: Change, now: datetime) -> tuple[str, ...]:
    match change:
        case SetAccessList():
            return routeros.told(change)
        case GrantInternet(source, _, becomes):
            # Rounded up, so that a grant never ends before the minute it was given for.
            left = math.ceil((becomes - now).total_seconds()) if becomes else 0
            return tuple(routeros.grants({_network(source): max(0, left)}))
        case _:
            return (_line(change),)


def _network(source: str) -> str:
    try:
        return str(ip_network(source, strict=False))
    except ValueError as error:
        raise Refused(f"not an address or network: {source[:60]!r}") from error


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
            raise Refused("RouterOS is told access VLANs, links, lists and grants; clients of its Wi-Fi it is not")


DRIVER = Driver(
    platform="mikrotik_routeros",
    netmiko_type="mikrotik_routeros",
    title="MikroTik RouterOS",
    can=frozenset(
        {
            Capability.ACCESS_VLAN,
            Capability.BOUNCE,
            Capability.SHUT,
            Capability.ACCESS_LIST,
            Capability.ACCESS_LIST_6,
            Capability.LEASE,
            Capability.LEASES_READ,
            Capability.READ_BACK,
        }
    ),
    reads=(*READERS, *FIREWALL),
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
    readers=MappingProxyType({**READERS, **FIREWALL, **DETAIL, **SHOWN}),
    prompt=r" ?>",
    observes="A port that `/interface bridge vlan` lists as untagged by hand is not moved; without that, RouterOS lists"
    " it by its pvid.",
)
