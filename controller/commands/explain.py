"""`caretaker explain`: why is this blocked, or open, for this child, now?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import print_json
from controller.commands.remote import call


def explain(
    client: Annotated[str, typer.Argument(help="An address, a MAC, a device's name, a year group or a role.")],
    name: Annotated[str, typer.Argument(help="The site's name, such as bbc.co.uk.")],
    qtype: Annotated[str, typer.Option("--type", help="A, AAAA, HTTPS, …")] = "A",
    at: Annotated[str | None, typer.Option(help="A moment, such as 2026-11-24T09:20:00Z; left out: now.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Say what decides, by which rule and clause, when it changes and who could change it."""
    found = call("GET", "/explain", home=home, client=client, name=name, type=qtype, at=at)
    if as_json:
        print_json(found)
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    typer.echo(found)
