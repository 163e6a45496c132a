"""A look at one school's installation: each finding says what it is about, how it is, and what to do. ●"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from controller import publish
from controller.home import Home
from controller.policy_file import PolicyError, read
from controller.secrets_file import SecretsError, read_secrets
from controller.settings import SettingsError, read_settings
from controller.store import Store, StoreError
from device_drivers.session import recorded
from dns_filter import table_file
from inventory.roster import read_devices, read_people, read_switches


@dataclass(frozen=True, slots=True)
class Finding:
    about: str
    state: Literal["good", "warning", "wrong"]
    text: str
    todo: str = ""


def examine(home: Home, now: datetime) -> tuple[Finding, ...]:
    """Everything that can be said without changing anything."""
    return tuple(finding for look in LOOKS for finding in look(home, now))


def _policy(home: Home, _: datetime) -> Iterator[Finding]:
    try:
        loaded = read(home.policy)
    except PolicyError as error:
        yield Finding("policy", "wrong", f"{home.policy} has {len(error.problems)} errors", f"{error.problems[0]}")
        return
    except OSError as error:
        yield Finding("policy", "wrong", f"{home.policy}: {error.strerror}", "Make a school with `caretaker init DIR`.")
        return
    yield Finding("policy", "good", f"{loaded.policy.school.name}, {len(loaded.warnings)} warnings")
    fed = {source.category for source in loaded.policy.lists}
    for category in loaded.policy.mandatory:
        if category not in fed:
            text = f"no list feeds the mandatory category {category}"
            yield Finding("lists", "warning", text, "Its feed is for members (IWF, CTIRU): add it under `lists:`.")


def _settings(home: Home, _: datetime) -> Iterator[Finding]:
    try:
        read_settings(home)
        count = len(read_secrets(home.secrets))
    except (SettingsError, SecretsError) as error:
        yield Finding("settings", "wrong", str(error))
        return
    yield Finding("settings", "good", f"read; {count} credentials")


def _inventory(home: Home, _: datetime) -> Iterator[Finding]:
    for path, reader in ((home.devices, read_devices), (home.people, read_people), (home.switches, read_switches)):
        if not path.is_file():
            yield Finding("inventory", "warning", f"{path.name} is missing", "`caretaker init` writes an example.")
            continue
        rows = reader(path.read_bytes(), str(path))
        if rows.problems:
            yield Finding("inventory", "wrong", f"{len(rows.problems)} broken rows", str(rows.problems[0]))
        else:
            yield Finding("inventory", "good", f"{path.name}: {len(rows.values)} rows")


def _host_keys(home: Home, _: datetime) -> Iterator[Finding]:
    rows = read_switches(home.switches.read_bytes(), str(home.switches)) if home.switches.is_file() else None
    for switch in rows.values if rows else ():
        if recorded(home.known_hosts, switch.host, switch.ssh_port) is None:
            todo = f"Compare and accept it: caretaker switches enrol {switch.name} --home {home.root}"
            yield Finding("host keys", "wrong", f"{switch.name} has none enrolled", todo)


def _store(home: Home, _: datetime) -> Iterator[Finding]:
    if not home.database.exists():
        yield Finding("store", "warning", "not made yet", "`caretaker up` makes it.")
        return
    try:
        with Store.open(read_settings(home).database_url(home)) as store:
            broken = store.verify_audit()
            unfinished = store.unfinished_pushes()
    except (StoreError, SettingsError) as error:
        yield Finding("store", "wrong", str(error))
        return
    if broken is not None:
        yield Finding(
            "audit", "wrong", f"row {broken} was changed after it was written", "Keep the file; tell the head."
        )
    else:
        yield Finding("audit", "good", "every row fits the one before")
    for push in unfinished:
        yield Finding("pushes", "warning", f"a push to {push.device} was cut off", "The controller reads it back.")


def _filter(home: Home, _: datetime) -> Iterator[Finding]:
    try:
        table = table_file.read(home.table)
    except (OSError, table_file.DamagedTableFile) as error:
        yield Finding("filter", "warning", f"no table in force: {error}", "`caretaker up` publishes one.")
        return
    acks = publish.acknowledged(home.acks)
    late = [ack.worker for ack in acks if ack.epoch < table.epoch]
    if not acks:
        yield Finding("filter", "warning", f"epoch {table.epoch}, but no worker runs", "Start it: `caretaker up`.")
    elif late:
        yield Finding("filter", "wrong", f"workers {late} are behind epoch {table.epoch}", f"Look into {home.log}.")
    else:
        yield Finding("filter", "good", f"{len(acks)} workers have epoch {table.epoch} in force")


def _names(home: Home, _: datetime) -> Iterator[Finding]:
    if not home.current_names.is_file():
        yield Finding("lists", "warning", "no compiled lists yet", "`caretaker up` compiles them.")
        return
    try:
        json.loads(home.current_names.read_text())
    except ValueError:
        yield Finding("lists", "wrong", f"{home.current_names} is damaged", "Remove it; the lists are compiled again.")


LOOKS: tuple[Callable[[Home, datetime], Iterator[Finding]], ...] = (
    _policy,
    _settings,
    _inventory,
    _host_keys,
    _store,
    _names,
    _filter,
)
