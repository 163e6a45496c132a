"""MikroTik RouterOS 7 as a school's gateway: access lists and leased ways out, nothing of its switch ports.

A list belongs to one VLAN interface (`vlan20`); what an account needs is the policy `read,write,ssh`. How lists and
grants are kept stands in `device_drivers/acl/routeros.py`. Grants do not outlive a reboot: they end early, never late.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_network
from types import MappingProxyType

from device_drivers.acl.routeros import GRANTED, grants, read_grants, read_lists, told
from device_drivers.formats.routeros_print import read_arp, read_leases
from device_drivers.formats.running import list_rows
from device_drivers.joining import observe
from device_drivers.model import (
    Capability,
    Change,
    Driver,
    GrantInternet,
    Kind,
    Lease,
    Observed,
    Reader,
    Refused,
    SetAccessList,
    Unreadable,
)
from device_drivers.platforms.mikrotik_routeros import DRIVER as SWITCH
from device_drivers.rows import ListRow

RAW = "/ip firewall raw export terse; /ipv6 firewall raw export terse"
GRANTS = tuple(
    f"/{menu} firewall address-list print terse without-paging where list={GRANTED}" for menu in ("ip", "ipv6")
)
ARP = "/ip arp print terse without-paging"
LEASES = "/ip dhcp-server lease print terse without-paging"
LONGEST = 366 * 86400
"""Seconds. A grant is a lease; one longer than a year is a mistake."""


def _read_raw(text: str) -> tuple[ListRow, ...]:
    """An export begins with the moment it was made: without that line nothing was exported, which is not "no rules"."""
    if not text.lstrip().startswith("#"):
        raise Unreadable("firewall raw export: no export", text.strip()[:200])
    return list_rows(read_lists(text))


def _read_grants(text: str) -> tuple[tuple[str, float], ...]:
    """Source and seconds left."""
    return tuple(read_grants(text).items())


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        RAW: Reader(Kind.ACLS, _read_raw),
        **{command: Reader(Kind.CONFIG, _read_grants, quiet=True) for command in GRANTS},
        ARP: Reader(Kind.ARP, read_arp, quiet=True),
        LEASES: Reader(Kind.LEASES, read_leases, quiet=True),
    }
)


def parse(outputs: Mapping[str, str]) -> Observed:
    found = observe(READERS, outputs)
    left = dict(row for command in GRANTS for row in _read_grants(outputs[command]))
    names = {(lease.mac, lease.address): lease.hostname for lease in found.leases if lease.hostname}
    vlans = {(lease.mac, lease.address): lease.vlan for lease in found.leases if lease.vlan}
    keys = dict.fromkeys((lease.mac, lease.address) for lease in found.leases)
    leases = tuple(Lease(*key, names.get(key), vlans.get(key)) for key in keys)
    return replace(found, leases=leases, grants=MappingProxyType(left))


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """Ways out before the lists that close all others. Raises Refused for changes to ports and clients."""
    return tuple(line for change in changes for line in _lines(change, now))


def _lines(change: Change, now: datetime) -> Iterator[str]:
    match change:
        case SetAccessList():
            yield from told(change)
        case GrantInternet(source, _, becomes):
            # Rounded up, so that a grant never ends before the minute it was given for.
            seconds = max(0, math.ceil((becomes - now).total_seconds())) if becomes else 0
            yield from grants({_network(source): min(seconds, LONGEST)})
        case _:
            raise Refused("this gateway is told access lists and ways out, nothing else")


def _network(source: str) -> str:
    try:
        return str(ip_network(source, strict=False))
    except ValueError as error:
        raise Refused(f"not an address or network: {source[:60]!r}") from error


DRIVER = Driver(
    platform="mikrotik_gateway",
    netmiko_type="mikrotik_routeros",
    title="MikroTik RouterOS as a gateway",
    can=frozenset(
        {
            Capability.ACCESS_LIST,
            Capability.ACCESS_LIST_6,
            Capability.LEASE,
            Capability.LEASES_READ,
            Capability.READ_BACK,
        }
    ),
    reads=tuple(READERS),
    parse=parse,
    render=render,
    refusals=SWITCH.refusals,
    config=False,
    readers=READERS,
    prompt=SWITCH.prompt,
    observes="Rules of others that stand before ours in prerouting of the raw table decide before ours do.",
)
