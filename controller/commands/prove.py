"""`caretaker prove`: does any segment of pupils, guests or quarantine reach what it must not?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, print_json, print_table, say
from controller.commands.remote import answers, call, find_home
from controller.commands.remote import running as running_controller


def prove(
    home: HomeOption = None,
    running: Annotated[
        bool, typer.Option("--running", help="Of what the gateways say now, not of what is meant.")
    ] = False,
    export_batfish: Annotated[
        Path | None, typer.Option(help="Also write a snapshot for Batfish into this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that names, public resolvers and other segments are out of reach, or show a packet and the line to blame.

    Exit status 1 where something does not hold or cannot be decided.
    """
    remote = running_controller(home)
    if export_batfish is None and remote and answers(remote):
        found = call("GET", "/proof", home=home, running="true" if running else None)
    else:
        found = _look(home, running, export_batfish)
    if as_json:
        print_json(found)
    else:
        show(found)
    if not found["holds"]:
        raise typer.Exit(FOUND_WRONG)


def show(found: dict[str, Any]) -> None:
    print_table(found["broken"], ("gateway", "claim", "packet", "blame", "clauses"), "", spare=("clauses",))
    for question in found["open_questions"]:
        say(f"not decided: {question}")
    for note in found["notes"]:
        say(f"note: {note}")
    wrong, undecided = len(found["broken"]), len(found["open_questions"])
    verdict = (
        "Proven" if found["holds"] else f"Not proven: packets that get through {wrong}, open questions {undecided}"
    )
    typer.echo(f"{verdict}. {found['asked']} questions asked: segment, claim, gateway, IPv4 and IPv6, source.")


def _look(home: Path | None, running: bool, export: Path | None) -> dict[str, Any]:
    from controller.api.prove import shown
    from controller.look_at_gateways import look_at_gateways
    from controller.policy.problem import PolicyError
    from controller.settings import SettingsError
    from controller.store import StoreError

    root = find_home(home)
    if not (root / "school.yaml").is_file():
        fail(f"{root} is no school", "Make one with `caretaker init DIR`, or name one with --home.", MISUSED)
    try:
        gateways = look_at_gateways(root, running=running)
    except (PolicyError, SettingsError, StoreError, ValueError, OSError) as error:
        fail(str(error))
    if export is not None:
        _export(export, gateways)
    return shown(gateways.proof).model_dump(mode="json")


def _export(folder: Path, gateways: Any) -> None:
    from controller.prove.batfish import snapshot

    try:
        for name, text in snapshot(gateways.policy, gateways.ways).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    except OSError as error:
        fail(f"{folder}: {error.strerror or error}", "Name a folder that can be written with --export-batfish.")
