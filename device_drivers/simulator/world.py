"""What is plugged in where: the part of the school that no switch configures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from device_drivers.simulator.site import PlugSite


class World:
    """Devices by MAC, shared by all simulated switches. A device is in one place."""

    def __init__(self, plugs: Iterable[PlugSite] = ()) -> None:
        self._lock = threading.Lock()
        self._plugs = {plug.mac: plug for plug in plugs}
        self._vlan_of: dict[str, Callable[[str], int]] = {}

    def plug(self, plug: PlugSite) -> None:
        """Plugging in at a second place is moving."""
        with self._lock:
            self._plugs[plug.mac] = plug

    def unplug(self, mac: str) -> bool:
        """Was it there?"""
        with self._lock:
            return self._plugs.pop(mac, None) is not None

    def everything(self) -> tuple[PlugSite, ...]:
        with self._lock:
            return tuple(self._plugs.values())

    def at(self, switch: str) -> tuple[PlugSite, ...]:
        return tuple(plug for plug in self.everything() if plug.switch == switch)

    def ask_vlans_of(self, switch: str, vlan_of: Callable[[str], int]) -> None:
        """A switch says by port which VLAN is configured there."""
        self._vlan_of[switch] = vlan_of

    def vlan(self, plug: PlugSite) -> int:
        """Where a device is at the moment: its own VLAN on the air, its port's on the wire."""
        if plug.vlan or plug.switch not in self._vlan_of:
            return plug.vlan or 1
        return self._vlan_of[plug.switch](plug.port)
