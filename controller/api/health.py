"""Health: is it alive? For load balancers and watchdogs; says nothing of the school, so it needs no token."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from controller.api.access import OPEN, Site, needs
from controller.api.shapes import Answer, examples
from controller.model import PointState

router = APIRouter(prefix="/api/v1/health", tags=["health"])

WELL = frozenset({PointState.IN_FORCE, PointState.OBSERVED_ONLY})


class Health(Answer):
    """`starting` until the loop's first turn; `degraded` where an enforcement point is not in force, or where the last
    good state holds because a newer one could not be taken (a refused policy file, a full disk)."""

    model_config = examples({"status": "ok"})
    status: Literal["ok", "starting", "degraded"]


@router.get("", operation_id="get_health", openapi_extra=needs(OPEN))
def get_health(site: Site) -> Health:
    if site.loop.intent() is None:
        return Health(status="starting")
    well = all(point.state in WELL for point in site.loop.points())
    return Health(status="ok" if well and not site.problems() else "degraded")
