"""The configuration of FreeRADIUS 3.2, from templates beside this file. Pure but for reading them. ●"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from controller.radius.client import Client

ONCE = frozenset({"people"})
"""Written the first time only: afterwards they are the school's."""
RETRY = 60
"""Seconds after which a device is asked about again that met a dead controller."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a FreeRADIUS is to be. `ca_file` is for an API behind TLS; `user` empty: whoever starts it."""

    folder: Path
    api: str
    token: str
    quarantine_vlan: int
    clients: tuple[Client, ...]
    listen: str = "*"
    auth_port: int = 1812
    acct_port: int = 1813
    user: str = ""
    ca_file: str = ""


def render(wanted: Wanted) -> Mapping[str, str]:
    """File below the folder -> its text."""
    filled = {
        "FOLDER": str(wanted.folder),
        "API": wanted.api.rstrip("/"),
        "TLS": _tls(wanted),
        "USE_TLS": "\t\ttls = ${..tls}\n" if wanted.api.startswith("https:") else "",
        "USER": f"\tuser = {wanted.user}\n\tgroup = {wanted.user}\n" if wanted.user else "",
        "LISTEN": wanted.listen,
        "AUTH_PORT": str(wanted.auth_port),
        "ACCT_PORT": str(wanted.acct_port),
        "QUARANTINE": str(wanted.quarantine_vlan),
        "RETRY": str(RETRY),
    }
    names = ("radiusd.conf", "dictionary", "rest.conf", "eap.conf", "caretaker.conf", "inner.conf", "people")
    texts = {name: _filled(_template(name), filled) for name in names}
    return texts | {"token.conf": _token(wanted.token), "clients.conf": _clients(wanted.clients)}


def _template(name: str) -> str:
    return (files("controller.radius") / "templates" / name).read_text()


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _tls(wanted: Wanted) -> str:
    if not wanted.api.startswith("https:"):
        return ""
    authority = f'\t\tca_file = "{wanted.ca_file}"\n' if wanted.ca_file else ""
    return f"\ttls {{\n{authority}\t\tcheck_cert = yes\n\t\tcheck_cert_cn = yes\n\t}}\n"


def _token(token: str) -> str:
    head = "# What this server shows to Caretaker; it may ask for decisions and nothing else.\n"
    return f'{head}caretaker_token = "{token}"\n'


def _clients(clients: Iterable[Client]) -> str:
    head = "# From [radius.NAME] of secrets.toml. Change it there, and write this again: caretaker radius init.\n"
    return head + "".join(map(_client, sorted(clients, key=lambda one: one.name)))


def _client(client: Client) -> str:
    kind = "ipv6addr" if ":" in client.address else "ipaddr"
    asked = "yes" if client.message_authenticator else "no"
    return (
        f"client {client.name} {{\n\t{kind} = {client.address}\n\tshortname = {client.name}\n"
        f'\tsecret = "{client.secret}"\n\trequire_message_authenticator = {asked}\n}}\n'
    )
