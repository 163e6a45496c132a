"""The emergency: everything closed for pupils by one action, and opened again by those who answer for it."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, status

from controller.api.access import Site, Staff, needs
from controller.api.shapes import Answer, Ask, Words, examples
from controller.api.site_view import SiteView

router = APIRouter(prefix="/api/v1/emergency", tags=["emergency"])


class Declare(Ask):
    model_config = examples({"why": "a lockdown"})
    why: Words


class End(Ask):
    model_config = examples({"reason": "all clear"})
    reason: Words


class EmergencyOut(Answer):
    """`running` false: nothing is closed by an emergency; the other fields are null."""

    model_config = examples(
        {"running": True, "since": "2026-11-24T10:02:11Z", "by": "year-5-teacher", "why": "a lockdown"}
    )
    running: bool
    since: datetime | None = None
    by: str | None = None
    why: str | None = None


@router.get("", operation_id="get_emergency", openapi_extra=needs("windows:read"))
def get_emergency(site: Site) -> EmergencyOut:
    return shown(site)


@router.post(
    "",
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="declare_emergency",
    openapi_extra=needs("emergency:declare"),
)
def declare_emergency(ask: Declare, site: Site, staff: Staff) -> EmergencyOut:
    """No lesson, exam or window opens anything for pupils until it is ended. Declared twice it is one."""
    site.store.declare_emergency(ask.why, staff, site.clock.now())
    site.loop.wake("an emergency was declared")
    return shown(site)


@router.post(
    "/end", status_code=status.HTTP_202_ACCEPTED, operation_id="end_emergency", openapi_extra=needs("emergency:end")
)
def end_emergency(ask: End, site: Site, staff: Staff) -> EmergencyOut:
    """Lessons that still run are open again. Ending none changes nothing."""
    if site.store.end_emergency(ask.reason, staff, site.clock.now()):
        site.loop.wake("the emergency was ended")
    return shown(site)


def shown(site: SiteView) -> EmergencyOut:
    found = site.inventory().emergency
    if found is None:
        return EmergencyOut(running=False)
    return EmergencyOut(running=True, since=found.since, by=found.by, why=found.why)
