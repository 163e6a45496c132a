"""How far an opened lesson got: what each enforcement point has taken up of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from controller.model import AccessWindow, EnforcementPoint, IntendedState, PointState

# A lesson never moves a VLAN: access switches and Wi-Fi have no part in it.
_A_MOMENT = timedelta(seconds=1)
TAKES_LESSONS = frozenset({"dns-filter", "gateway"})


class Reach(StrEnum):
    IN_FORCE = "in-force"
    PENDING = "pending"
    UNREACHABLE = "unreachable"
    HELD_BACK = "held-back"
    CLOSED = "closed"
    NOT_YET = "not-yet"


@dataclass(frozen=True, slots=True)
class Progress:
    """One enforcement point and one window."""

    point: str
    purpose: str
    reach: Reach
    detail: str
    ends_by_itself: bool


def progress(
    window: AccessWindow, intent: IntendedState | None, points: Iterable[EnforcementPoint], now: datetime
) -> tuple[Progress, ...]:
    """Only the enforcement points that lessons concern, in their own order."""
    concerned = (point for point in points if point.purpose in TAKES_LESSONS)
    return tuple(
        Progress(point.name, point.purpose, _reach(window, intent, point, now), point.detail, point.can_lease)
        for point in concerned
    )


def _reach(window: AccessWindow, intent: IntendedState | None, point: EnforcementPoint, now: datetime) -> Reach:
    if now >= window.closes_at:
        return Reach.CLOSED if point.can_lease or _in_force(point, intent) else _lagging(point)
    if now < window.opens_at:
        return Reach.NOT_YET
    if intent is None or not _holds(intent, window):
        return Reach.PENDING
    return Reach.IN_FORCE if _in_force(point, intent) else _lagging(point)


def _holds(intent: IntendedState, window: AccessWindow) -> bool:
    """What was compiled carries this window with the end it has now."""
    compiled = intent.windows.get(window.id)
    return compiled is not None and abs(compiled - window.closes_at) < _A_MOMENT


def _in_force(point: EnforcementPoint, intent: IntendedState | None) -> bool:
    if point.state is not PointState.IN_FORCE:
        return False
    return intent is None or point.epoch is None or point.epoch >= intent.table.epoch


def _lagging(point: EnforcementPoint) -> Reach:
    match point.state:
        case PointState.UNREACHABLE | PointState.NEVER:
            return Reach.UNREACHABLE
        case PointState.SET_ASIDE | PointState.OBSERVED_ONLY:
            return Reach.HELD_BACK
        case _:
            return Reach.PENDING
