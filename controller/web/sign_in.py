"""Signing in and out at the console."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from controller.accounts import LONGEST_PASSWORD, SESSION_LASTS, Token, TokenKind
from controller.api import session
from controller.api.access import COOKIE, OPEN, SESSION_COOKIE, SIGNED_IN, needs, the_site
from controller.web.origin import own_form, same_origin
from controller.web.pages import page

router = APIRouter()


class SignInForm(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]
    code: Annotated[str, Field(max_length=40)] = ""


@router.get("/sign-in", openapi_extra=needs(OPEN))
def sign_in_page(request: Request) -> HTMLResponse:
    return page(request, "sign_in.html", problem=None, services=the_site(request).sign_in.oidc)


@router.post("/sign-in", openapi_extra=needs(OPEN), dependencies=[Depends(same_origin)])
def sign_in(request: Request, form: Annotated[SignInForm, Form()]) -> RedirectResponse:
    """A new session each time: one that was planted before signing in is worth nothing after it."""
    secret, token, _ = session.begin(
        request, form.name.strip(), form.password.get_secret_value(), TokenKind.SESSION, form.code.strip()
    )
    return into(request, secret, token)


def into(request: Request, secret: str, token: Token) -> RedirectResponse:
    """To the first page; to the account's own where the session carries no right: a second factor is enrolled there."""
    response = RedirectResponse("/" if token.scopes else "/account", 303)
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/sign-out", openapi_extra=needs(SIGNED_IN, COOKIE), dependencies=[Depends(own_form)])
def sign_out(request: Request) -> RedirectResponse:
    session.end(request, COOKIE)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
    return response
