"""Who has which address, as a Linux gateway knows it: `ip neigh`, and the lease file of dnsmasq."""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_drivers.encode import cli_text
from device_drivers.model import Lease, Unreadable
from inventory.model import Mac, parse_mac

_NEIGHBOUR = re.compile(r"([0-9a-fA-F:.]+) dev (\S+)(?: lladdr ([0-9a-f:]{17}))?(?: \S+)*$")
_VLAN = re.compile(r"(?:.*\.|vlan\.?)(\d{1,4})$")
_LEASE = re.compile(r"(\d+) (\S+) ([0-9a-fA-F:.]+) (\S+)(?: (\S+))?$")


def read_neighbours(text: str) -> tuple[Lease, ...]:
    """Entries with a MAC. Raises Unreadable for a line that is no entry."""
    return tuple(_neighbours(text))


def _neighbours(text: str) -> Iterator[Lease]:
    for line in map(str.strip, text.splitlines()):
        entry = _NEIGHBOUR.match(line)
        if line and not entry:
            raise Unreadable("ip neigh: a line that is no entry", line)
        mac = _device(entry[3]) if entry and entry[3] else None
        if entry and mac:
            vlan = _VLAN.match(entry[2])
            yield Lease(mac, entry[1], None, int(vlan[1]) if vlan else None)


def read_leases(text: str) -> tuple[Lease, ...]:
    """dnsmasq writes: end of the lease, MAC, address, host name or `*`, client id. IPv6 leases name no MAC.

    A missing file is a gateway that gives out no addresses. Raises Unreadable for a line that is no lease.
    """
    if text.strip().endswith("No such file or directory"):
        return ()
    return tuple(_leases(text))


def _leases(text: str) -> Iterator[Lease]:
    for line in map(str.strip, text.splitlines()):
        if line.startswith("duid "):
            return
        entry = _LEASE.match(line)
        if line and not entry:
            raise Unreadable("dnsmasq.leases: a line that is no lease", line)
        mac = _device(entry[2]) if entry else None
        if entry and mac:
            # The client names itself here, so its name is a stranger's text.
            yield Lease(mac, entry[3], cli_text(entry[4]) or None)


def _device(text: str) -> Mac | None:
    try:
        return parse_mac(text)
    except ValueError:
        return None
