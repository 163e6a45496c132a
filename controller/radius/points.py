"""What each RADIUS client has taken up, as an enforcement point beside the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from controller.model import EnforcementPoint, IntendedState, PointState
from controller.policy import Policy
from controller.radius.client import Client, Way
from controller.radius.ladder import Change, is_due
from controller.radius.progress import Key, Tally, belongs
from controller.radius.sessions import Session

PURPOSE = "radius"


def points(
    clients: Mapping[str, Client],
    sessions: Iterable[Session],
    changes: Mapping[Key, Change],
    tallies: Mapping[str, Tally],
    world: tuple[IntendedState | None, Policy],
    now: datetime,
) -> tuple[EnforcementPoint, ...]:
    """By name. In force where every session is in the VLAN that it belongs to."""
    at: dict[str, list[Session]] = {}
    for session in sessions:
        if not session.is_over(now):
            at.setdefault(session.client, []).append(session)
    return tuple(
        _point(client, at.get(name, []), changes, tallies.get(name, Tally()), world, now)
        for name, client in sorted(clients.items())
    )


def _point(
    client: Client,
    here: list[Session],
    changes: Mapping[Key, Change],
    tally: Tally,
    world: tuple[IntendedState | None, Policy],
    now: datetime,
) -> EnforcementPoint:
    behind = _behind(here, world, now)
    state = PointState.IN_FORCE if here else PointState.NEVER
    if behind:
        state = PointState.UNREACHABLE if tally.silent_since is not None else PointState.PENDING
    told = [each.told_at for each in here if each.told_at is not None]
    last = max((*told, *filter(None, (tally.last_proven,))), default=None)
    intent = world[0]
    return EnforcementPoint(
        name=f"radius {client.name}",
        purpose=PURPOSE,
        state=state,
        since=tally.silent_since or last or now,
        detail=_detail(client, here, behind, changes),
        can_lease=True,
        last_verified=last,
        epoch=intent.table.epoch if intent is not None and here and not behind else None,
        held_back=tally.held,
        applied=tally.applied,
    )


def _behind(here: list[Session], world: tuple[IntendedState | None, Policy], now: datetime) -> list[Session]:
    intent, policy = world
    if intent is None:
        return []
    return [each for each in here if is_due(each, belongs(intent, policy, each.mac)[0], intent.at, now)]


def _detail(client: Client, here: list[Session], behind: list[Session], changes: Mapping[Key, Change]) -> str:
    if not here:
        return "nobody has signed on yet"
    count = f"{len(here)} signed on"
    if not behind:
        return count
    first = behind[0]
    change = changes.get((client.name, first.mac))
    if change is not None:
        how = f"{change.step.name.lower()}, {change.said or 'no answer yet'}"
    elif client.way is Way.NONE or client.is_network:
        how = "it cannot be told, and asks again when its time is up"
    else:
        how = "to be told"
    return f"{count}, {len(behind)} in another VLAN than they belong to; {first.mac}: {how}"
