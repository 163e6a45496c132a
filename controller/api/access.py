"""Deny by default: one dependency in front of every route. A route that declares no scope answers nobody."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from controller.accounts import Account, Token, TokenKind, secret_hash, signed_in
from controller.api.problems import NotAllowed, NotSignedIn, Problem, WrongInput
from controller.api.site_view import SiteView
from controller.api.throttle import Throttle
from controller.model import Actor

OPEN = "open"
"""Reachable without a token. Health and signing in; nothing else."""
SIGNED_IN = "signed-in"
"""Any account that is in force, whatever it may do."""
BEARER = "bearer"
COOKIE = "cookie"
SESSION_COOKIE = "caretaker-session"
NOBODY = Actor("nobody", "stranger")


def needs(scope: str, by: str = BEARER) -> dict[str, Any]:
    """`openapi_extra=needs("windows:open")`: what a route asks for. `by` is how the caller shows who it is."""
    return {"x-scope": scope, "x-signed-in-by": by}


def declared(route: APIRoute) -> tuple[str, str] | None:
    """(scope, by) of a route; None where nobody declared it."""
    extra = route.openapi_extra or {}
    return (extra["x-scope"], extra["x-signed-in-by"]) if "x-scope" in extra else None


def the_site(request: Request) -> SiteView:
    return cast(SiteView, request.app.state.site)


def the_throttle(request: Request) -> Throttle:
    return cast(Throttle, request.app.state.throttle)


def guard(request: Request) -> None:
    """Who asks, and may they? Raises NotSignedIn, NotAllowed, WrongInput; the first two end up in the audit."""
    request.state.guarded = True
    route = cast(APIRoute, request.scope["route"])
    rule = declared(route)
    if rule is None:
        raise NotAllowed("This route declares no scope, so it answers nobody.")
    scope, by = rule
    if scope != OPEN:
        _admit(request, scope, by)
    _check_parameters(request, route)


def _admit(request: Request, scope: str, by: str) -> None:
    actor = actor_of(request, by)
    if actor is None:
        raise _not_signed_in(by)
    request.state.actor = actor
    if scope not in (SIGNED_IN, *actor.scopes):
        lacking = f"This needs the right {scope}, which the role {actor.role} or this token does not hold."
        raise NotAllowed(lacking, "Ask the ICT lead.")


def _not_signed_in(by: str) -> NotSignedIn:
    if by == COOKIE:
        return NotSignedIn("You are not signed in, or no longer.", "Sign in.")
    return NotSignedIn(
        "This needs a token that is in force.",
        "Send `Authorization: Bearer ct_...`; POST /api/v1/session gives one.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def secret_of(request: Request, by: str) -> str:
    """The secret the caller shows. A cookie never opens the API, a bearer token never the console."""
    if by == COOKIE:
        return request.cookies.get(SESSION_COOKIE, "")
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def actor_of(request: Request, by: str) -> Actor | None:
    found = token_of(request, by)
    return None if found is None else signed_in(*found, the_site(request).clock.now())


def token_of(request: Request, by: str) -> tuple[Token, Account] | None:
    """The token shown and its account, in force or not; None where there is none of the right kind."""
    secret, store = secret_of(request, by), the_site(request).store
    if not 16 <= len(secret) <= 200:
        return None
    token = store.token(secret_hash(secret))
    if token is None or (token.kind is TokenKind.SESSION) != (by == COOKIE):
        return None
    account = store.account(token.account)
    return None if account is None else (token, account)


def address_of(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def record_refusal(request: Request, problem: Problem) -> None:
    """Write a refusal into the audit. Strangers' refusals are kept up to a rate: a flood must not fill the disk."""
    site, address = the_site(request), address_of(request)
    actor = getattr(request.state, "actor", None)
    if actor is None and not the_throttle(request).may_record_stranger(address):
        return
    # The route's template, never the address asked for: that is the caller's text and may be long.
    subject = f"{request.method} {getattr(request.scope.get('route'), 'path', 'unknown')}"
    kept = {"why": problem.code, "said": problem.detail, "address": address, "request": request.scope["request_id"]}
    if tried := getattr(request.state, "tried", ""):
        kept["account"] = tried
    site.store.record(actor or NOBODY, "access.refused", subject, kept, site.clock.now())


def _check_parameters(request: Request, route: APIRoute) -> None:
    """A misspelt filter must not quietly show everything."""
    known = {field.alias for field in route.dependant.query_params}
    if any(name not in known for name in request.query_params):
        takes = ", ".join(sorted(known)) or "none"
        raise WrongInput("The address has a parameter that this route does not know.", f"It knows: {takes}.")


# Async though neither waits for anything: FastAPI hands every other function to a thread, and a request that changes
# threads waits each time until the loop and the switches' threads let it go on.
async def _site_for_route(request: Request) -> SiteView:
    return the_site(request)


async def _the_actor(request: Request) -> Actor:
    return cast(Actor, request.state.actor)


Site = Annotated[SiteView, Depends(_site_for_route)]
Staff = Annotated[Actor, Depends(_the_actor)]
"""Whoever the guard let in."""
