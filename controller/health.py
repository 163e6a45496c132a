"""A look at one school's installation: each finding says what it is about, how it is, and what to do. ●"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import datetime

from controller import health_dns, health_radius, publish
from controller.finding import Finding
from controller.home import Home
from controller.policy.file import PolicyError, read
from controller.secrets_file import SecretsError, read_secrets
from controller.settings import SettingsError, read_settings
from controller.store import Store, StoreError
from device_drivers.platforms import drivers
from device_drivers.session import recorded
from dns_filter import table_file
from dns_filter.domain_table import DamagedTable
from dns_filter.generations import open_current, read_current
from inventory.roster import read_devices, read_people, read_switches

__all__ = ["Finding", "examine"]

ROOM = 200
"""MiB that have to be free: below it SQLite and the lists are about to fail."""


def examine(home: Home, now: datetime) -> tuple[Finding, ...]:
    """Everything that can be said without changing anything."""
    return tuple(finding for look in LOOKS for finding in look(home, now))


def _policy(home: Home, _: datetime) -> Iterator[Finding]:
    try:
        loaded = read(home.policy)
    except PolicyError as error:
        first, more = error.problems[0], len(error.problems) - 1
        text = f"{first}" + (f" (and {more} more: caretaker policy check {home.policy})" if more else "")
        kept = "Until it is corrected the last good policy goes on." if home.database.exists() else ""
        yield Finding("policy", "wrong", text, kept or "Caretaker cannot start before it is corrected.")
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


def _disk(home: Home, _: datetime) -> Iterator[Finding]:
    if not home.state.is_dir():
        yield Finding("state", "warning", f"{home.state} is not there yet", "`caretaker up` makes it.")
        return
    if mode := stat.S_IMODE(home.state.stat().st_mode) & 0o077:
        text = f"others on this machine may look into {home.state} (mode {mode:04o} too much)"
        yield Finding("state", "wrong", text, f"chmod 700 {home.state}")
    free = shutil.disk_usage(home.state).free >> 20
    if free < ROOM:
        yield Finding("state", "wrong", f"{free} MiB are left on the disk of {home.state}", "Make room there.")
    else:
        yield Finding("state", "good", f"{free} MiB free")


def _inventory(home: Home, _: datetime) -> Iterator[Finding]:
    for path, reader in ((home.devices, read_devices), (home.people, read_people), (home.switches, read_switches)):
        if not path.is_file():
            yield Finding("inventory", "warning", f"{path.name} is missing", "`caretaker init` writes an example.")
            continue
        try:
            rows = reader(path.read_bytes(), str(path))
        except OSError as error:
            yield Finding("inventory", "wrong", f"{path}: {error.strerror}", "Caretaker has to read it.")
            continue
        if rows.problems:
            yield Finding("inventory", "wrong", f"{len(rows.problems)} broken rows", str(rows.problems[0]))
        else:
            yield Finding("inventory", "good", f"{path.name}: {len(rows.values)} rows")


def _switches(home: Home, _: datetime) -> Iterator[Finding]:
    """What keeps each switch from being driven."""
    try:
        listed = read_switches(home.switches.read_bytes(), str(home.switches)).values
        credentials = read_secrets(home.secrets)
    except (OSError, SecretsError):
        return  # said by those who look at the files themselves
    known = drivers()
    for switch in listed:
        if switch.platform not in known:
            text = f"{switch.name}: no driver for the platform {switch.platform!r}"
            yield Finding("switches", "wrong", text, f"There are: {', '.join(sorted(known))}.")
        if switch.credentials not in credentials:
            text = f"{switch.name}: no credentials {switch.credentials!r}"
            yield Finding("switches", "wrong", text, f"Add [credentials.{switch.credentials}] to {home.secrets}.")
        if recorded(home.known_hosts, switch.host, switch.ssh_port) is None:
            todo = f"Compare and accept it: caretaker switches enrol {switch.name} --home {home.root}"
            yield Finding("host keys", "wrong", f"{switch.name} has none enrolled", todo)


def _store(home: Home, _: datetime) -> Iterator[Finding]:
    try:
        settings = read_settings(home)
        if not settings.database.url and not home.database.exists():
            yield Finding("store", "warning", "not made yet", "`caretaker up` makes it.")
            return
        with Store.open(settings.database_url(home)) as store:
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
    if read_current(home.names) is None:
        yield Finding("lists", "wrong", f"{home.current_names} is damaged", "Remove it; the lists are compiled again.")
        return
    try:
        with open_current(home.names) as names:
            yield Finding("lists", "good", f"{names.count} names in force, version {names.version}")
    except DamagedTable as error:
        yield Finding("lists", "wrong", str(error), f"Remove {home.current_names}; the lists are compiled again.")


LOOKS: tuple[Callable[[Home, datetime], Iterator[Finding]], ...] = (
    _policy,
    _settings,
    _disk,
    _inventory,
    _switches,
    _store,
    _names,
    _filter,
    *health_dns.LOOKS,
    *health_radius.LOOKS,
)
