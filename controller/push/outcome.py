"""What one turn with one device came to, and what it is written down in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from controller.diff import Reading
from controller.model import HeldBack, Plan, PlannedChange
from controller.push.moments import NOT_YET, Moments
from device_drivers.model import DeviceError, Driver, Session, SetAccessVlan
from inventory.model import Sighting

Now = Callable[[], datetime]
"""The clock's own `now`: a push may take longer than the seconds a gateway counts."""
Move = tuple[str, int, int]
"""Port, the VLAN it was in, the VLAN it is to be in: what is needed to take a push back later."""


class Journal(Protocol):
    """Where a push is written down before its first byte is sent, so that a crash in between is found again."""

    def begin(self, lines: Sequence[str], moves: Sequence[Move]) -> int: ...

    def end(self, number: int, outcome: str, moments: Moments) -> None:
        """How it went: `verified`, `undone: …`, `failed: …`."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """A device as it is spoken to."""

    driver: Driver
    session: Session
    now: Now
    journal: Journal
    knock: Callable[[], None] | None = None
    """Opens another connection and closes it. Raises a DeviceError where none comes in."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reading` is the last one; None where nothing could be read.

    `applied` was sent and read back as meant, `failed` was sent and was not, `undone` of these was put back. `drift`
    is what somebody changed by hand since the last look.
    """

    device: str
    reading: Reading | None = None
    sightings: tuple[Sighting, ...] = ()
    plan: Plan | None = None
    applied: tuple[PlannedChange, ...] = ()
    failed: tuple[PlannedChange, ...] = ()
    undone: tuple[PlannedChange, ...] = ()
    drift: tuple[PlannedChange, ...] = ()
    moments: Moments = NOT_YET
    first: Reading | None = None
    """What was read before anything was sent."""
    dark: frozenset[str] = frozenset()
    """Rooms that lost too many links after a push."""
    error: DeviceError | None = None

    @property
    def verified(self) -> bool:
        """Everything that was sent is in force, by what the device says itself."""
        return self.error is None and self.reading is not None and not self.failed

    @property
    def held_back(self) -> tuple[HeldBack, ...]:
        return self.plan.held_back if self.plan else ()


def moves_of(changes: Sequence[PlannedChange]) -> tuple[Move, ...]:
    return tuple(
        (each.change.port, each.change.was, each.change.becomes)
        for each in changes
        if isinstance(each.change, SetAccessVlan)
    )
