"""Accounts: who may sign in, as what."""

from __future__ import annotations

from fastapi import APIRouter

from controller.accounts import SCOPES, Account
from controller.api.access import SIGNED_IN, Site, Staff, needs
from controller.api.shapes import Answer, example_of, examples

router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"])


class AccountOut(Answer):
    model_config = examples(
        {
            "name": "year-5-teacher",
            "role": "teacher",
            "groups": ["year-5"],
            "scopes": ["devices:read", "explain:read", "windows:open", "windows:read"],
            "disabled": False,
        }
    )
    name: str
    role: str
    groups: tuple[str, ...]
    scopes: tuple[str, ...]
    disabled: bool


class Accounts(Answer):
    model_config = examples({"items": [example_of(AccountOut)]})
    items: tuple[AccountOut, ...]


@router.get("", operation_id="list_accounts", openapi_extra=needs("accounts:read"))
def list_accounts(site: Site) -> Accounts:
    return Accounts(items=tuple(map(shown, site.store.accounts())))


@router.get("/me", operation_id="get_own_account", openapi_extra=needs(SIGNED_IN))
def get_own_account(staff: Staff) -> AccountOut:
    """Who you are here, and what the token you came with may do."""
    scopes, groups = tuple(sorted(staff.scopes)), tuple(sorted(staff.groups))
    return AccountOut(name=staff.name, role=staff.role, groups=groups, scopes=scopes, disabled=False)


def shown(account: Account) -> AccountOut:
    return AccountOut(
        name=account.name,
        role=account.role,
        groups=tuple(sorted(account.groups)),
        scopes=tuple(sorted(SCOPES.get(account.role, frozenset()))),
        disabled=account.disabled,
    )
