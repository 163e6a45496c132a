"""What a FreeRADIUS needs from a school: its switches' secrets, the quarantine VLAN, and a token of its own. ●"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from controller.accounts import SYSTEM, Account, Token, TokenKind, make_token
from controller.home import Home
from controller.policy import Policy
from controller.policy.file import read
from controller.radius.client import Client
from controller.radius.clients import read_clients
from controller.store import Store
from inventory.roster import read_switches

ACCOUNT = "freeradius"
SCOPES = frozenset({"radius:ask"})
FOLDER_OF = "FreeRADIUS in "
LASTS = timedelta(days=400)
WARN = timedelta(days=45)


def clients_of(home: Home) -> Mapping[str, Client]:
    """As the files say it now. Raises SecretsError."""
    try:
        listed = read_switches(home.switches.read_bytes(), str(home.switches)).values
    except OSError:
        listed = ()
    return read_clients(home.secrets, {switch.name: switch for switch in listed})


def quarantine_of(home: Home) -> int:
    """Raises PolicyError, and ValueError where the policy names no quarantine segment."""
    policy: Policy = read(home.policy).policy
    found = policy.segment_for("quarantine")
    if found is None:
        raise ValueError(f"{home.policy}: segments: one with the purpose quarantine is needed")
    return found[1].vlan


def new_token(store: Store, folder: Path, now: datetime) -> str:
    """A token that may ask for decisions and nothing else; the one this folder had before ends. Raises StoreError."""
    account, name = Account(ACCOUNT, "api_client"), f"{FOLDER_OF}{folder}"
    if store.account(ACCOUNT) is None:
        store.put_account(account, SYSTEM, now)
    secret, token = make_token(account, name, TokenKind.API, now, lasts=LASTS, scopes=SCOPES)
    store.add_token(token, SYSTEM, now)
    for old in tokens_of(store):
        if old.name == name and old.id != token.id and not old.revoked:
            store.revoke_token(old.id, SYSTEM, now)
    return secret


def tokens_of(store: Store) -> tuple[Token, ...]:
    return tuple(token for token in store.tokens() if token.account == ACCOUNT)
