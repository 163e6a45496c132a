"""`caretaker switches`: the devices of the network that Caretaker drives, and their host keys."""

from __future__ import annotations

from typing import Annotated

import typer

from controller.commands import pushes
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, fail, moment, print_json, print_table, say
from controller.commands.remote import call, find_home
from controller.home import Home
from inventory.model import Switch

app = typer.Typer(help="Switches, Wi-Fi and gateway: how they are, and their host keys.", no_args_is_help=True)
pushes.add_to(app)
COLUMNS = ("name", "purpose", "state", "since", "verified", "detail")


@app.command("list")
def list_(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Every enforcement point, and how far it is (the controller must run)."""
    from controller.clock import SystemClock

    found, now = call("GET", "/enforcement-points", home=home), SystemClock().now()
    if as_json:
        print_json(found)
        return
    rows = [
        {**each, "since": moment(each["since"], now), "verified": moment(each["last_verified"], now)}
        for each in found["items"]
    ]
    print_table(rows, COLUMNS, "No enforcement points: fill in switches.csv.", ("purpose", "since"))
    for problem in found["problems"]:
        say(f"\n{problem}\nWhat was in force before stays in force.", fg="red")


@app.command()
def enrol(
    name: Annotated[str | None, typer.Argument(help="One of switches.csv; left out: all that have no key yet.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for keys that were compared by other means.")] = False,
    home: HomeOption = None,
) -> None:
    """Fetch host keys without sending a password, show them, and remember those you say yes to."""
    from device_drivers.model import Unreachable
    from device_drivers.session import enrol as fetch
    from device_drivers.session import recorded, remember

    where, failed = Home(find_home(home)), False
    for switch in _listed(where, name):
        known = recorded(where.known_hosts, switch.host, switch.ssh_port)
        if known is not None and name is None:
            continue
        try:
            offered = fetch(switch.host, switch.ssh_port)
        except Unreachable as error:
            say(f"{switch.name}: {error}", fg="red", err=True)
            failed = True
            continue
        if known is not None:
            typer.echo(f"{switch.name}: enrolled {known.fingerprint}")
        typer.echo(f"{switch.name}: offers   {offered.fingerprint}")
        if yes or typer.confirm("Is this the key that the device itself shows?"):
            remember(where.known_hosts, offered)
    if failed:
        raise typer.Exit(FOUND_WRONG)


def _listed(home: Home, name: str | None) -> list[Switch]:
    from inventory.roster import read_switches

    if not home.switches.is_file():
        fail(f"{home.switches} is missing", "Fill in one row for each switch; `caretaker init` writes an example.")
    try:
        rows = read_switches(home.switches.read_bytes(), str(home.switches))
    except OSError as error:
        fail(f"{home.switches}: {error.strerror or error}")
    if rows.problems:
        fail("\n".join(map(str, rows.problems)))
    found = [switch for switch in rows.values if name in (None, switch.name)]
    if name is not None and not found:
        fail(f"no switch {name!r} in {home.switches}")
    return found
