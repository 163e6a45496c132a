"""Switches as they describe themselves, for tests of planning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from controller.compile import compile_intent
from controller.model import AccessWindow, IntendedState
from device_drivers.model import Neighbour, NeighbourKind, Observed, ObservedPort, PortKind, TableEntry
from inventory.model import Inventory, Mac
from tests.controller.school import NINE, POLICY

VLANS = frozenset({1, 10, 20, 30, 40, 50, 999})


def port(name: str, vlan: int | None = 999, kind: PortKind = PortKind.ACCESS, *, up: bool = True) -> ObservedPort:
    return ObservedPort(name, kind, up, vlan)


def switch(
    *ports: ObservedPort,
    seen: Sequence[tuple[Mac, str]] = (),
    behind: Iterable[tuple[str, NeighbourKind]] = (),
    vlans: frozenset[int] = VLANS,
) -> Observed:
    in_vlan = {each.name: each.access_vlan or 1 for each in ports}
    table = tuple(TableEntry(mac, in_vlan.get(name, 1), name) for mac, name in seen)
    neighbours = tuple(Neighbour(name, "someone", kind) for name, kind in behind)
    return Observed(ports=ports, table=table, neighbours=neighbours, vlans=vlans)


def intent(inventory: Inventory, *windows: AccessWindow, now: datetime = NINE) -> IntendedState:
    return compile_intent(POLICY, inventory, windows, now, 1, filters=("10.10.0.5",))


def moved(observed: Observed, name: str, vlan: int) -> Observed:
    ports = tuple(replace(each, access_vlan=vlan) if each.name == name else each for each in observed.ports)
    return replace(observed, ports=ports)
