"""`caretaker cases`: reported sites that wait, what the filter says of them, deciding and taking back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands import ruling
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import moment, print_json, print_table, say
from controller.commands.remote import call, part

app = typer.Typer(help="Reported sites: see what waits, decide, take back, refer.", no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(help="The id of a case, such as c12.")]
COLUMNS = ("id", "site", "wish", "voices", "since", "asked", "state")


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also those that were decided.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """What waits for somebody to decide, the oldest first."""
    found = call("GET", "/cases", home=home, waiting=None if everything else "true", limit=500)
    if as_json:
        print_json(found)
    else:
        print_table(map(_row, found["items"]), COLUMNS, "Nothing waits.", ("asked", "voices"))


@app.command()
def show(case: IdArgument, home: HomeOption = None, as_json: AsJson = False) -> None:
    """Every voice, what the filter says of the name now, and which lists know it."""
    found = call("GET", f"/cases/{part(case)}", home=home)
    if as_json:
        print_json(found)
        return
    print_table([_row(found)], COLUMNS, "")
    for mark in found["marks"]:
        say(f"This name {mark}.", fg="yellow")
    rows = [{**each, "said": "open" if each["allowed"] else "blocked"} for each in found["now"]]
    print_table(rows, ("group", "said", "rule", "lists"), "There is no name that the filter could judge.")
    voices = [{**each, "at": moment(each["at"], _now())} for each in found["reports"]]
    print_table(voices, ("at", "means", "by", "group", "device", "evidence", "said"), "", ("means", "device"))


@app.command()
def decide(
    case: IdArgument,
    outcome: Annotated[str, typer.Argument(help="blocked, allowed, refused, already, referred or wrong.")],
    reason: Annotated[str, typer.Argument(help="Why.")],
    group: ruling.Groups = None,
    level: ruling.Levels = None,
    school: ruling.School = False,
    pupils: ruling.Pupils = False,
    reach: Annotated[str, typer.Option(help="exact, below or domain.")] = "below",
    until: ruling.Until = None,
    review_on: ruling.ReviewOn = None,
    override: ruling.Override = None,
    everywhere: ruling.Everywhere = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Decide what comes of a case. It is in force at every filter within a second."""
    ask: dict[str, Any] = {"outcome": outcome, "reason": reason, "reach": reach}
    ask["scope"] = ruling.scope(group, level, school=school, pupils=pupils)
    ask |= ruling.given(until=until, review_on=review_on, override=override, everywhere=everywhere)
    _say(call("POST", f"/cases/{part(case)}/decision", home=home, json_body=ask), as_json)


@app.command()
def undo(
    case: IdArgument,
    reason: Annotated[str, typer.Argument(help="Why it is taken back.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Take a decision back: its rule ends, and the case waits again."""
    _say(call("POST", f"/cases/{part(case)}/undo", home=home, json_body={"reason": reason}), as_json)


@app.command()
def refer(
    case: IdArgument,
    file: Annotated[Path, typer.Argument(help="Where the pack is written.")],
    home: HomeOption = None,
) -> None:
    """Write the pack for the authority: names, times and hashes. Nobody has to open the site for it."""
    pack = call("POST", f"/cases/{part(case)}/referral", home=home)
    file.touch(mode=0o600)
    file.write_text(pack["text"])
    say(f"{file}: sha256 {pack['sha256']}")


def _say(case: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(case)
    else:
        print_table([_row(case)], COLUMNS, "")


def _row(case: dict[str, Any]) -> dict[str, Any]:
    decided, rule = case["decided"], "blocked for now" if case["provisional"] else "waiting"
    return {
        **case,
        "site": case["site"] or "(no name)",
        "since": moment(case["opened_at"], _now()),
        "asked": ", ".join(each["stage"] for each in case["asked"]),
        "state": f"{decided['outcome']} by {decided['by']}" if decided else rule,
    }


def _now() -> Any:
    from controller.clock import SystemClock

    return SystemClock().now()
