"""`caretaker accounts`: who may sign in. Works on the school's store directly: it is how the first one is made."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, print_json, print_table, say
from controller.commands.remote import find_home

if TYPE_CHECKING:
    from controller.store import Store

app = typer.Typer(help="Accounts of people and programs.", no_args_is_help=True)


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
    with _store(home) as store:
        try:
            store.put_account(account, SYSTEM, SystemClock().now())
        except StoreError as error:
            fail(str(error))
    say(f"{name} may sign in as {role}" + ("" if ask else f" with the password {password}"))


@app.command("list")
def list_(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Every account, without its password."""
    with _store(home) as store:
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


def _store(home: Path | None) -> Store:
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
