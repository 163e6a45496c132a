"""How far one RADIUS client is with what was decided. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from controller.model import Because, HeldBack, IntendedState
from controller.policy import Policy
from inventory.model import Mac

Key = tuple[str, Mac]
"""A client's name and the device signed on there."""


@dataclass(slots=True)
class Tally:
    """What has become of the changes of one client since the start."""

    applied: int = 0
    last_proven: datetime | None = None
    silent_since: datetime | None = None
    held: tuple[HeldBack, ...] = ()


def belongs(intent: IntendedState, policy: Policy, mac: Mac) -> tuple[int, Because]:
    """The VLAN a device belongs to, and why; whom nobody knows rests."""
    decision = intent.decisions.get(mac)
    if decision is None:
        return intent.resting.vlan, intent.resting.because
    return policy.segments[decision.segment].vlan, decision.because
