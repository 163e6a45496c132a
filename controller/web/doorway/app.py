"""The door's own app: no API, no console, no sign-in; whatever a device was led to ends at the page meant for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from controller.api.body_limit import BodyLimit
from controller.api.headers import Headers, dress
from controller.api.problems import Problem
from controller.api.site_view import SiteView
from controller.api.throttle import Throttle
from controller.store.errors import StoreError
from controller.web.doorway import remediation, reporting, sign_in
from controller.web.doorway.page import AtTheDoor, NotOurName, arrive, link, our_origin, page
from controller.web.doorway.visit import Visit, site_name

LARGEST_FORM = 16 * 1024


class Page(Protocol):
    """What `app.py` needs of a page's module."""

    PATH: str
    router: APIRouter
    wanted: Callable[[Visit], bool]


# Order is meaning: of those that are wanted the first is shown. The last one always is.
PAGES: tuple[Page, ...] = (sign_in, reporting, remediation)  # type: ignore[assignment]  # a module is what has these names
front = APIRouter()


@front.get("/captive-portal")
def captive_portal(request: Request, visit: AtTheDoor) -> JSONResponse:
    """For devices that ask whether they are let out (RFC 8908)."""
    out = visit.decision is not None and visit.decision.internet
    said = {"captive": not out, "user-portal-url": our_origin(request) + door_of(visit).PATH}
    return JSONResponse(said, media_type="application/captive+json")


@front.get("/{anything:path}")
def led_here(visit: AtTheDoor, anything: str) -> RedirectResponse:  # noqa: ARG001 - wherever they wanted to go
    """A blocked site, the check of a browser, or nothing in particular: to the page that says what is the matter."""
    query = {**({"site": visit.site} if visit.site else {}), **({"lang": visit.language} if visit.chosen else {})}
    return RedirectResponse(link(door_of(visit).PATH, query), 302)


def door_of(visit: Visit) -> Page:
    return next((each for each in PAGES if each.wanted(visit)), PAGES[-1])


def make_doorway(site: SiteView, name: str = "") -> FastAPI:
    """`name`: the host name the door is known by in the school, where it has one; else its address is shown."""
    app = FastAPI(title="Caretaker's door", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.site, app.state.throttle, app.state.door_name = site, Throttle(), name
    app.mount("/doorway/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    for each in PAGES:
        app.include_router(each.router, dependencies=[Depends(arrive)])
    app.include_router(front, dependencies=[Depends(arrive)])
    for error, answer in _REFUSALS.items():
        app.add_exception_handler(error, answer)
    app.add_middleware(BodyLimit, largest=LARGEST_FORM)
    app.add_middleware(Headers)
    return app


def _elsewhere(request: Request, _: Exception) -> Response:
    """Under a name that is not ours nothing is answered but where to go: no form of a stranger's page works here."""
    if request.method not in ("GET", "HEAD"):
        return _refused(request, 403, "not-here")
    blocked = site_name(request.headers.get("host", ""))
    return RedirectResponse(link(our_origin(request) + "/", {"site": blocked} if blocked else {}), 302)


def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    answer = _refused(request, int(error.status), "too-many" if error.status == 429 else "wrong")
    answer.headers.update(error.headers)
    return answer


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:  # a target that is no path, as programs write it that take the door for a proxy
        return _elsewhere(request, error)
    return _refused(request, error.status_code, "wrong")


def _on_wrong(request: Request, _: Exception) -> Response:
    return _refused(request, 422, "wrong")


def _on_trouble(request: Request, _: Exception) -> Response:
    return _refused(request, 503, "trouble")


def _on_bug(request: Request, _: Exception) -> Response:
    """Starlette answers this outside of all middleware, then raises the bug again."""
    response = _refused(request, 500, "trouble")
    request.scope.setdefault("request_id", "")
    dress(MutableHeaders(raw=response.raw_headers), request.scope)
    return response


def _refused(request: Request, status: int, what: str) -> Response:
    return page(request, "refused.html", "refused", status, what=what)


_REFUSALS = {
    NotOurName: _elsewhere,
    Problem: _on_problem,
    HTTPException: _on_http,
    RequestValidationError: _on_wrong,
    StoreError: _on_trouble,
    Exception: _on_bug,
}
