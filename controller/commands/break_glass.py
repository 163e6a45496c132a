"""`caretaker break-glass`: open for staff alone, for a limited time, when no controller can. ●"""

from __future__ import annotations

import getpass
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.commands.options import HomeOption, ReasonOption
from controller.commands.output import MISUSED, fail, say
from controller.commands.remote import answers, find_home, running

if TYPE_CHECKING:
    from controller.break_glass import Glass, Opened
    from controller.home import Home
    from controller.policy import Policy
    from dns_filter.model import FilterTable


def break_glass(
    minutes: Annotated[int, typer.Option(min=1, max=240, help="For how long; it ends by itself.")],
    reason: ReasonOption,
    address: Annotated[
        list[str] | None,
        typer.Option(help="A machine of staff that you vouch for, where the store cannot be read; again for more."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Though a controller runs or a good table is in force.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Open for staff, and nobody else, for at most four hours, without a controller. Mandatory blocks stay.

    For when the filter answers internal and essential names only, because it has no good table. It is written down
    in state/filter/break-glass.jsonl, and in the audit where the store can be written.
    """
    from controller.break_glass import Glass, glass_table
    from controller.clock import SystemClock
    from controller.home import Home
    from controller.publish import publish

    where, now = Home(find_home(home)), SystemClock().now()
    if not where.root.is_dir() or not reason.strip():
        fail(f"{where.root} is no school" if reason.strip() else "a reason is needed", status=MISUSED)
    before = _last_table(where)
    if not force and (standing := _not_needed(where, before, now)):
        fail(standing, "With --force it is done all the same.")
    policy, opened = _whom(where, address or (), now)
    if not opened.bindings:
        fail("it is not known which machines are the staff's", "Name each with --address ADDRESS.", MISUSED)
    glass = Glass(now, now + timedelta(minutes=minutes), reason.strip(), _epoch(where, before))
    table = glass_table(glass, opened, policy, before)
    told = _told(glass, table, force=force)
    try:
        _write_down(_note(where), told)
        publish(where.table, table)
    except OSError as error:
        fail(f"nothing was opened: {error}")
    _say(where, table, glass)
    _audit(where, told, now)


def _note(where: Home) -> Path:
    return where.filter / "break-glass.jsonl"


def _told(glass: Glass, table: FilterTable, *, force: bool) -> dict[str, object]:
    return {
        "at": glass.now.isoformat(),
        "by": _who(),
        "reason": glass.why,
        "ends": glass.ends.isoformat(),
        "epoch": glass.epoch,
        "forced": force,
        "open": {address: binding.name for address, binding in table.bindings.items()},
    }


def _say(where: Home, table: FilterTable, glass: Glass) -> None:
    ends = f"{glass.ends.astimezone():%H:%M:%S}"
    say(f"Open for staff ({len(table.bindings)} addresses) until {ends}, then closed by the filter itself.")
    say("Everybody else has internal and essential names only. Mandatory blocks stay.")
    say(f"Before then: `caretaker up` publishes the school's own table again. Written down in {_note(where)}.")
    _say_what_is_missing(where)


def _whom(where: Home, addresses: list[str] | tuple[str, ...], now: datetime) -> tuple[Policy | None, Opened]:
    """The policy where it is good, and the staff's machines as far as anything says which those are."""
    from controller.break_glass import Opened, named, staff_of
    from controller.look import kept
    from controller.policy.file import read
    from controller.policy.problem import PolicyError
    from controller.settings import SettingsError, read_settings
    from controller.store import StoreError

    policy, known = None, Opened({})
    try:
        policy = read(where.policy).policy
        inventory, _ = kept(where, read_settings(where), now)
        known = staff_of(policy, inventory, now)
    except (PolicyError, SettingsError, StoreError, ValueError, OSError) as error:
        say(f"What is known of devices cannot be used: {error}", err=True)
    try:
        return policy, Opened({**named(addresses).bindings, **known.bindings})
    except ValueError as error:
        fail(f"--address: {error}", status=MISUSED)


def _not_needed(where: Home, before: FilterTable | None, now: datetime) -> str:
    from controller.supervisor import leftover

    remote = running(where.root)
    if leftover(where.run, "controller") is not None or (remote is not None and answers(remote)):
        return "a controller runs: it decides, and would take this back at its next turn"
    if before is not None and now.timestamp() < before.horizon:
        return f"{where.table}: a good table is in force (epoch {before.epoch})"
    return ""


def _last_table(where: Home) -> FilterTable | None:
    from dns_filter import table_file

    try:
        return table_file.read_last_good(where.table)
    except table_file.DamagedTableFile:
        return None


def _epoch(where: Home, before: FilterTable | None) -> int:
    """Above all that a filter may have in force: it takes none that is older."""
    from controller.publish import acknowledged

    return 1 + max((before.epoch if before else 0, *(ack.epoch for ack in acknowledged(where.acks))))


def _write_down(note: Path, told: dict[str, object]) -> None:
    """Before anything opens: what cannot be written down is not done."""
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(note, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640), "w", encoding="utf-8") as file:
        file.write(json.dumps(told, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _audit(where: Home, told: dict[str, object], now: datetime) -> None:
    from controller.model import Actor
    from controller.settings import SettingsError, read_settings
    from controller.store import Store, StoreError

    try:
        settings = read_settings(where)
        if not settings.database.url and not where.database.is_file():
            raise StoreError(f"{where.database} is not there")
        store = Store.open(settings.database_url(where))
        try:
            store.record(Actor(_who(), "system"), "break-glass", where.root.name, told, now)
        finally:
            store.close()
    except (SettingsError, StoreError, OSError) as error:
        say(f"Not in the audit, only in the file: {error}", err=True, fg="yellow")


def _say_what_is_missing(where: Home) -> None:
    from dns_filter.domain_table import DamagedTable
    from dns_filter.generations import open_current

    try:
        open_current(where.names)
    except (DamagedTable, OSError) as error:
        say(f"There are no block lists: {error}", err=True)
        say("Who has blocked or mandatory categories stays shut till there are: `caretaker lists update`.", err=True)


def _who() -> str:
    try:
        return f"break-glass:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"break-glass:{os.getuid()}"
