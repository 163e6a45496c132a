"""Switches and Wi-Fi that ask by RADIUS: `[radius.NAME]` of secrets.toml. Only its owner may read the file. ●"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any

from controller.radius.client import CHANGE_PORT, Client, Way
from controller.secrets_file import SecretsError, read_table
from inventory.model import Switch, SwitchName

SHORTEST_SECRET = 16
"""RFC 5080 asks for 16 octets that cannot be guessed: whoever has one packet can try secrets at leisure."""
_EXPECTED = 'secret = "…", and where it is no switch of switches.csv address = "10.10.0.12"'
_KEYS = {"secret", "address", "change", "change_port", "message_authenticator"}


def read_clients(path: Path, switches: Mapping[SwitchName, Switch]) -> Mapping[str, Client]:
    """By name. Raises SecretsError, which never says a secret."""
    entries = read_table(path, "radius")
    return MappingProxyType({name: _client(path, name, entry, switches) for name, entry in entries.items()})


def _client(path: Path, name: str, entry: Any, switches: Mapping[SwitchName, Switch]) -> Client:
    where = f"{path}: radius.{name[:40]}"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", name):
        raise SecretsError(f"{where}: expected a name of letters, digits, dots and dashes")
    if not isinstance(entry, dict) or set(entry) - _KEYS:
        raise SecretsError(f"{where}: expected {_EXPECTED}")
    switch = switches.get(SwitchName(name))
    return Client(
        name,
        _address(where, entry.get("address", switch.host if switch else None)),
        _secret(where, entry.get("secret")),
        _way(where, entry.get("change", "disconnect")),
        _port(where, entry.get("change_port", CHANGE_PORT)),
        _yes(where, entry.get("message_authenticator", True)),
    )


def _secret(where: str, said: Any) -> str:
    signs = r"[!#&()*+,./0-9:;<=>?@A-Z\[\]^_a-z{|}~-]*"
    if not isinstance(said, str) or not re.fullmatch(signs, said) or not SHORTEST_SECRET <= len(said) <= 128:
        expected = f"{SHORTEST_SECRET} to 128 letters, digits and signs without quotes, spaces, %, $ and backslashes"
        raise SecretsError(f"{where}: secret: expected {expected}; `openssl rand -hex 24` makes one")
    return said


def _address(where: str, said: Any) -> str:
    if said is None:
        raise SecretsError(f"{where}: expected an address, or a name that stands in switches.csv")
    try:
        return str(ip_network(said) if "/" in str(said) else ip_address(said))
    except ValueError as error:
        raise SecretsError(f"{where}: address: expected an address such as 10.10.0.12 or 10.10.0.0/24") from error


def _way(where: str, said: Any) -> Way:
    try:
        return Way(said)
    except ValueError as error:
        raise SecretsError(f"{where}: change: expected one of {', '.join(Way)}") from error


def _port(where: str, said: Any) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not 1 <= said <= 65_535:
        raise SecretsError(f"{where}: change_port: expected a port such as {CHANGE_PORT}")
    return said


def _yes(where: str, said: Any) -> bool:
    if not isinstance(said, bool):
        raise SecretsError(f"{where}: message_authenticator: expected true or false")
    return said
