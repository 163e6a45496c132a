"""What a device's thread needs of the rest of the house, and where its pushes are written down. ●"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from controller.accounts import SYSTEM
from controller.clock import Clock
from controller.model import Actor, IntendedState, Plan
from controller.push.moments import Moments
from controller.push.outcome import Move
from controller.situation import Situation
from controller.store import Push, Store
from device_drivers.model import Driver, Session
from inventory.model import Sighting, Switch


class Surroundings(Protocol):
    """What a point needs of the rest of the house."""

    store: Store
    clock: Clock
    poll: float

    def fence(self) -> int:
        """The number of the lease under which this controller speaks. Raises LeadLost: another one leads."""
        ...

    def turn(self, *, ailing: bool) -> AbstractContextManager[object]:
        """One of the few turns that may run at once; devices that did not answer have a lane of their own."""
        ...

    def connect(self, switch: Switch, driver: Driver) -> Session: ...

    def intend(self, seen: tuple[Sighting, ...]) -> IntendedState: ...

    def situation(self) -> Situation: ...

    def claim(self, plan: Plan, situation: Situation) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Undo:
    """A person's wish to take a push back. Its ports are only looked at from then on."""

    push: Push
    actor: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class PushJournal:
    """Satisfies `controller.push.outcome.Journal`, for one device and under one lease."""

    around: Surroundings
    device: str
    fence: int
    on_begin: Callable[[], None]
    actor: Actor = SYSTEM
    undoes: int | None = None

    def begin(self, lines: Sequence[str], moves: Sequence[Move]) -> int:
        store, now = self.around.store, self.around.clock.now()
        number = store.begin_push(
            self.device, lines, self.actor, now, moves=moves, fence=self.fence, undoes=self.undoes
        )
        self.on_begin()
        return number

    def end(self, number: int, outcome: str, moments: Moments) -> None:
        self.around.store.end_push(number, outcome, self.around.clock.now(), moments)
