"""How the commands on this machine reach controller and filter: a note of where, and a token for the owner alone."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from controller.accounts import SYSTEM, Account, TokenKind, make_token
from controller.home import Home
from controller.store import Store

ACCOUNT = "this-machine"
"""In the audit: whoever may read the token file, that is, the user that runs the controller."""
LASTS = timedelta(days=30)


def write_note(home: Home, store: Store, url: str, now: datetime, dns: Sequence[str] = ()) -> None:
    """A new token at each start, and the old ones end. Both files are readable by their owner only. Raises OSError."""
    account = Account(ACCOUNT, "provider_admin")
    if store.account(ACCOUNT) is None:
        store.put_account(account, SYSTEM, now)
    for token in store.tokens():
        if token.account == ACCOUNT and not token.revoked:
            store.revoke_token(token.id, SYSTEM, now)
    secret, token = make_token(account, "commands on this machine", TokenKind.API, now, lasts=LASTS)
    store.add_token(token, SYSTEM, now)
    token_file = home.run / "cli-token"
    told = {"url": url, "token_file": str(token_file.resolve()), "until": token.expires_at.isoformat()}
    note = json.dumps({**told, "dns": list(dns)})
    for path, text in ((token_file, secret), (home.run / "connection.json", note)):
        trial = path.with_suffix(".new")
        with os.fdopen(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        trial.replace(path)


def forget(home: Home) -> None:
    """A controller that ended well leaves no note: commands say at once that none runs."""
    for name in ("connection.json", "cli-token"):
        (home.run / name).unlink(missing_ok=True)


def dns_places(home: Home) -> tuple[str, ...]:
    """Where the running filter listens, options of the start included; empty where no controller runs."""
    try:
        return tuple(map(str, json.loads((home.run / "connection.json").read_text())["dns"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def renew(home: Home, store: Store, url: str, now: datetime, dns: Sequence[str] = ()) -> None:
    """A controller may run for longer than a token lasts: a new one when half of its time is over."""
    if _until(home) - now < LASTS / 2:
        write_note(home, store, url, now, dns)


def _until(home: Home) -> datetime:
    """When the token in force ends; long ago where the note is not ours any more."""
    try:
        return datetime.fromisoformat(json.loads((home.run / "connection.json").read_text())["until"]).astimezone(UTC)
    except (OSError, ValueError, KeyError, TypeError):
        return datetime.min.replace(tzinfo=UTC)
