"""A refusal as a page, for somebody at the console."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from controller.api.access import declared, the_site
from controller.api.problems import Mistake, NotSignedIn, Problem
from controller.web.pages import page

SIGN_IN = "/sign-in"


def page_for(request: Request, problem: Problem, mistakes: tuple[Mistake, ...] = ()) -> Response:
    """Whoever is not signed in goes to the sign-in page; a refreshing part of a page takes the page along."""
    if isinstance(problem, NotSignedIn) and request.url.path != SIGN_IN:
        if "hx-request" in request.headers:
            return Response(status_code=int(problem.status), headers={"HX-Redirect": SIGN_IN})
        return RedirectResponse(SIGN_IN, 303)
    template = "sign_in.html" if _at_sign_in(request) else "problem.html"
    services = the_site(request).sign_in.oidc
    response = page(request, template, int(problem.status), problem=problem, mistakes=mistakes, services=services)
    response.headers.update(problem.headers)
    return response


def _at_sign_in(request: Request) -> bool:
    route = request.scope.get("route")
    return route is not None and request.url.path == SIGN_IN and declared(route) is not None
