"""A flood of new MACs: how many strangers are taken in at once, and who waits outside. Pure.

Whoever waits outside is no worse off: an address nobody knows is closed, its port rests in quarantine, and the next
sighting asks again. Known devices never wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from inventory.model import Admission, Inventory, Mac, PortRef, Sighting


@dataclass(frozen=True, slots=True)
class Gate:
    """How many strangers may still come in. `room` fills up again with `a_minute`."""

    room: float = 1000.0
    at: datetime | None = None
    burst: int = 1000
    """A school that is looked at for the first time has a thousand devices that nobody knows."""
    a_minute: int = 100
    at_a_port: int = 64
    """Strangers behind one port: more is no classroom switch."""
    at_most: int = 5000
    """Strangers known at all."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Who came in, the gate afterwards, and how many MACs wait outside, by where they were seen."""

    sightings: Sequence[Sighting]
    gate: Gate
    outside: Counter[PortRef | None]


def pass_through(gate: Gate, inventory: Inventory, sightings: Sequence[Sighting], now: datetime) -> Passed:
    """Let known devices in, and of the strangers as many as there is room for."""
    strangers = {one.mac for one in sightings if one.mac not in inventory.devices}
    if not strangers:
        return Passed(sightings, gate, Counter())
    refilled = _refilled(gate, now)
    here, at_port = _strangers(inventory)
    room = min(int(refilled.room), gate.at_most - here)
    taken: set[Mac] = set()
    outside: dict[Mac, PortRef | None] = {}
    for one in sightings:
        if one.mac not in strangers or one.mac in taken or one.mac in outside:
            continue
        full = one.port is not None and at_port[one.port] >= gate.at_a_port
        if full or len(taken) >= room:
            outside[one.mac] = one.port
        else:
            taken.add(one.mac)
            at_port[one.port] += 1
    kept = sightings if not outside else [one for one in sightings if one.mac not in outside]
    return Passed(kept, replace(refilled, room=refilled.room - len(taken)), Counter(outside.values()))


def _refilled(gate: Gate, now: datetime) -> Gate:
    minutes = max(0.0, (now - gate.at) / timedelta(minutes=1)) if gate.at else 0.0
    return replace(gate, room=min(float(gate.burst), gate.room + minutes * gate.a_minute), at=now)


def _strangers(inventory: Inventory) -> tuple[int, Counter[PortRef | None]]:
    unknown = [mac for mac, device in inventory.devices.items() if device.admission is Admission.UNKNOWN]
    places = (inventory.whereabouts[mac].port for mac in unknown if mac in inventory.whereabouts)
    return len(unknown), Counter(places)


def told(outside: Counter[PortRef | None]) -> tuple[str, str]:
    """Subject and text of the one alarm: where most of them are, and what a person does about it."""
    places = _ports(outside)
    subject = str(places[0][0]) if places else "the network"
    where = f", most of them ({places[0][1]}) at {places[0][0]}" if places else ""
    text = (
        f"{outside.total()} new MAC addresses at once wait outside{where}. Known devices are not touched."
        " Look at that port: a loop, a hub, or somebody who makes addresses up."
    )
    return subject, text


def _ports(outside: Iterable[PortRef | None] | Counter[PortRef | None]) -> list[tuple[PortRef, int]]:
    counted = Counter(outside).most_common()
    return [(port, count) for port, count in counted if port is not None]
