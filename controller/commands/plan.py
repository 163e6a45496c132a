"""`caretaker plan`: what would change on the network, and what is held back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, print_json, print_table, say
from controller.commands.remote import answers, call, find_home, running


def plan(
    home: HomeOption = None,
    out: Annotated[Path | None, typer.Option(help="Write the plan to this file, for `apply --from`.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what Caretaker would change on switches and gateway, why, and what it holds back. Changes nothing."""
    remote = running(home)
    found = call("GET", "/plan", home=home) if remote and answers(remote) else _look(home)
    if out is not None:
        _write(out, found)
    if as_json:
        print_json(found)
    else:
        show(found)


def _write(out: Path, found: dict[str, Any]) -> None:
    try:
        out.write_text(json.dumps(found, indent=1, default=str))
    except OSError as error:
        fail(f"{out}: {error.strerror or error}", "Name a file that can be written with --out.")


def show(found: dict[str, Any]) -> None:
    print_table(
        found["changes"], ("device", "what", "why", "clauses"), "Nothing to change: the network is as it should be."
    )
    if found["held_back"]:
        typer.echo("\nHeld back:")
        print_table(found["held_back"], ("device", "what", "brake", "text"), "")
    for note in found.get("notes", ()):
        say(f"note: {note}")
    typer.echo(f"\n{len(found['changes'])} to change, {len(found['held_back'])} held back")


def _look(home: Path | None) -> dict[str, Any]:
    """Look at the network without a running controller."""
    from controller.look import look
    from controller.policy.problem import PolicyError
    from controller.settings import SettingsError
    from controller.store import StoreError

    root = find_home(home)
    if not (root / "school.yaml").is_file():
        fail(f"{root} is no school", "Make one with `caretaker init DIR`, or name one with --home.", MISUSED)
    try:
        return look(root)
    except (PolicyError, SettingsError, StoreError, ValueError, OSError) as error:
        fail(str(error))
