"""Who is kept off the air, by the policy's `wifi.deny` (W6, D1)."""

from __future__ import annotations

from collections.abc import Mapping

from controller.model import Decision
from controller.policy import Policy
from inventory.model import Admission, Inventory, Mac


def denied(policy: Policy, inventory: Inventory, decisions: Mapping[Mac, Decision]) -> frozenset[Mac]:
    """Devices that are barred; with `quarantine` also whatever the decisions put there, strangers among them."""
    if policy.wifi.deny == "never":
        return frozenset()
    barred = frozenset(mac for mac, device in inventory.devices.items() if device.admission is Admission.BARRED)
    if policy.wifi.deny == "barred":
        return barred
    resting = policy.segment_for("quarantine")
    name = resting[0] if resting else ""
    return barred | frozenset(mac for mac, each in decisions.items() if each.segment == name)
