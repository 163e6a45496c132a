"""One's own account at the console: password, second factor, where it is signed in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from pydantic import SecretStr

from controller.accounts import LONGEST_PASSWORD
from controller.api import account_changes, second_factors
from controller.api.access import COOKIE, SESSION_COOKIE, SIGNED_IN, Site, Staff, address_of, needs, the_throttle
from controller.api.site_view import SiteView
from controller.model import Actor
from controller.web.origin import own_form
from controller.web.pages import page

router = APIRouter(prefix="/account", dependencies=[Depends(own_form)])
SAID = {"factor-off": "The second factor is off.", "kept": "Kept."}
Said = Literal["factor-off", "kept"]
Password = Annotated[SecretStr, Form(min_length=1, max_length=LONGEST_PASSWORD)]


@router.get("", openapi_extra=needs(SIGNED_IN, COOKIE))
def account_page(
    request: Request, site: Site, staff: Staff, said: Annotated[Said | None, Query()] = None
) -> HTMLResponse:
    return page(request, "account.html", **_shown(site, staff), said=SAID.get(said or ""))


@router.post("/password", openapi_extra=needs(SIGNED_IN, COOKIE))
def change_password(
    request: Request, site: Site, staff: Staff, password: Password, becomes: Password
) -> RedirectResponse:
    """Every session ends, this one too."""
    second_factors.prove_password(request, site, staff, password.get_secret_value())
    account_changes.change_password(site, staff, becomes.get_secret_value())
    return _signed_out()


@router.post("/second-factor", openapi_extra=needs(SIGNED_IN, COOKIE))
def begin(request: Request, site: Site, staff: Staff, password: Password) -> HTMLResponse:
    """The picture for the app, once: nothing of it is kept by browsers or written down."""
    second_factors.prove_password(request, site, staff, password.get_secret_value())
    begun = second_factors.begin(site, staff)
    return page(request, "second_factor.html", begun=begun, picture=Markup(begun.picture), codes=None)  # noqa: S704 - segno's own


@router.post("/second-factor/confirm", openapi_extra=needs(SIGNED_IN, COOKIE))
def confirm(
    request: Request, site: Site, staff: Staff, code: Annotated[str, Form(min_length=6, max_length=40)]
) -> HTMLResponse:
    the_throttle(request).count_sign_in(staff.name, address_of(request))
    codes = second_factors.confirm(site, staff, code)
    return page(request, "second_factor.html", begun=None, picture=None, codes=codes)


@router.post("/second-factor/off", openapi_extra=needs(SIGNED_IN, COOKIE))
def take_off(request: Request, site: Site, staff: Staff, password: Password) -> RedirectResponse:
    second_factors.prove_password(request, site, staff, password.get_secret_value())
    site.store.end_second_factor(staff.name, staff, site.clock.now(), "by its owner")
    return RedirectResponse("/account?said=factor-off", 303)


@router.post("/sign-out-everywhere", openapi_extra=needs(SIGNED_IN, COOKIE))
def sign_out_everywhere(site: Site, staff: Staff) -> RedirectResponse:
    site.store.end_sessions(staff.name, staff, site.clock.now(), "by its owner")
    return _signed_out()


def _signed_out() -> RedirectResponse:
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
    return response


def _shown(site: SiteView, staff: Actor) -> dict[str, Any]:
    factor = second_factors.told(site, staff.name, staff.role)
    account = site.store.account(staff.name)
    return {
        "factor": factor,
        "enrol_first": factor.needed and not factor.on,
        "has_password": bool(account and account.password_hash),
        "sessions": account_changes.sessions_of(site, staff.name),
    }
