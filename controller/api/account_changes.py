"""Accounts as they are made and changed: role, classes, shut or not; one's own password; signing out everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field, SecretStr

from controller.accounts import LONGEST_PASSWORD, OF_A_PERSON, ROLES, Account, hash_password
from controller.api.access import SIGNED_IN, Site, Staff, needs
from controller.api.accounts import AccountOut, shown
from controller.api.problems import Conflict, NotAllowed, WrongInput
from controller.api.second_factors import AccountName, account_below, outranks, prove_password
from controller.api.shapes import Answer, Ask, Id, Words, example_of, examples
from controller.api.site_view import SiteView
from controller.model import Actor

router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"])
Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]


class PutAccount(Ask):
    """`password` left out: it stays as it is; a new account without one signs in by a sign-in service or not at all."""

    model_config = examples({"role": "teacher", "groups": ["year-5"], "disabled": False, "reason": "new in September"})
    role: Id
    groups: Annotated[tuple[Id, ...], Field(max_length=40)] = ()
    disabled: bool = False
    password: Password | None = None
    reason: Words


class NewPassword(Ask):
    model_config = examples({"password": "correct horse battery staple", "becomes": "four other long words"})
    password: Password
    becomes: Password


class SignOutEverywhere(Ask):
    model_config = examples({"reason": "left the laptop on the train"})
    reason: Words


class SignedOutEverywhere(Answer):
    """How many sessions that means. Tokens of programs stay: revoke those one by one."""

    model_config = examples({"ended": 2})
    ended: int


class SessionOut(Answer):
    """`kind`: `session` is a browser's, `sign-in` one of the API for a password. `id` is that of its token."""

    model_config = examples(
        {
            "id": "9f86d081884c7d65",
            "kind": "session",
            "began_at": "2026-11-24T09:15:00Z",
            "ends_at": "2026-11-24T19:15:00Z",
        }
    )
    id: str
    kind: str
    began_at: datetime
    ends_at: datetime


class Sessions(Answer):
    model_config = examples({"items": [example_of(SessionOut)]})
    items: tuple[SessionOut, ...]


@router.get("/me/sessions", operation_id="list_own_sessions", openapi_extra=needs(SIGNED_IN))
def list_own_sessions(site: Site, staff: Staff) -> Sessions:
    """Where you are signed in now."""
    return Sessions(items=sessions_of(site, staff.name))


@router.post("/me/sign-out", operation_id="sign_out_everywhere", openapi_extra=needs(SIGNED_IN))
def sign_out_everywhere(site: Site, staff: Staff) -> SignedOutEverywhere:
    """This session ends too."""
    ended = site.store.end_sessions(staff.name, staff, site.clock.now(), "by its owner")
    return SignedOutEverywhere(ended=ended)


@router.post("/me/password", operation_id="change_own_password", openapi_extra=needs(SIGNED_IN))
def change_own_password(ask: NewPassword, request: Request, site: Site, staff: Staff) -> SignedOutEverywhere:
    """All sessions end, this one too: sign in with the new password."""
    prove_password(request, site, staff, ask.password.get_secret_value())
    return SignedOutEverywhere(ended=change_password(site, staff, ask.becomes.get_secret_value()))


@router.post("/{account}/sign-out", operation_id="sign_out_account", openapi_extra=needs("accounts:write"))
def sign_out_account(account: AccountName, ask: SignOutEverywhere, site: Site, staff: Staff) -> SignedOutEverywhere:
    """For a lost device: whoever holds the right may sign anybody out."""
    return SignedOutEverywhere(ended=site.store.end_sessions(account, staff, site.clock.now(), ask.reason))


@router.put("/{account}", operation_id="put_account", openapi_extra=needs("accounts:write"))
def put_account(account: AccountName, ask: PutAccount, site: Site, staff: Staff) -> AccountOut:
    """Make or change an account; never one that may do more than you may, and never your own."""
    was = _may_change(site, staff, account, ask)
    hashed = _hashed(ask.password.get_secret_value()) if ask.password else (was.password_hash if was else "")
    becomes = Account(account, ask.role, hashed, frozenset(ask.groups), ask.disabled)
    site.store.put_account(becomes, staff, site.clock.now(), ask.reason)
    return shown(becomes)


def change_password(site: SiteView, staff: Actor, becomes: str) -> int:
    """How many sessions ended with the old one. Raises WrongInput."""
    account, open_now = site.store.account(staff.name), len(sessions_of(site, staff.name))
    if account is None:
        raise Conflict("This account is gone.")
    site.store.put_account(replace(account, password_hash=_hashed(becomes)), staff, site.clock.now())
    return open_now


def sessions_of(site: SiteView, name: str) -> tuple[SessionOut, ...]:
    now = site.clock.now()
    return tuple(
        SessionOut(id=token.id, kind=token.kind, began_at=token.created_at, ends_at=token.expires_at)
        for token in site.store.tokens()
        if token.account == name and token.kind in OF_A_PERSON and not token.revoked and now < token.expires_at
    )


def _may_change(site: SiteView, staff: Actor, name: str, ask: PutAccount) -> Account | None:
    if ask.role not in ROLES:
        raise WrongInput("There is no such role.", f"Expected one of: {', '.join(ROLES)}.")
    if unknown := [group for group in ask.groups if group not in site.policy.year_groups]:
        raise WrongInput(f"The policy knows no year group {unknown[0]}.", f"{', '.join(site.policy.year_groups)}.")
    if name == staff.name:
        raise NotAllowed("Nobody changes the own account.", "Ask a second person.")
    if outranks(ask.role, staff):
        raise NotAllowed(f"The role {ask.role} may do more than you.", "`caretaker accounts add` on the machine can.")
    return account_below(site, staff, name) if site.store.account(name) is not None else None


def _hashed(password: str) -> str:
    try:
        return hash_password(password)
    except ValueError as error:
        raise WrongInput(f"The new password: {error}.") from error
