"""The MAC addresses of this very machine: the port behind which one of them sits is our own way to the network. ●"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inventory.model import Inventory, Mac, PortRef, parse_mac

INTERFACES = Path("/sys/class/net")


def own_macs(interfaces: Path = INTERFACES) -> frozenset[Mac]:
    """Of every interface that has one; empty where the system does not say."""
    found = set[Mac]()
    for address in sorted(interfaces.glob("*/address")):
        try:
            found.add(parse_mac(address.read_text().strip()))
        except (OSError, ValueError):
            continue  # the loopback has none, a tunnel has something else, an interface may vanish meanwhile
    return frozenset(found)


def ports_of(macs: Iterable[Mac], inventory: Inventory) -> frozenset[PortRef]:
    """Where these were last seen: a switch forgets a quiet machine after minutes, its port is our way all the same."""
    places = (inventory.whereabouts.get(mac) for mac in macs)
    return frozenset(place.port for place in places if place is not None and place.port is not None)
