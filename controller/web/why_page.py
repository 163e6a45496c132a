"""Why, at the console: may this child open this site, now or then, in words, and what would change it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from controller.api.access import COOKIE, Site, Staff, needs
from controller.api.explain import explain_query
from controller.api.explain_shapes import ExplanationOut
from controller.api.problems import Problem, WrongInput
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.reports.site_name import read_site
from controller.web.pages import page

router = APIRouter(prefix="/why")
Whom = Annotated[str, Query(max_length=100)]
SiteAsked = Annotated[str, Query(max_length=2048)]
When = Annotated[str, Query(pattern=r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$")]


@router.get("", openapi_extra=needs("explain:read", COOKIE))
def why_page(
    request: Request, site: Site, staff: Staff, client: Whom = "", name: SiteAsked = "", at: When = ""
) -> HTMLResponse:
    """A mistake is said beside the form, which keeps what was written into it."""
    told, problem = None, None
    if client and name:
        try:
            told = _told(site, staff, client, name, at)
        except Problem as refusal:
            problem = refusal
    return page(
        request,
        "why.html",
        status=200 if problem is None else int(problem.status),
        told=told,
        problem=problem,
        asked={"client": client, "name": name, "at": at},
        groups=(*site.policy.year_groups, *site.policy.roles),
    )


def _told(site: SiteView, staff: Actor, client: str, name: str, at: str) -> ExplanationOut:
    """Raises Problem. What was copied from the address bar is read as a browser reads it."""
    moment = _moment(at, site.policy.school.zone) if at else None
    return explain_query(site, staff, client, read_site(name).site or name[:300], "A", moment)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A time on the school's wall clock. Raises WrongInput."""
    try:
        there = datetime.fromisoformat(text).replace(tzinfo=zone)
        if not 2000 <= there.year < 2200:
            raise ValueError(text)
        return there.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WrongInput("That is no moment.", "Choose a day and a time from the calendar.") from error
