"""After a sanction: is access back, and what says so? The proof is what is decided and what the filter has in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.model import Decision, EnforcementPoint, IntendedState, PointState
from inventory.model import Inventory, Mac
from inventory.sanctions import Sanction

LOOKED_AT = timedelta(days=30)
"""What ended longer ago is not proven any more: a school that was off for a month has other worries."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One device of whom the sanction was about. `rule` decides of it now: another one may still hold it back."""

    device: str
    rule: str
    said: str


@dataclass(frozen=True, slots=True)
class Return:
    """Every worker of the filter had the table `epoch` in force at `back_at`, and nothing in it is this sanction's."""

    sanction: str
    ended_at: datetime
    back_at: datetime
    epoch: int
    proof: tuple[Witness, ...]


def proven(
    sanction: Sanction,
    ended_at: datetime,
    inventory: Inventory,
    intent: IntendedState,
    points: Iterable[EnforcementPoint],
    now: datetime,
) -> Return | None:
    """None as long as it is not: decided before the end, or not yet in force at the filter."""
    if intent.at < ended_at or not _in_force(points, intent.table.epoch):
        return None
    witnesses = tuple(_witnesses(sanction, inventory, intent.decisions))
    own = f"sanction {sanction.id}"
    if any(each.rule == own for each in witnesses):
        return None
    return Return(sanction.id, ended_at, now, intent.table.epoch, witnesses)


def ended(sanction: Sanction, alone: timedelta | None, by_hand: datetime | None, now: datetime) -> datetime | None:
    """When it ended: by itself, or when a person ended it. None where it runs, or where that is long ago."""
    end = sanction.ends(alone)
    if sanction.ended_by is not None and by_hand is not None:
        end = min(end, by_hand) if end is not None else by_hand
    return end if end is not None and end <= now and now - end <= LOOKED_AT else None


def _in_force(points: Iterable[EnforcementPoint], epoch: int) -> bool:
    filters = [point for point in points if point.purpose == "dns-filter"]
    return bool(filters) and all(
        point.state is PointState.IN_FORCE and (point.epoch is None or point.epoch >= epoch) for point in filters
    )


def _witnesses(sanction: Sanction, inventory: Inventory, decisions: Mapping[Mac, Decision]) -> Iterator[Witness]:
    for mac, device in sorted(inventory.devices.items()):
        signed_in = inventory.sign_ins.get(mac)
        person = signed_in.person if signed_in is not None and signed_in.person else device.person
        if sanction.speaks_of(person, mac) and mac in decisions:
            because = decisions[mac].because
            yield Witness(device.name, because.rule, because.text)
