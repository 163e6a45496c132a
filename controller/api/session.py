"""Signing in with name and password, and signing out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, status
from pydantic import Field, SecretStr

from controller.accounts import LONGEST_PASSWORD, Account, Token, TokenKind, actor_for, make_token, password_fits
from controller.api.access import BEARER, OPEN, SIGNED_IN, address_of, needs, the_site, the_throttle, token_of
from controller.api.problems import NotSignedIn
from controller.api.second_factors import needs_to_enrol, require_code
from controller.api.shapes import Answer, Ask, examples
from controller.api.site_view import SiteView

router = APIRouter(prefix="/api/v1/session", tags=["session"])


class SignIn(Ask):
    model_config = examples({"name": "year-5-teacher", "password": "correct horse battery staple"})
    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]
    code: Annotated[str, Field(max_length=40, description="Of the second factor, where the account has one.")] = ""


class SignedIn(Answer):
    """Send the token as `Authorization: Bearer ...`. It is shown here and never again."""

    model_config = examples(
        {
            "token": "ct_0bXQm5yC4mXoE9b7u1sYw2",
            "expires_at": "2026-11-24T19:15:00Z",
            "role": "teacher",
            "scopes": ["windows:open", "windows:read"],
            "groups": ["year-5"],
        }
    )
    token: str
    expires_at: datetime
    role: str
    scopes: tuple[str, ...]
    groups: tuple[str, ...]


class SignedOut(Answer):
    model_config = examples({"signed_out": True})
    signed_out: bool


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="sign_in", openapi_extra=needs(OPEN))
def sign_in(ask: SignIn, request: Request) -> SignedIn:
    """At most ten tries a minute, per account and per address. The token ends by itself after ten hours."""
    secret, token, account = begin(request, ask.name, ask.password.get_secret_value(), TokenKind.SIGN_IN, ask.code)
    return SignedIn(
        token=secret,
        expires_at=token.expires_at,
        role=account.role,
        scopes=tuple(sorted(token.scopes)),
        groups=tuple(sorted(account.groups)),
    )


@router.delete("", operation_id="sign_out", openapi_extra=needs(SIGNED_IN))
def sign_out(request: Request) -> SignedOut:
    """The token of this request is revoked."""
    end(request, BEARER)
    return SignedOut(signed_out=True)


def begin(request: Request, name: str, password: str, kind: TokenKind, code: str = "") -> tuple[str, Token, Account]:
    """The secret, its token and the account. Raises TooManyTries, NotSignedIn; which part was wrong stays unsaid.

    Only who knows the password hears that a second factor is asked for.
    """
    site = the_site(request)
    the_throttle(request).count_sign_in(name, address_of(request))
    account = site.store.account(name)
    # Only a name we know goes into the audit: what is typed there by mistake is often a password.
    request.state.tried = account.name if account else ""
    if not password_fits(account, password) or account is None:
        raise NotSignedIn("This name and this password do not fit together.", "Try again, or ask the ICT lead.")
    require_code(site, account, code, actor_for(account))
    the_throttle(request).remember(name, address_of(request))
    secret, token = start(site, account, kind)
    return secret, token, account


def start(site: SiteView, account: Account, kind: TokenKind, *, elsewhere: bool = False) -> tuple[str, Token]:
    """Who has to enrol a second factor and has not may do that and nothing else: the session carries no right.

    `elsewhere`: signed in by the school's own tenant, which asks for its own second factor.
    """
    none = frozenset[str]() if not elsewhere and needs_to_enrol(site, account.name, account.role) else None
    secret, token = make_token(account, "signed in", kind, site.clock.now(), scopes=none)
    site.store.add_token(token, actor_for(account), site.clock.now())
    return secret, token


def end(request: Request, by: str) -> None:
    site, found = the_site(request), token_of(request, by)
    if found is not None:
        site.store.revoke_token(found[0].id, actor_for(found[1]), site.clock.now())
