"""Pushes: what was sent to which device, how it ended, how long it took, and taking one back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from controller.api.access import Site, Staff, needs
from controller.api.problems import Conflict, NotFound
from controller.api.shapes import Answer, Ask, Limit, Name, Words, example_of, examples
from controller.push.moments import Spread, spread
from controller.store import Push

router = APIRouter(prefix="/api/v1/pushes", tags=["plan"])

COUNTED = 1000
"""The newest pushes, over which the times of quarantines are counted."""


class MoveOut(Answer):
    model_config = examples({"port": "Gi1/0/7", "was": 20, "becomes": 999})
    port: str
    was: int
    becomes: int


class PushOut(Answer):
    """`outcome` is empty while it runs. `seen`, `decided`, `pushed`, `acknowledged` and `verified` are its moments."""

    model_config = examples(
        {
            "id": 17,
            "device": "sw-ict",
            "by": "system",
            "lines": ["interface Gi1/0/7", "switchport access vlan 999", "exit"],
            "moves": [example_of(MoveOut)],
            "outcome": "verified and saved",
            "undoes": None,
            "seen": "2026-11-24T09:15:00.000Z",
            "decided": "2026-11-24T09:15:00.200Z",
            "pushed": "2026-11-24T09:15:00.210Z",
            "acknowledged": "2026-11-24T09:15:00.290Z",
            "verified": "2026-11-24T09:15:00.480Z",
            "seconds": 0.48,
        }
    )
    id: int
    device: str
    by: str
    lines: tuple[str, ...]
    moves: tuple[MoveOut, ...]
    outcome: str
    undoes: int | None
    seen: datetime | None
    decided: datetime | None
    pushed: datetime | None
    acknowledged: datetime | None
    verified: datetime | None
    seconds: float | None


class Quarantines(Answer):
    """Seconds from seen to verified by read-back, over the newest pushes that put a port into quarantine."""

    model_config = examples({"count": 12, "p50": 0.3, "p95": 0.8, "longest": 1.1})
    count: int
    p50: float
    p95: float
    longest: float


class Pushes(Answer):
    model_config = examples({"items": [example_of(PushOut)], "quarantines": example_of(Quarantines)})
    items: tuple[PushOut, ...]
    quarantines: Quarantines | None


class Undo(Ask):
    model_config = examples({"reason": "the wrong room was moved"})
    reason: Words


@router.get("", operation_id="list_pushes", openapi_extra=needs("plan:read"))
def list_pushes(
    site: Site, device: Annotated[Name | None, Query(description="Only to this device.")] = None, limit: Limit = 50
) -> Pushes:
    """The newest first."""
    newest = site.store.pushes(device, limit)
    taken = quarantines(site)
    return Pushes(items=tuple(map(_shown, newest)), quarantines=Quarantines.model_validate(taken) if taken else None)


@router.post(
    "/{push_id}/undo", status_code=status.HTTP_202_ACCEPTED, operation_id="undo_push", openapi_extra=needs("plan:apply")
)
def undo_push(push_id: Annotated[int, Path(ge=1, le=2**53)], ask: Undo, site: Site, staff: Staff) -> PushOut:
    """Puts the ports of the newest push to a device back to the VLANs they were in, and only looks at them from then
    on: else the next turn would do it again. Ports somebody has moved since are left as they are."""
    push = next((each for each in site.store.pushes(limit=COUNTED) if each.id == push_id), None)
    if push is None:
        raise NotFound(f"There is no push {push_id}, or it is long ago.", "`GET /api/v1/pushes` lists them.")
    _refuse_what_cannot_be_undone(push, site)
    site.store.record(staff, "push.undo", push.device, {"push": push.id, "reason": ask.reason}, site.clock.now())
    site.loop.undo(push, staff, ask.reason)
    return _shown(push)


def quarantines(site: Site) -> Spread | None:
    """How long the newest of them took, from seen to verified; None where there were none."""
    return spread(push.moments.seconds for push in site.store.pushes(limit=COUNTED) if is_quarantine(push, site))


def is_quarantine(push: Push, site: Site) -> bool:
    found = site.policy.segment_for("quarantine")
    return found is not None and any(becomes == found[1].vlan for _, _, becomes in push.moves)


def _refuse_what_cannot_be_undone(push: Push, site: Site) -> None:
    if not push.moves:
        raise Conflict(
            "This push moved no port.", "Lists and ways out follow the policy and the lessons: change those."
        )
    moved = [each for each in site.store.pushes(push.device, COUNTED) if each.moves and each.undoes is None]
    undone = {each.undoes for each in site.store.pushes(push.device, COUNTED)}
    if push.id in undone or push.undoes is not None:
        raise Conflict("This push was taken back already.")
    newer = [each.id for each in moved if each.id > push.id and each.id not in undone]
    if newer:
        raise Conflict(f"Push {newer[-1]} came after it.", "Take back the newest one first.")


def _shown(push: Push) -> PushOut:
    moments = push.moments
    return PushOut(
        id=push.id,
        device=push.device,
        by=push.actor,
        lines=push.lines,
        moves=tuple(MoveOut(port=port, was=was, becomes=becomes) for port, was, becomes in push.moves),
        outcome=push.outcome or "",
        undoes=push.undoes,
        seen=moments.seen,
        decided=moments.decided,
        pushed=moments.pushed,
        acknowledged=moments.acknowledged,
        verified=moments.verified,
        seconds=moments.seconds,
    )
