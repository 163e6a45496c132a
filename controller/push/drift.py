"""What somebody changed by hand: what was in force as meant at the last look, and is not any more.

Foreign configuration is none of it: only what we would set ourselves is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from controller.diff import Reading, in_force
from controller.model import Brake, HeldBack, Plan, PlannedChange
from device_drivers.model import Change, SetAccessList, SetAccessVlan

Key = tuple[str, object]
_REPORTED = "It was changed by hand since Caretaker set it, and the policy only reports that."
_HOW = "Apply the plan for this device with a reason to put it back."


@dataclass(frozen=True, slots=True)
class Known:
    """What a device was known to have in force. `moves` counts until the first look: port -> VLAN we last verified.

    `reported` are drifts that were left standing.
    """

    last: Reading | None = None
    moves: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    reported: frozenset[Key] = frozenset()


NOTHING = Known()


def drifted(plan: Plan, known: Known) -> tuple[PlannedChange, ...]:
    """Of what is to be changed now, what somebody else brought about."""
    wanted = (*plan.changes, *(held.planned for held in plan.held_back))
    return tuple(each for each in wanted if _by_hand(each.change, known))


def held_for_report(
    plan: Plan, drift: Iterable[PlannedChange], how: Literal["repair", "report"], *, forced: bool
) -> Plan:
    """The plan without the repair of these, where the policy reports them only and no person has said otherwise."""
    left = frozenset(drift)
    if how == "repair" or forced or not left:
        return plan
    held = tuple(HeldBack(each, Brake.DRIFT, f"{_REPORTED} {_HOW}") for each in plan.changes if each in left)
    changes = tuple(each for each in plan.changes if each not in left)
    return replace(plan, changes=changes, held_back=(*plan.held_back, *held))


def known_after(reading: Reading, drift: Iterable[PlannedChange], applied: Iterable[PlannedChange]) -> Known:
    mended = {key(each.change) for each in applied}
    return Known(reading, reported=frozenset(key(each.change) for each in drift) - mended)


def key(change: Change) -> Key:
    """The same for two changes to the same end, whatever stands there meanwhile."""
    match change:
        case SetAccessVlan(port, _, becomes):
            return port, becomes
        case SetAccessList(name, interface, _, becomes):
            return f"{interface} {name}", becomes
    return "", None


def _by_hand(change: Change, known: Known) -> bool:
    if not isinstance(change, SetAccessVlan | SetAccessList):
        return False
    if key(change) in known.reported:
        return True
    if known.last is not None:
        return in_force(change, known.last)
    return isinstance(change, SetAccessVlan) and known.moves.get(change.port) == change.becomes
