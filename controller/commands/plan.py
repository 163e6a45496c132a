"""`caretaker plan`: what would change on the network, and what is held back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.output import print_json, print_table
from controller.commands.remote import call, running


def plan(
    home: Annotated[Path | None, typer.Option(help="The school's folder.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the plan to this file, for `apply --from`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show what Caretaker would change on switches and gateway, why, and what it holds back. Changes nothing."""
    from controller import plan_file

    found = call("GET", "/plan", home=home) if running(home) else _look(home)
    if out is not None:
        out.write_text(plan_file.text_of(found))
    if as_json:
        print_json(found)
    else:
        show(found)


def show(found: dict[str, Any]) -> None:
    print_table(found["changes"], ("device", "what", "why", "clauses"), "Nothing to change: the network is as it should be.")
    if found["held_back"]:
        typer.echo("\nHeld back:")
        print_table(found["held_back"], ("device", "what", "brake", "text"), "")
    for note in found.get("notes", ()):
        typer.echo(f"note: {note}")
    typer.echo(f"\n{len(found['changes'])} to change, {len(found['held_back'])} held back")


def _look(home: Path | None) -> dict[str, Any]:
    """Look at the network without a running controller."""
    from controller.look import look

    return look(home)
