"""`caretaker demo`: play with the running demo school: plug things in and pull them out."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.output import fail, print_json, print_table
from controller.commands.remote import find_home

app = typer.Typer(help="Plug things into the running demo school.", no_args_is_help=True)


@app.command("plug-in")
def plug_in(
    switch: Annotated[str, typer.Option(help="Which switch.")] = "sw-classes",
    port: Annotated[str, typer.Option(help="Which port, as its switch spells it.")] = "Gi1/0/20",
    mac: Annotated[str | None, typer.Option(help="Left out: a stranger's, made up.")] = None,
    address: Annotated[str | None, typer.Option(help="Left out: a free one of the pupils' network.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
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
    reply = _ask(stranger)
    if as_json:
        print_json({**stranger, **reply})
        return
    typer.echo(
        f"{stranger['mac']} is on {switch} {port} with the address {stranger['address']}.\n"
        f"In a moment: caretaker explain {stranger['address']} bbc.co.uk\n"
        f"             caretaker devices list --quarantined"
    )


@app.command("pull-out")
def pull_out(mac: Annotated[str, typer.Argument(help="The MAC to unplug.")]) -> None:
    """Unplug a device."""
    _ask({"do": "unplug", "mac": mac})
    typer.echo(f"{mac} is unplugged")


@app.command("plugged")
def plugged(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False) -> None:
    """What is plugged in where."""
    rows: list[dict[str, Any]] = _ask({"do": "state"}).get("world", [])
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("mac", "switch", "port", "address", "hostname"), "nothing is plugged in")


def _ask(message: dict[str, Any]) -> dict[str, Any]:
    from device_drivers.simulator import control

    socket_path = _socket()
    try:
        reply = control.ask(socket_path, message)
    except ValueError as error:
        fail(str(error))
    except OSError:
        fail("the demo school is not running", "Start it with `caretaker up --demo`.")
    return dict(reply)


def _socket() -> Path:
    return find_home() / "state" / "run" / "network.sock"
