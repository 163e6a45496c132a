"""The first page: what is open now, who is in quarantine, and whether every enforcement point keeps it so."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from controller.api.access import COOKIE, SIGNED_IN, Site, Staff, needs
from controller.api.own_agreement import signing
from controller.api.sight import macs_in_sight
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.web import view
from controller.web.pages import page

router = APIRouter()

# Words by a key, never words from the address: a link must not be able to put text on our page.
SAID = {
    "opened": "Opened. The enforcement points are being told now.",
    "extended": "Extended.",
    "ended": "Ended. The enforcement points are being told now.",
    "registered": "Registered.",
    "released": "Released.",
    "quarantined": "Put in quarantine.",
    "closed": "Everything is being closed for pupils.",
    "all-clear": "The emergency is over. Lessons that still run are open again.",
}
Said = Literal["opened", "extended", "ended", "registered", "released", "quarantined", "closed", "all-clear"]


@router.get("/", openapi_extra=needs(SIGNED_IN, COOKIE))
def first_page(
    request: Request, site: Site, staff: Staff, said: Annotated[Said | None, Query()] = None
) -> HTMLResponse:
    parts = {**_lessons(site, staff), **_quarantine(site, staff), **_points(site, staff), **_reports(site, staff)}
    unsigned = "agreements:sign" in staff.scopes and signing(site, staff).waits
    return page(request, "first_page.html", said=SAID.get(said or ""), unsigned=unsigned, **parts)


@router.get("/part/lessons", openapi_extra=needs("windows:read", COOKIE))
def lessons_part(request: Request, site: Site, staff: Staff) -> HTMLResponse:
    return page(request, "part_lessons.html", **_lessons(site, staff))


@router.get("/part/quarantine", openapi_extra=needs("devices:read", COOKIE))
def quarantine_part(request: Request, site: Site, staff: Staff) -> HTMLResponse:
    return page(request, "part_quarantine.html", **_quarantine(site, staff))


@router.get("/part/points", openapi_extra=needs("windows:read", COOKIE))
def points_part(request: Request, site: Site, staff: Staff) -> HTMLResponse:
    return page(request, "part_points.html", **_points(site, staff))


def _lessons(site: SiteView, staff: Actor) -> dict[str, Any]:
    if "windows:read" not in staff.scopes:
        return {"cards": None, "emergency": None, "may_close": False, "may_open": False}
    return {
        "cards": view.group_cards(site, staff),
        "emergency": site.inventory().emergency,
        "may_close": "emergency:declare" in staff.scopes,
        "may_open": "emergency:end" in staff.scopes,
    }


def _quarantine(site: SiteView, staff: Actor) -> dict[str, Any]:
    if "devices:read" not in staff.scopes:
        return {"rows": None, "total": 0, "may_write": False}
    rows, total = view.quarantine_rows(site, staff)
    may_write = bool(staff.scopes & {"devices:write", "quarantine:write"})
    return {"rows": rows, "total": total, "may_write": may_write}


def _points(site: SiteView, staff: Actor) -> dict[str, Any]:
    if "windows:read" not in staff.scopes:
        return {"chips": None}
    checked = site.checks.newest() if "checks:read" in staff.scopes else None
    return {"chips": view.point_chips(site), "problems": (*site.problems(), *_alarms(site, staff)), "checked": checked}


def _reports(site: SiteView, staff: Actor) -> dict[str, Any]:
    reads = "cases:read" in staff.scopes
    return {
        "may_report": "reports:write" in staff.scopes,
        "waiting": site.store.count_waiting() if reads else None,
    }


def _alarms(site: SiteView, staff: Actor) -> tuple[str, ...]:
    """What somebody should look at, beside what is wrong."""
    if "devices:read" not in staff.scopes:
        return ()
    in_sight = macs_in_sight(site, staff)
    newest = (alarm for alarm in site.store.alarms(5) if in_sight(alarm.subject))
    return tuple(f"Alarm {alarm.number}, {alarm.subject}: {alarm.text}" for alarm in newest)
