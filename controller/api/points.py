"""Enforcement points: in force, unreachable, held back, and since when."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from controller.api.access import Site, needs
from controller.api.plan import ChangeOut, HeldBackOut, change_out, held_back_out
from controller.api.shapes import Answer, example_of, examples
from controller.model import EnforcementPoint

router = APIRouter(prefix="/api/v1/enforcement-points", tags=["enforcement points"])


class PointOut(Answer):
    """`state`: never-reached, in-force, pending, unreachable, set-aside, observed-only.

    `drift`: what somebody changed by hand and what it ought to be. `bugs`: how often our own driver failed on it.
    `can_lease`: what it was given ends there by itself, whatever happens to Caretaker.
    """

    model_config = examples(
        {
            "name": "dns-filter",
            "purpose": "dns-filter",
            "state": "in-force",
            "since": "2026-11-24T08:00:00Z",
            "detail": "2 of 2 workers at epoch 41",
            "can_lease": True,
            "last_verified": "2026-11-24T09:15:00Z",
            "epoch": 41,
            "held_back": [],
            "applied": 3,
            "drift": [],
            "bugs": 0,
        }
    )
    name: str
    purpose: str
    state: str
    since: datetime
    detail: str
    can_lease: bool
    last_verified: datetime | None
    epoch: int | None
    held_back: tuple[HeldBackOut, ...]
    applied: int
    drift: tuple[ChangeOut, ...]
    bugs: int


class Points(Answer):
    """`problems`: what is not as it was asked to be, though the last good state holds; empty when all is well."""

    model_config = examples({"items": [example_of(PointOut)], "problems": []})
    items: tuple[PointOut, ...]
    problems: tuple[str, ...]


@router.get("", operation_id="list_enforcement_points", openapi_extra=needs("windows:read"))
def list_enforcement_points(site: Site) -> Points:
    return Points(items=tuple(map(shown, site.loop.points())), problems=site.problems())


def shown(point: EnforcementPoint) -> PointOut:
    return PointOut(
        name=point.name,
        purpose=point.purpose,
        state=point.state,
        since=point.since,
        detail=point.detail,
        can_lease=point.can_lease,
        last_verified=point.last_verified,
        epoch=point.epoch,
        held_back=tuple(map(held_back_out, point.held_back)),
        applied=point.applied,
        drift=tuple(map(change_out, point.drift)),
        bugs=point.bugs,
    )
