"""`caretaker demo`: play with the running demo school: plug things in and pull them out."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import fail, print_json, print_table
from controller.commands.remote import find_home
from controller.home import Home
from controller.own_command import command

app = typer.Typer(help="Plug things into the running demo school.", no_args_is_help=True)


@app.command("plug-in")
def plug_in(
    switch: Annotated[str, typer.Option(help="Which switch.")] = "sw-classes",
    port: Annotated[str, typer.Option(help="Which port, as its switch spells it.")] = "Gi1/0/20",
    mac: Annotated[str | None, typer.Option(help="Left out: a stranger's, made up.")] = None,
    address: Annotated[str | None, typer.Option(help="Left out: a free one of the pupils' network.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Plug a stranger's laptop (or a known device, by its MAC) into a switch port."""
    number = secrets.randbelow(50) + 201
    stranger = {
        "do": "plug",
        "mac": mac or f"f0:9f:c2:66:{secrets.randbelow(255):02x}:{number:02x}",
        "switch": switch,
        "port": port,
        "address": address or f"127.5.0.{number}",
        "hostname": "laptop",
    }
    reply = _ask(stranger, home)
    if as_json:
        print_json({**stranger, **reply})
        return
    where = find_home(home)
    next_words = (
        f"explain {stranger['address']} bbc.co.uk",
        "devices list --quarantined",
        f"demo pull-out {stranger['mac']}",
    )
    typer.echo(f"{stranger['mac']} is on {switch} {port} with the address {stranger['address']}. In a moment:")
    typer.echo("\n".join(f"  {command(words, where)}" for words in next_words))


@app.command("pull-out")
def pull_out(mac: Annotated[str, typer.Argument(help="The MAC to unplug.")], home: HomeOption = None) -> None:
    """Unplug a device."""
    was_there = _ask({"do": "unplug", "mac": mac}, home)["unplugged"]
    if not was_there:
        fail(f"{mac} is plugged in nowhere", f"What is: {command('demo plugged', find_home(home))}")
    typer.echo(f"{mac} is unplugged")


@app.command("plugged")
def plugged(home: HomeOption = None, as_json: AsJson = False) -> None:
    """What is plugged in where."""
    rows: list[dict[str, Any]] = _ask({"do": "state"}, home).get("world", [])
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("mac", "switch", "port", "address", "hostname"), "nothing is plugged in")


def _ask(message: dict[str, Any], home: Path | None) -> dict[str, Any]:
    from device_drivers.simulator import control

    socket_path = Home(find_home(home)).run / "network.sock"
    try:
        reply = control.ask(socket_path, message)
    except ValueError as error:
        fail(str(error))
    except OSError:
        fail("the demo school is not running", "Start it with `caretaker up --demo`.")
    return dict(reply)
