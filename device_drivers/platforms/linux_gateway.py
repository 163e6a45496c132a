"""A Linux gateway with nftables (1.0.6 or newer), told over SSH.

The account may run `sudo -n nft` and nothing else as root. An access list belongs to one interface. What is saved is
put in force again at boot where `/etc/nftables.conf` includes the file (`formats/nft_boot.py`).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from types import MappingProxyType

from device_drivers.formats.leases import read_leases, read_neighbours
from device_drivers.formats.nft_boot import keep_line
from device_drivers.formats.nft_json import read_table
from device_drivers.formats.nft_script import TABLE, drop_list, grants, put_list, skeleton
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
)

NFT = "sudo -n nft"
READ_TABLE = f"{NFT} -j list table {TABLE}"
READ_NEIGHBOURS = "ip neigh"
READ_LEASES = "cat /var/lib/misc/dnsmasq.leases"
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        READ_TABLE: Reader(Kind.ACLS, lambda text: tuple(read_table(text).access_lists.values())),
        READ_NEIGHBOURS: Reader(Kind.ARP, read_neighbours, quiet=True),
        READ_LEASES: Reader(Kind.LEASES, read_leases, quiet=True),
    }
)
GRANTS_AT_ONCE = 500
"""The kernel takes 128 KiB in one word of a command line; a grant needs about 80 bytes of it."""
LISTS_AT_ONCE = 80_000
"""Characters of lists in one command; a list of a school takes about 12,000."""


def parse(outputs: Mapping[str, str]) -> Observed:
    table = read_table(outputs[READ_TABLE])
    return Observed(
        leases=_joined(read_leases(outputs[READ_LEASES]), read_neighbours(outputs[READ_NEIGHBOURS])),
        access_lists=table.access_lists,
        bindings=table.bindings,
        grants=table.grants,
    )


def _joined(leases: Sequence[Lease], neighbours: Sequence[Lease]) -> tuple[Lease, ...]:
    """One entry for each MAC and address: the lease knows the host name, the neighbour table the VLAN."""
    names = {(lease.mac, lease.address): lease.hostname for lease in leases}
    vlans = {(entry.mac, entry.address): entry.vlan for entry in neighbours}
    return tuple(Lease(*key, names.get(key), vlans.get(key)) for key in {**names, **vlans})


def render(changes: Sequence[Change], now: datetime) -> tuple[str, ...]:
    """One command, one transaction: all of it or nothing. Only what a command line cannot hold follows in further ones,
    grants before lists; a list is always whole in one of them."""
    if not changes:
        return ()
    ends = {change.source: _seconds(change, now) for change in changes if isinstance(change, GrantInternet)}
    rows = iter(ends.items())
    scripts = [[*skeleton(), *grants(dict(islice(rows, GRANTS_AT_ONCE)))]]
    while more := dict(islice(rows, GRANTS_AT_ONCE)):
        scripts.append([*grants(more)])
    for statements in filter(None, map(_statements, changes)):
        if sum(map(len, (*scripts[-1], *statements))) > LISTS_AT_ONCE:
            scripts.append([])
        scripts[-1] += statements
    return tuple(f"{NFT} {shlex.quote('; '.join(script))}" for script in scripts)


def _statements(change: Change) -> list[str]:
    match change:
        case SetAccessList(name, interface, _, None):
            return [*drop_list(name, interface)]
        case SetAccessList(name, interface, _, becomes) if becomes:
            return [*put_list(becomes, name, interface)]
        case GrantInternet():
            return []  # rendered by its seconds, before the lists
        case _:
            raise Refused("the gateway has lists and grants: no access ports, and nobody on the air")


def _seconds(change: GrantInternet, now: datetime) -> float:
    return (change.becomes - now).total_seconds() if change.becomes else 0.0


DRIVER = Driver(
    platform="linux_gateway",
    netmiko_type="linux",
    title="Linux gateway with nftables",
    can=frozenset(
        {
            Capability.ACCESS_LIST,
            Capability.STATEFUL,
            Capability.LEASE,
            Capability.LEASES_READ,
            Capability.READ_BACK,
            Capability.SAVE,
        }
    ),
    reads=(READ_TABLE, READ_NEIGHBOURS, READ_LEASES),
    tried=("real",),
    parse=parse,
    render=render,
    refusals=("Error:", "internal:", "netlink:", "sudo:", "bash:", "sh:", "nft:", "Operation not permitted"),
    config=False,
    save=(keep_line(NFT),),
    readers=READERS,
)
