"""A look at RADIUS: who may ask, with which token, and how long the server's certificate holds. ●"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from controller.accounts import Token
from controller.finding import Finding
from controller.home import Home
from controller.radius.certificates import RENEW, ends
from controller.radius.enrolling import FOLDER_OF, WARN, clients_of, tokens_of
from controller.secrets_file import SecretsError
from controller.settings import Settings, SettingsError, read_settings
from controller.store import Store, StoreError

ABOUT = "RADIUS"
_AGAIN = "Write it again: caretaker radius init"


def _clients(home: Home, _: datetime) -> Iterator[Finding]:
    if _settings(home) is None:
        return
    try:
        clients = clients_of(home)
    except SecretsError as error:
        yield Finding(ABOUT, "wrong", str(error), "Until then nobody can be told of a change.")
        return
    if not clients:
        yield Finding(ABOUT, "warning", "no client may ask", f"Add [radius.NAME] to {home.secrets}.")
        return
    yield Finding(ABOUT, "good", f"{len(clients)} clients may ask")
    for client in clients.values():
        if not client.message_authenticator:
            text = f"{client.name} may ask without Message-Authenticator: its answers can be forged (CVE-2024-3596)"
            yield Finding(ABOUT, "warning", text, "Update the switch, and leave message_authenticator out.")


def _server(home: Home, now: datetime) -> Iterator[Finding]:
    settings = _settings(home)
    if settings is None:
        return
    try:
        with Store.open(settings.database_url(home)) as store:
            tokens = [token for token in tokens_of(store) if not token.revoked and token.expires_at > now]
    except StoreError:
        return  # said by those who look at the store
    if not tokens:
        yield Finding(ABOUT, "wrong", "no FreeRADIUS has a token: everybody rests", f"{_AGAIN} FOLDER")
    for token in tokens:
        yield from _of_token(token, now)


def _of_token(token: Token, now: datetime) -> Iterator[Finding]:
    folder = Path(token.name.removeprefix(FOLDER_OF))
    days = (token.expires_at - now).days
    todo = f"{_AGAIN} {folder}" if token.expires_at - now < WARN else ""
    yield Finding(ABOUT, "warning" if todo else "good", f"the token of {folder} holds for {days} days", todo)
    last = ends(folder / "certs" / "server.pem")
    if last is not None and last - now < RENEW:
        text = f"the certificate in {folder} ends on {last:%Y-%m-%d}: then nobody signs on by name"
        yield Finding(ABOUT, "wrong" if last <= now else "warning", text, "Put a new one there, or remove certs/.")


def _settings(home: Home) -> Settings | None:
    try:
        settings = read_settings(home)
    except SettingsError:
        return None  # said by those who look at the settings
    return settings if settings.radius.enabled else None


LOOKS: tuple[Callable[[Home, datetime], Iterator[Finding]], ...] = (_clients, _server)
