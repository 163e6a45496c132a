"""The app: every router behind one guard, the limits in front, the console beside the API."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from controller.api import (
    account_changes,
    accounts,
    agreements,
    alarms,
    audit,
    case_log,
    cases,
    clauses,
    decisions,
    devices,
    emergency,
    endpoint_reports,
    events,
    evidence_holds,
    explain,
    filter_checks,
    health,
    identity,
    imports,
    metrics,
    own_agreement,
    people,
    plan,
    points,
    policy,
    policy_history,
    ports,
    prove,
    pushes,
    query_counts,
    query_log,
    radius,
    receipts,
    reports,
    safeguarding_events,
    sanctions,
    second_factors,
    session,
    sightings,
    sign_ins,
    site_rules,
    staged_policy,
    stations,
    tokens,
    who,
    windows,
)
from controller.api.access import SIGNED_IN, guard, needs
from controller.api.body_limit import LARGEST_SENT, BodyLimit
from controller.api.events import Listeners
from controller.api.headers import Headers
from controller.api.metrics import CountRequests
from controller.api.openapi import describe
from controller.api.refusals import add_refusals
from controller.api.site_view import SiteView
from controller.api.throttle import Throttle
from controller.metrics import RequestCounts
from controller.web import (
    account_page,
    agreement_page,
    case_pages,
    clause_pages,
    console,
    desk_page,
    device_page,
    devices_page,
    emergency_forms,
    lesson_forms,
    report_pages,
    sign_in,
    sign_in_with,
    standing_page,
    why_page,
)

STATIC = Path(__file__).parent.parent / "web" / "static"
NOUNS = (
    session,
    windows,
    events,
    emergency,
    sanctions,
    agreements,
    own_agreement,
    devices,
    people,
    imports,
    identity,
    sign_ins,
    radius,
    who,
    alarms,
    stations,
    receipts,
    endpoint_reports,
    sightings,
    decisions,
    explain,
    filter_checks,
    plan,
    points,
    ports,
    pushes,
    policy,
    policy_history,
    staged_policy,
    prove,
    audit,
    query_log,
    evidence_holds,
    query_counts,
    safeguarding_events,
    reports,
    cases,
    case_log,
    clauses,
    site_rules,
    accounts,
    account_changes,
    second_factors,
    tokens,
    metrics,
    health,
)
PAGES = (
    sign_in,
    sign_in_with,
    account_page,
    agreement_page,
    standing_page,
    console,
    lesson_forms,
    emergency_forms,
    devices_page,
    device_page,
    why_page,
    desk_page,
    report_pages,
    case_pages,
    clause_pages,
)
document = APIRouter(tags=["health"])


@document.get("/api/v1/openapi.json", include_in_schema=False, openapi_extra=needs(SIGNED_IN))
def openapi(request: Request) -> JSONResponse:
    return JSONResponse(describe(request.app))


def make_app(site: SiteView) -> FastAPI:
    """The API under /api/v1, the console under /. Static files are the only thing outside the guard."""
    app = FastAPI(title="Caretaker", version=_version(), openapi_url=None, docs_url=None, redoc_url=None)
    app.state.site, app.state.throttle, app.state.counts = site, Throttle(), RequestCounts()
    app.state.listeners, app.state.services = Listeners(), sign_in_with.Services()
    for noun in NOUNS:
        app.include_router(noun.router, dependencies=[Depends(guard)])
    for page in PAGES:
        app.include_router(page.router, dependencies=[Depends(guard)], include_in_schema=False)
    app.include_router(document, dependencies=[Depends(guard)])
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    add_refusals(app)
    _add_middleware(app)
    return app


def _add_middleware(app: FastAPI) -> None:
    # The last one added stands outermost: headers also on what the others refuse, counts of what they refuse too.
    app.add_middleware(BodyLimit, larger={"/desk/scan": LARGEST_SENT})
    app.add_middleware(CountRequests, counts=app.state.counts)
    app.add_middleware(Headers)


def _version() -> str:
    try:
        return version("caretaker")
    except PackageNotFoundError:  # run from a tree that was never installed
        return "0"
