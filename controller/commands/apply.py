"""`caretaker apply`: let through what the plan holds for a person's word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands import plan as planning
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, print_json
from controller.commands.remote import call


def apply(
    from_: Annotated[
        Path | None, typer.Option("--from", help="Apply exactly this plan (`caretaker plan --out`), or refuse.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Apply the plan as it stands now. Caretaker's own loop does the rest: read back, verify, save."""
    if as_json and not yes:
        fail("--json shows nobody the plan to say yes to", "Add --yes, best with --from FILE.", MISUSED)
    found = call("GET", "/plan", home=home)
    if from_ is not None and _fingerprint(from_) != found["fingerprint"]:
        fail("the network is no longer as this plan saw it", "Look again with `caretaker plan`, then apply that plan.")
    if not as_json:
        planning.show(found)
    if not found["changes"] and not found["held_back"]:
        if as_json:
            print_json(found)
        return
    if not yes and not typer.confirm("Apply this now?", err=True):
        raise typer.Exit(FOUND_WRONG)
    done = call("POST", "/plan/apply", home=home, json_body={"fingerprint": found["fingerprint"]})
    if as_json:
        print_json(done)
    else:
        typer.echo("Accepted. `caretaker plan` shows what is left, `caretaker switches list` how far each point is.")


def _fingerprint(path: Path) -> str:
    try:
        told: Any = json.loads(path.read_text())
        return str(told["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        fail(f"{path} is no plan", "Write one with `caretaker plan --out FILE`.")
