"""RADIUS of one school put together: the desk that answers, the thread that tells, and what has been taken up. ●"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from controller.clock import Clock
from controller.diff import Reading
from controller.home import Home
from controller.loop import Loop
from controller.model import EnforcementPoint, IntendedState
from controller.policy import Policy
from controller.radius.client import Client
from controller.radius.clients import read_clients
from controller.radius.desk import Desk
from controller.radius.mail import Mail
from controller.radius.points import points
from controller.radius.telling import Around, Telling
from controller.secrets_file import SecretsError
from controller.settings import Radius
from controller.store import Store
from inventory.model import SwitchName


class Network(Around, Protocol):
    """The network that is driven by sessions, as it was read last."""

    def readings(self) -> Mapping[SwitchName, Reading]: ...


@dataclass(frozen=True, slots=True)
class RadiusPart:
    """Nothing runs and nothing is shown unless the school asked for it."""

    desk: Desk
    telling: Telling
    enabled: bool

    def start(self) -> None:
        if self.enabled:
            self.telling.start()

    def stop(self) -> None:
        self.telling.stop()

    def hear(self, _: IntendedState) -> None:
        if self.enabled:
            self.telling.wake()

    @property
    def problem(self) -> str:
        return self.telling.problem

    def points(self, now: datetime) -> tuple[EnforcementPoint, ...]:
        if not self.enabled:
            return ()
        try:
            clients = self.telling.clients()
        except SecretsError:
            return ()  # said among the problems
        world = (self.telling.intent(), self.telling.policy())
        sessions, changes = self.desk.store.radius_sessions(), self.telling.on_their_way()
        return points(clients, sessions, changes, self.telling.tallies, world, now)


def radius_part(
    home: Home, settings: Radius, store: Store, clock: Clock, policy: Callable[[], Policy], loop: Loop, network: Network
) -> RadiusPart:
    def clients() -> Mapping[str, Client]:
        return read_clients(home.secrets, store.inventory().switches)

    def ports(client: str) -> tuple[str, ...]:
        reading = network.readings().get(SwitchName(client))
        return tuple(port.name for port in reading.observed.ports) if reading else ()

    telling = Telling(store, clock, policy, loop.intent, clients, network, Mail(clock))

    def wake(reason: str) -> None:
        loop.wake(reason)
        telling.wake()

    limits = settings.limits if settings.enabled else None
    return RadiusPart(Desk(store, policy, ports, wake, limits), telling, settings.enabled)
