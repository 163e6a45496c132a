"""The ports of a simulated device as they are now: what is configured, and what the world has plugged in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from device_drivers.simulator.site import NeighbourSite, PlugSite
from device_drivers.simulator.world import World

PortMode = Literal["access", "trunk", "routed"]


@dataclass(frozen=True, slots=True)
class PortNow:
    """`vlan` is the access VLAN, or the one without tags of a trunk; None where there is none."""

    name: str
    mode: PortMode
    vlan: int | None
    tagged: frozenset[int] = frozenset()
    description: str = ""
    lag: str | None = None
    shut: bool = False
    neighbour: NeighbourSite | None = None
    occupied: bool = False

    @property
    def up(self) -> bool:
        return not self.shut and (self.occupied or self.neighbour is not None)


def learnt(ports: Sequence[PortNow], name: str, world: World) -> Iterator[tuple[int, str, str]]:
    """(VLAN, MAC, port): devices on own ports, and through the trunks the devices of other switches."""
    own = {port.name: port for port in ports}
    trunks = [port for port in ports if port.up and port.mode == "trunk"]
    for plug in world.everything():
        if plug.switch == name:
            port = own.get(plug.port)
            if port and port.up and port.vlan is not None:
                yield port.vlan, plug.mac, port.name
        elif trunks:
            yield world.vlan(plug), plug.mac, _way_to(plug, trunks)


def _way_to(plug: PlugSite, trunks: Sequence[PortNow]) -> str:
    towards = [port for port in trunks if port.neighbour and port.neighbour.name == plug.switch]
    bridges = [port for port in trunks if port.neighbour and port.neighbour.kind == "bridge"]
    port = (towards or bridges or list(trunks))[0]
    return port.lag or port.name
