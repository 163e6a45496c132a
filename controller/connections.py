"""Signing in to devices: secrets are read each time, and a password that was refused twice is not tried again. ●"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from controller.home import Home
from controller.secrets_file import Credentials, SecretsError, read_secrets
from device_drivers.model import Driver, LoginRefused, Session, Unreachable
from device_drivers.session import Target, connect
from inventory.model import Switch

DEADLINE = 30.0
"""Seconds that signing in, and each call after that, may take (reliability.md §3, fault 3)."""
TRIES = 2
"""More could lock the account on the device."""


class Connections:
    """Each device is connected to by one thread at a time; different ones by many."""

    def __init__(self, home: Home, permit: Callable[[], object] | None = None, deadline: float = DEADLINE) -> None:
        """`permit` is asked before each line that changes something, and raises where nothing may be sent any more."""
        self._home, self._permit, self._deadline = home, permit, deadline
        self._refused: dict[tuple[str, int], tuple[Credentials, int]] = {}

    def connect(self, switch: Switch, driver: Driver) -> Session:
        """Raises a DeviceError. A corrected password needs no restart, and is a new one to try."""
        entry = self._credentials(switch)
        place = (switch.host, switch.ssh_port)
        refused, tries = self._refused.get(place, (entry, 0))
        if refused != entry:
            tries = 0
        if tries >= TRIES:
            text = f"{entry.username} was refused {TRIES} times; not tried again until {self._home.secrets} changes"
            raise LoginRefused(text, switch.name)
        try:
            given = target(switch, driver, entry.username, entry.password, self._home.known_hosts)
            session = connect(replace(given, permit=self._permit, deadline=self._deadline))
        except LoginRefused:
            self._refused[place] = (entry, tries + 1)
            raise
        self._refused.pop(place, None)
        return session

    def _credentials(self, switch: Switch) -> Credentials:
        try:
            entry = read_secrets(self._home.secrets).get(switch.credentials)
        except SecretsError as error:
            raise Unreachable(str(error), switch.name) from error
        if entry is None:
            raise LoginRefused(f"no credentials {switch.credentials!r} in {self._home.secrets}", switch.name)
        return entry


def target(switch: Switch, driver: Driver, username: str, password: str, known_hosts: Path) -> Target:
    return Target(
        name=switch.name,
        host=switch.host,
        ssh_port=switch.ssh_port,
        netmiko_type=driver.netmiko_type,
        username=username,
        password=password,
        known_hosts=known_hosts,
        refusals=driver.refusals,
        prompt=driver.prompt,
        answers=driver.answers,
    )
