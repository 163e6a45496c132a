"""Which push put a device into quarantine: the newest that moved its port there, or told its RADIUS session. ●"""

from __future__ import annotations

from collections.abc import Iterable

from controller.store import Push
from inventory.model import Mac, Whereabouts


def quarantine_of(mac: Mac, place: Whereabouts | None, pushes: Iterable[Push], vlan: int) -> Push | None:
    """`pushes` newest first, `vlan` that of quarantine. None where its port was moved elsewhere since.

    A device that was quarantined where it is not any more has none here: the push says nothing of its port of now.
    """
    port = place.port if place else None
    for push in pushes:
        if push.device.startswith("radius ") and any(f" {mac} VLAN " in line for line in push.lines):
            return push if any(f"-> {vlan}:" in line for line in push.lines) else None
        if port is not None and push.device == port.switch:
            moved = [becomes for name, _, becomes in push.moves if name == port.port]
            if moved:
                return push if moved[-1] == vlan else None
    return None
