"""`caretaker accounts`: who may sign in. Works on the school's store directly: it is how the first one is made."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.commands import accounts_totp
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, print_json, print_table, say
from controller.commands.remote import find_home

if TYPE_CHECKING:
    from controller.store import Store

app = typer.Typer(help="Accounts of people and programs.", no_args_is_help=True)
app.add_typer(accounts_totp.app, name="totp")
NameArgument = Annotated[str, typer.Argument(help="The account's name.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[str, typer.Option(help="teacher, office, ict_lead, head, technician, auditor, api_client, …")],
    group: Annotated[list[str] | None, typer.Option(help="A teacher's own class; may be given again.")] = None,
    ask: Annotated[
        bool, typer.Option("--ask/--make-up", help="Ask for a password, or make one up and print it.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Add an account, or give an existing one another role, classes and password."""
    from controller.accounts import ROLES, SYSTEM, Account, hash_password
    from controller.clock import SystemClock
    from controller.store import StoreError

    if role not in ROLES:
        fail(f"there is no role {role!r}", f"Expected one of: {', '.join(ROLES)}", MISUSED)
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else secrets.token_urlsafe(12)
    try:
        account = Account(name, role, hash_password(password), frozenset(group or ()))
    except ValueError as error:
        fail(str(error), status=MISUSED)
    with open_store(home) as store:
        try:
            store.put_account(account, SYSTEM, SystemClock().now())
        except StoreError as error:
            fail(str(error))
    say(f"{name} may sign in as {role}" + ("" if ask else f" with the password {password}"))


@app.command("list")
def list_(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Every account, without its password."""
    with open_store(home) as store:
        rows = [
            {"name": a.name, "role": a.role, "groups": sorted(a.groups), "disabled": a.disabled}
            for a in store.accounts()
        ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows, ("name", "role", "groups", "disabled"), "No accounts yet: caretaker accounts add NAME --role …"
        )


@app.command()
def disable(
    name: NameArgument,
    reason: Annotated[str, typer.Argument(help="Why: it stands in the audit.")],
    home: HomeOption = None,
) -> None:
    """Shut an account: its sessions end, its tokens open nothing. `accounts enable` brings it back."""
    _shut(home, name, reason, disabled=True)


@app.command()
def enable(
    name: NameArgument,
    reason: Annotated[str, typer.Argument(help="Why: it stands in the audit.")],
    home: HomeOption = None,
) -> None:
    """Open a shut account again. It signs in anew."""
    _shut(home, name, reason, disabled=False)


@app.command("sign-out")
def sign_out(
    name: NameArgument,
    reason: Annotated[str, typer.Argument(help="Why: it stands in the audit.")],
    home: HomeOption = None,
) -> None:
    """Sign an account out everywhere. Tokens of programs stay."""
    from controller.accounts import SYSTEM
    from controller.clock import SystemClock
    from controller.store import StoreError

    with open_store(home) as store:
        try:
            ended = store.end_sessions(name, SYSTEM, SystemClock().now(), reason)
        except StoreError as error:
            fail(str(error))
    say(f"{name}: {ended} sessions ended")


@app.command()
def link(
    name: NameArgument,
    issuer: Annotated[str, typer.Option(help="The sign-in service, as in settings.toml.")],
    subject: Annotated[str, typer.Option(help="What the service calls this person (claim `sub`).")],
    home: HomeOption = None,
) -> None:
    """Let somebody of a sign-in service in as this account. A name or an address alone never does that."""
    from controller.accounts import SYSTEM
    from controller.clock import SystemClock
    from controller.store import StoreError

    with open_store(home) as store:
        try:
            store.link(issuer.rstrip("/"), subject, name, SYSTEM, SystemClock().now())
        except StoreError as error:
            fail(str(error))
    say(f"{subject} of {issuer} signs in as {name}")


@app.command()
def unlink(name: NameArgument, home: HomeOption = None) -> None:
    """Take back every link of this account to sign-in services."""
    from controller.accounts import SYSTEM
    from controller.clock import SystemClock
    from controller.store import StoreError

    with open_store(home) as store:
        try:
            gone = store.unlink(name, SYSTEM, SystemClock().now())
        except StoreError as error:
            fail(str(error))
    say(f"{name}: {gone} links taken back")


@app.command("logon-script")
def logon_script() -> None:
    """Print the PowerShell script that tells who signs in at Windows computers: > caretaker-sign-in.ps1."""
    from importlib.resources import files

    typer.echo(files("controller").joinpath("scripts/caretaker-sign-in.ps1").read_text(), nl=False)


def _shut(home: Path | None, name: str, reason: str, *, disabled: bool) -> None:
    from dataclasses import replace

    from controller.accounts import SYSTEM
    from controller.clock import SystemClock
    from controller.store import StoreError

    with open_store(home) as store:
        try:
            account = store.account(name)
            if account is None:
                fail(f"there is no account {name!r}", "`caretaker accounts list` shows all.", MISUSED)
            store.put_account(replace(account, disabled=disabled), SYSTEM, SystemClock().now(), reason)
        except StoreError as error:
            fail(str(error))
    say(f"{name} is {'shut' if disabled else 'open'}")


def open_store(home: Path | None) -> Store:
    from controller.home import Home
    from controller.settings import SettingsError, read_settings
    from controller.store import Store, StoreError

    where = Home(find_home(home))
    if not where.policy.is_file():
        fail(f"{where.root} is no school", "Make one with `caretaker init DIR`.", MISUSED)
    try:
        where.make()
        return Store.open(read_settings(where).database_url(where))
    except (SettingsError, StoreError, OSError) as error:
        fail(str(error), f"Look with `caretaker doctor --home {where.root}`.")
