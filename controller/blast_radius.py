"""Blast radius: how much of the network one minute may change, and what goes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from controller.model import Brake, HeldBack, PlannedChange
from controller.situation import Situation, ref_of
from device_drivers.model import SetAccessVlan
from inventory.model import PortRef


def within_budget(
    planned: Sequence[PlannedChange], situation: Situation
) -> tuple[tuple[PlannedChange, ...], tuple[HeldBack, ...]]:
    """Blast radius: so many ports a minute, and no more of a room than its share. What is safest goes first."""
    rooms = Counter(situation.room(ref) for ref in situation.recent)
    spent = _Budget(situation, rooms, len(situation.recent), situation.recent_pupils)
    passed, held = list[PlannedChange](), list[HeldBack]()
    for each in sorted(planned, key=lambda one: urgency(one, situation)):
        found = spent.take(each)
        if found is None:
            passed.append(each)
        else:
            held.append(HeldBack(each, *found))
    return tuple(passed), tuple(held)


def pupils_at(ref: PortRef, situation: Situation) -> int:
    return len(situation.macs(ref).intersection(situation.pupils))


def urgency(planned: PlannedChange, situation: Situation) -> int:
    """Quarantine of what is there, then admission, then other moves; empty ports last. Gateway changes before all."""
    if not isinstance(planned.change, SetAccessVlan):
        return 0
    if planned.change.becomes == situation.quarantine_vlan:
        return 1 if situation.macs(ref_of(planned)) else 4
    return 2 if planned.change.was == situation.quarantine_vlan else 3


@dataclass(slots=True)
class _Budget:
    situation: Situation
    by_room: Counter[str | None]
    ports: int
    pupils: int

    def take(self, planned: PlannedChange) -> tuple[Brake, str] | None:
        if not isinstance(planned.change, SetAccessVlan):
            return None
        most, ref = self.situation.brakes.ports_per_minute, ref_of(planned)
        if self.ports >= most:
            return Brake.BLAST_RADIUS, f"{most} ports have been changed within a minute: it follows in the next one."
        if held := self._room(ref) or self._pupils(ref):
            return held
        self.ports += 1
        self.pupils += pupils_at(ref, self.situation)
        self.by_room[self.situation.room(ref)] += 1
        return None

    def _pupils(self, ref: PortRef) -> tuple[Brake, str] | None:
        most, here = self.situation.brakes.pupils_per_minute, pupils_at(ref, self.situation)
        # A port with more of them than a minute allows is moved all the same, when it is the first.
        if not here or not self.pupils or self.pupils + here <= most:
            return None
        return Brake.PUPILS, f"{self.pupils} pupils' devices have been moved within a minute: it follows in the next."

    def _room(self, ref: PortRef) -> tuple[Brake, str] | None:
        room, port = self.situation.room(ref), self.situation.port(ref)
        if room is None or (port is not None and not port.up):
            return None
        share = self.situation.brakes.share_of_room
        most = max(1, floor(share * self.situation.rooms.get(room, 0)))
        if self.by_room[room] < most:
            return None
        return (
            Brake.ROOM,
            f"{most} ports of {room} have just been changed, {share:.0%} of it: the others wait a minute.",
        )
