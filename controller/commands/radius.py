"""`caretaker radius`: FreeRADIUS as a further enforcement point."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, moment, print_json, print_table, say
from controller.commands.remote import call, find_home

if TYPE_CHECKING:
    from controller.home import Home
    from controller.radius.freeradius import Wanted

app = typer.Typer(help="FreeRADIUS asks Caretaker which VLAN a device belongs to (optional).", no_args_is_help=True)
DEBIAN_USER = "freerad"
POINTS = ("name", "state", "since", "verified", "detail")
SESSIONS = ("client", "port", "mac", "name", "vlan", "belongs", "until")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where FreeRADIUS's configuration goes, a folder of its own.")],
    api: Annotated[
        str, typer.Option(help="Caretaker's address as FreeRADIUS reaches it; left out: this machine's.")
    ] = "",
    listen: Annotated[str, typer.Option(help="Address FreeRADIUS listens on; left out: all.")] = "*",
    auth_port: Annotated[int, typer.Option(help="Port for sign-ons.")] = 1812,
    acct_port: Annotated[int, typer.Option(help="Port for accounting.")] = 1813,
    user: Annotated[
        str | None, typer.Option(help="User FreeRADIUS runs as; left out: Debian's freerad where it exists; `none`.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name in the server's certificate.")] = "radius.internal",
    ca_file: Annotated[str, typer.Option(help="Authority of an https:// API, as PEM; left out: the machine's.")] = "",
    home: HomeOption = None,
) -> None:
    """Write a complete configuration, with a token of its own. Again: takes changes over, renews the token."""
    from controller.home import Home

    _check(listen, name, ca_file)
    where, runs_as = Home(find_home(home)), _user(user)
    wanted = _wanted(where, folder.resolve(), api, runs_as)
    if not wanted.clients:
        say(f"No switch may ask yet: add [radius.NAME] to {where.secrets}, and give this command again.", fg="yellow")
    from dataclasses import replace

    wanted = replace(wanted, listen=listen, auth_port=auth_port, acct_port=acct_port, ca_file=ca_file)
    for each in _write(where, wanted, name):
        say(f"wrote {wanted.folder / each}")
    _what_next(where, wanted)


@app.command()
def status(home: HomeOption = None, as_json: AsJson = False) -> None:
    """What each RADIUS client has taken up, and who is signed on there. Exit 1 where one is behind."""
    from controller.clock import SystemClock

    found = call("GET", "/radius/sessions", home=home)
    if as_json:
        print_json(found)
    else:
        now = SystemClock().now()
        if not found["enabled"]:
            say("RADIUS is off: set `enabled = true` below [radius] in settings.toml.")
        rows = [
            {**each, "since": moment(each["since"], now), "verified": moment(each["last_verified"], now)}
            for each in found["points"]
        ]
        print_table(rows, POINTS, "No clients: add [radius.NAME] to secrets.toml." if found["enabled"] else "")
        told = [{**each, "until": moment(each["until"], now)} for each in found["items"]]
        print_table(told, SESSIONS, "", ("name",))
    if any(each["state"] in ("pending", "unreachable") for each in found["points"]):
        raise typer.Exit(FOUND_WRONG)


def _check(listen: str, name: str, ca_file: str) -> None:
    """What goes into the configuration as it stands must not be able to say more than itself."""
    from ipaddress import ip_address

    try:
        if listen != "*":
            ip_address(listen)
    except ValueError:
        fail("--listen: expected an address such as 10.10.0.2", status=MISUSED)
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?", name):
        fail("--name: expected a host name such as radius.school.internal", status=MISUSED)
    if any(sign in ca_file for sign in '"\\${}\n'):
        fail("--ca-file: expected the path of a PEM file", status=MISUSED)


def _user(asked: str | None) -> str:
    if asked == "none" or (asked is None and os.geteuid() != 0):
        return ""
    try:
        return pwd.getpwnam(asked or DEBIAN_USER).pw_name
    except KeyError:
        if asked is None:
            return ""
        fail(f"there is no user {asked!r} on this machine", "`--user none` leaves it to whoever starts it.", MISUSED)


def _wanted(where: Home, folder: Path, api: str, user: str) -> Wanted:
    from controller.policy.file import PolicyError
    from controller.radius.enrolling import clients_of, quarantine_of
    from controller.radius.freeradius import Wanted
    from controller.secrets_file import SecretsError
    from controller.settings import SettingsError, read_settings

    if api and not api.startswith(("http://", "https://")):
        fail("--api: expected an address such as https://caretaker.school.example", status=MISUSED)
    if not str(folder).isprintable() or any(sign in str(folder) for sign in '"\\${} '):
        fail("the folder's name has signs that FreeRADIUS reads as its own", "Take another folder.", MISUSED)
    try:
        settings, clients = read_settings(where), clients_of(where)
        vlan = quarantine_of(where)
    except (SettingsError, SecretsError, PolicyError, ValueError) as error:
        fail(str(error))
    return Wanted(folder, api or f"http://{settings.api.endpoint}", "", vlan, tuple(clients.values()), user=user)


def _write(where: Home, wanted: Wanted, name: str) -> list[str]:
    from dataclasses import replace

    from controller.clock import SystemClock
    from controller.policy.file import read
    from controller.radius.certificates import make_certificates
    from controller.radius.enrolling import new_token
    from controller.radius.freeradius import render
    from controller.radius.write import write
    from controller.settings import read_settings
    from controller.store import Store, StoreError

    now, school = SystemClock().now(), read(where.policy).policy.school.name
    try:
        where.make()
        with Store.open(read_settings(where).database_url(where)) as store:
            token = new_token(store, wanted.folder, now)
        texts = render(replace(wanted, token=token))
        return write(wanted.folder, texts, lambda: make_certificates(school, name, now), wanted.user)
    except (StoreError, OSError) as error:
        fail(str(error))


def _what_next(where: Home, wanted: Wanted) -> None:
    from controller.settings import read_settings

    say(f"\nCheck it:  freeradius -C -d {wanted.folder}")
    say(f"Run it:    freeradius -f -d {wanted.folder}   (docs/radius.md says how as a service)")
    say(f"Keep {wanted.folder / 'certs' / 'ca.key'} somewhere safe; devices need certs/ca.pem.")
    if not read_settings(where).radius.enabled:
        say(f"RADIUS is off: write `[radius]` and `enabled = true` into {where.settings}.", fg="yellow")
