"""The memory of a simulated device of any dialect: two configurations, and a third that waits to be confirmed."""

from __future__ import annotations

from collections.abc import Callable

from device_drivers.simulator.cli.conversation import CliConversation
from device_drivers.simulator.cli.dialect import Dialect
from device_drivers.simulator.cli.ports import PortNow, learnt
from device_drivers.simulator.cli.tree import Tree
from device_drivers.simulator.site import DeviceSite
from device_drivers.simulator.world import World


class CliMachine:
    """Called by many threads, one at a time for each command. `clock` is in seconds."""

    def __init__(self, dialect: Dialect, site: DeviceSite, world: World, clock: Callable[[], float]) -> None:
        self.dialect, self.site, self.world, self.clock = dialect, site, world, clock
        self.running = Tree(site.running or dialect.first_config(site), dialect.step)
        self.startup = self.running.copy()
        self._before: tuple[float, Tree] | None = None
        self.sessions: dict[str, CliMachine] = {}
        """Copies that are edited aside (`sessions.py`), by name."""
        self.unconfirmed = ""
        """The name of the session that was committed for a time, while it waits for the second commit."""
        world.ask_vlans_of(site.name, self.vlan_of)

    @property
    def greeting(self) -> str:
        return self.dialect.greeting

    @property
    def hostname(self) -> str:
        return (self.running.value((), self.dialect.hostname) or self.site.name).strip('"')

    def login(self) -> CliConversation:
        return CliConversation(self)

    def reboot(self) -> None:
        self.running, self._before, self.unconfirmed = self.startup.copy(), None, ""
        self.sessions.clear()

    def save(self) -> None:
        self.startup = self.running.copy()

    def configuration(self) -> str:
        self.tick()
        return self.running.text()

    def ports(self) -> tuple[PortNow, ...]:
        return self.dialect.ports(self)

    def port(self, name: str) -> PortNow | None:
        return next((port for port in self.ports() if port.name == name), None)

    def vlan_of(self, port: str) -> int:
        now = self.port(port)
        return (now.vlan if now else None) or 1

    def table(self) -> list[tuple[int, str, str]]:
        """(VLAN, MAC with colons, port), sorted."""
        return sorted(learnt(self.ports(), self.site.name, self.world))

    def arm(self, seconds: float) -> None:
        """What is configured from now on is taken back unless it is kept in time."""
        self._before = (self.clock() + seconds, self.running.copy())

    def keep(self) -> bool:
        """Was something waiting to be confirmed?"""
        waiting, self._before, self.unconfirmed = self._before is not None, None, ""
        return waiting

    def take_back(self) -> bool:
        if self._before is None:
            return False
        self.running, self._before, self.unconfirmed = self._before[1], None, ""
        return True

    def tick(self) -> None:
        """Looks at the clock before every command: nothing here has a thread of its own."""
        if self._before is not None and self.clock() >= self._before[0]:
            self.take_back()
