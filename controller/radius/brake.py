"""What holds a change of a RADIUS session back, in the words of the planner's brakes. Pure."""

from __future__ import annotations

from controller.model import Brake, HeldBack, PlannedChange
from controller.policy import Brakes, Policy
from controller.standing import is_thing
from device_drivers.model import SetAccessVlan
from inventory.model import Admission, Inventory, Mac


def held_by(
    planned: PlannedChange, *, spared: bool, brakes: Brakes, in_lesson: bool, quarantine: int
) -> HeldBack | None:
    """While lessons run only quarantine of what the lesson does not need, and release from it, go through."""
    change = planned.change
    if not isinstance(change, SetAccessVlan) or not in_lesson or brakes.in_lesson_time == "allow":
        return None
    if change.was == quarantine or (change.becomes == quarantine and not spared):
        return None
    text = "A lesson is on: the session is changed when the lesson ends, or when the device signs on again."
    return HeldBack(planned, Brake.LESSON, text)


def is_spared(policy: Policy, inventory: Inventory, mac: Mac) -> bool:
    """A board, a printer, a door lock of which no person has said that it must go."""
    device = inventory.devices.get(mac)
    if device is None or device.hold is not None or device.admission is Admission.BARRED:
        return False
    return is_thing(policy, policy.devices.get(device.kind))
