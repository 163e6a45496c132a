"""Did a room go dark after a push? Then nothing more is changed in it until a person has looked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from controller.diff import Reading
from controller.situation import Situation
from inventory.model import PortRef, SwitchName

FEWEST = 3
"""Ports that must have gone: two machines that are switched off together are no accident of ours."""
SOON = timedelta(minutes=2)
"""What is found out later than this after a push has another reason."""


def dark_rooms(
    switch: SwitchName, before: Reading, after: Reading, situation: Situation, cut: Collection[str] = ()
) -> frozenset[str]:
    """Rooms in which more than the policy's share of the used ports lost their link since `before`.

    `before` was read right before a push; ports in `cut` lost it because we meant it.
    """
    up = {port.name for port in after.observed.ports if port.up}
    used, gone = Counter[str | None](), Counter[str | None]()
    for port in before.observed.ports:
        if port.up and port.name not in cut:
            room = situation.room(PortRef(switch, port.name))
            used[room] += 1
            gone[room] += port.name not in up
    most = situation.brakes.vanished
    return frozenset(
        room for room, lost in gone.items() if room is not None and lost >= FEWEST and lost > most * used[room]
    )
