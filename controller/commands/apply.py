"""`caretaker apply`: have the plan carried out now, and let through by name what it holds for a person's word."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from controller.commands import plan as planning
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, print_json, say
from controller.commands.remote import call

FROM = "Apply exactly this plan (`caretaker plan --out`), or refuse."
FORCE = "Let through on this device what waits for a person's word; once for each device, with --reason."
PATIENCE = 60.0
"""Seconds that pushes are watched; they go on without us."""


def apply(
    from_: Annotated[Path | None, typer.Option("--from", help=FROM)] = None,
    force: Annotated[list[str] | None, typer.Option("--force", metavar="DEVICE", help=FORCE)] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is forced; it stands in the audit.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Apply the plan as it stands now. Caretaker's own loop does the rest: read back, verify, save."""
    _refuse_misuse(force, reason, yes=yes, as_json=as_json)
    found = call("GET", "/plan", home=home)
    if from_ is not None:
        _refuse_stale(from_, found)
    if not as_json:
        planning.show(found)
    if not found["changes"] and not found["held_back"]:
        if as_json:
            print_json(found)
        return
    if not yes and not typer.confirm("Apply this now?", err=True):
        raise typer.Exit(FOUND_WRONG)
    newest = _newest_push(home)
    ask = {name: found[name] for name in ("fingerprint", "epoch", "policy")}
    ask |= {"force": force, "reason": reason} if force else {}
    done = call("POST", "/plan/apply", home=home, json_body=ask)
    if as_json:
        print_json(done)
    else:
        _watch(home, newest, {row["device"] for row in done["changes"]} | set(force or ()))


def _refuse_misuse(force: list[str] | None, reason: str, *, yes: bool, as_json: bool) -> None:
    if as_json and not yes:
        fail("--json shows nobody the plan to say yes to", "Add --yes, best with --from FILE.", MISUSED)
    if force and not reason:
        fail("what is forced is answered for", 'Say why: --reason "the suite is empty this morning".', MISUSED)


def _refuse_stale(path: Path, found: Any) -> None:
    from controller.push.plan_file import KeptPlan, PlanFileError, parse_plan, stale

    try:
        kept = parse_plan(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeError) as error:
        fail(f"{path} cannot be read: {error}", "Write one with `caretaker plan --out FILE`.")
    except PlanFileError as error:
        fail(str(error), "Write one with `caretaker plan --out FILE`.")
    reasons = stale(kept, KeptPlan.model_validate(found))
    if reasons:
        told = "\n".join(("the network is no longer as this plan saw it", *reasons[:20]))
        fail(told, "Look again with `caretaker plan`, then apply that plan.")


def _newest_push(home: Path | None) -> int:
    items = call("GET", "/pushes", home=home, limit=1)["items"]
    return int(items[0]["id"]) if items else 0


def _watch(home: Path | None, newest: int, devices: set[str]) -> None:
    """Say of each device how its push ended, as it ends."""
    from controller.clock import SystemClock

    clock, waiting = SystemClock(), set(devices)
    begun = clock.now()
    while waiting and (clock.now() - begun).total_seconds() < PATIENCE:
        for push in call("GET", "/pushes", home=home, limit=200)["items"]:
            if push["id"] > newest and push["outcome"] and push["device"] in waiting:
                waiting.discard(push["device"])
                took = f"  {push['seconds']:.1f} s" if push["seconds"] is not None else ""
                say(f"  {push['device']}: {push['outcome']}{took}")
        if waiting and not call("GET", "/plan", home=home)["changes"] and not _pending(home, waiting):
            break
        clock.wait(Event(), 0.3)
    typer.echo("Accepted. `caretaker plan` shows what is left, `caretaker switches list` how far each point is.")


def _pending(home: Path | None, names: set[str]) -> bool:
    points = call("GET", "/enforcement-points", home=home)["items"]
    return any(point["name"] in names and point["state"] == "pending" for point in points)
