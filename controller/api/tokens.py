"""Tokens for programs: made with an end and only the scopes they need, listed, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import Field

from controller.accounts import Account, Token, TokenKind, make_token
from controller.api.access import Site, Staff, needs
from controller.api.problems import NotAllowed, NotFound, WrongInput
from controller.api.shapes import Answer, Ask, Name, example_of, examples
from controller.model import Actor

router = APIRouter(prefix="/api/v1/tokens", tags=["tokens"])

FOR_PROGRAMS = "api_client"
TokenId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


class MakeToken(Ask):
    """`account` is your own or that of a program (role api_client); left out: your own."""

    model_config = examples(
        {"name": "DHCP hook", "account": "dhcp-hook", "scopes": ["sightings:write"], "lasts_days": 365}
    )
    name: Name
    account: Name | None = None
    scopes: Annotated[frozenset[Name], Field(min_length=1, max_length=40)]
    lasts_days: Annotated[int, Field(strict=True, ge=1, le=730)] = 90


class TokenOut(Answer):
    model_config = examples(
        {
            "id": "9f86d081884c7d65",
            "name": "DHCP hook",
            "account": "dhcp-hook",
            "scopes": ["sightings:write"],
            "kind": "api",
            "created_at": "2026-11-24T09:15:00Z",
            "expires_at": "2027-11-24T09:15:00Z",
            "in_force": True,
        }
    )
    id: str
    name: str
    account: str
    scopes: tuple[str, ...]
    kind: str
    created_at: datetime
    expires_at: datetime
    in_force: bool


class NewToken(TokenOut):
    """`token` is shown here and never again."""

    model_config = examples({**example_of(TokenOut), "token": "ct_0bXQm5yC4mXoE9b7u1sYw2"})
    token: str


class Tokens(Answer):
    model_config = examples({"items": [example_of(TokenOut)]})
    items: tuple[TokenOut, ...]


@router.get("", operation_id="list_tokens", openapi_extra=needs("accounts:read"))
def list_tokens(site: Site) -> Tokens:
    """Sessions and tokens of programs, never their secrets."""
    now = site.clock.now()
    return Tokens(items=tuple(TokenOut(**_fields(token, now)) for token in site.store.tokens()))


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="make_token", openapi_extra=needs("accounts:write"))
def new_token(ask: MakeToken, site: Site, staff: Staff) -> NewToken:
    """Never more than you may do yourself, and never in the name of a colleague."""
    account, now = _account(site.store.account(ask.account or staff.name), staff), site.clock.now()
    if ask.scopes - staff.scopes:
        raise NotAllowed("A token cannot carry rights that you do not hold.", "Ask somebody who holds them.")
    try:
        lasts = timedelta(days=ask.lasts_days)
        secret, token = make_token(account, ask.name, TokenKind.API, now, lasts=lasts, scopes=ask.scopes)
    except ValueError as error:
        raise WrongInput("The role of this account may not carry all of these scopes.", "Ask for fewer.") from error
    site.store.add_token(token, staff, now)
    return NewToken(**_fields(token, now), token=secret)


@router.delete("/{token_id}", operation_id="revoke_token", openapi_extra=needs("accounts:write"))
def revoke_token(token_id: TokenId, site: Site, staff: Staff) -> TokenOut:
    """From now on it opens nothing. Revoking twice changes nothing."""
    now = site.clock.now()
    if not any(token.id == token_id for token in site.store.tokens()):
        raise NotFound("There is no such token.", "GET /api/v1/tokens lists them.")
    site.store.revoke_token(token_id, staff, now)
    token = next(token for token in site.store.tokens() if token.id == token_id)
    return TokenOut(**_fields(token, now))


def _account(account: Account | None, staff: Actor) -> Account:
    if account is None:
        raise WrongInput("There is no such account.", "GET /api/v1/accounts lists them.")
    if account.name != staff.name and account.role != FOR_PROGRAMS:
        raise NotAllowed("A token acts in the name of its account; you may not act for a colleague.")
    return account


def _fields(token: Token, now: datetime) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "account": token.account,
        "scopes": tuple(sorted(token.scopes)),
        "kind": token.kind,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "in_force": not token.revoked and now < token.expires_at,
    }
