"""The network at the moment of planning, as the brakes look at it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from controller.diff import Reading
from controller.model import PlannedChange
from controller.policy import Brakes
from device_drivers.model import (
    Bounce,
    Change,
    Driver,
    Neighbour,
    ObservedPort,
    PortKind,
    SetAccessVlan,
    SetShutdown,
)
from inventory.model import Inventory, Mac, PortRef, SwitchName


@dataclass(frozen=True)
class Situation:
    """What the brakes look at. `recent`: the ports changed within the last minute, once for each change.

    `own_path`: ports by which we reach the network ourselves, and `own_macs` by which such a port is known in a
    switch's table. `forced`: a person has seen the plan and said yes to what only waits for a word. `things`: devices
    that nobody sits in front of, such as boards. `leaks`: what the proof of the intent found wrong.
    `pupils`: devices of year groups; `recent_pupils` of them were moved within the last minute. `dark`: rooms that
    lost too many links after a push.

    Not slotted: what is looked up by port is indexed once.
    """

    inventory: Inventory
    readings: Mapping[SwitchName, Reading]
    drivers: Mapping[str, Driver]
    brakes: Brakes
    quarantine_vlan: int
    in_lesson: bool = False
    recent: Sequence[PortRef] = ()
    own_path: Collection[PortRef] = ()
    own_macs: Collection[Mac] = ()
    forced: bool = False
    things: Collection[Mac] = ()
    pupils: Collection[Mac] = ()
    recent_pupils: int = 0
    dark: Collection[str] = ()
    leaks: tuple[str, ...] = ()

    def port(self, ref: PortRef) -> ObservedPort | None:
        return self._ports.get(ref)

    def macs(self, ref: PortRef) -> frozenset[Mac]:
        return self._macs.get(ref, frozenset())

    def neighbours(self, ref: PortRef) -> tuple[Neighbour, ...]:
        reading = self.readings.get(ref.switch)
        return tuple(each for each in reading.observed.neighbours if each.port == ref.port) if reading else ()

    def is_root_port(self, ref: PortRef) -> bool:
        reading = self.readings.get(ref.switch)
        return reading is not None and ref.port in reading.observed.root_ports

    def room(self, ref: PortRef) -> str | None:
        said, switch = self.inventory.ports.get(ref), self.inventory.switches.get(ref.switch)
        return (said.room if said else None) or (switch.room if switch else None)

    @cached_property
    def rooms(self) -> Mapping[str | None, int]:
        """How many access ports each room has."""
        return Counter(self.room(ref) for ref, port in self._ports.items() if port.kind is PortKind.ACCESS)

    @cached_property
    def _ports(self) -> Mapping[PortRef, ObservedPort]:
        return {PortRef(name, p.name): p for name, reading in self.readings.items() for p in reading.observed.ports}

    @cached_property
    def _macs(self) -> Mapping[PortRef, frozenset[Mac]]:
        found: dict[PortRef, set[Mac]] = defaultdict(set)
        for name, reading in self.readings.items():
            for entry in reading.observed.table:
                found[PortRef(name, entry.port)].add(entry.mac)
        return {ref: frozenset(macs) for ref, macs in found.items()}


def ref_of(planned: PlannedChange) -> PortRef:
    """The port a change is about; its name is empty where it is about none."""
    return PortRef(planned.device, port_of(planned.change) or "")


def port_of(change: Change) -> str | None:
    """The port whose devices notice a change; None where it is about none."""
    return change.port if isinstance(change, SetAccessVlan | SetShutdown | Bounce) else None
