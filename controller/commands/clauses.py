"""`caretaker clauses`: the rules of the school's policies, what keeps each, and what on record shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import print_json, print_table, say
from controller.commands.remote import call, part

app = typer.Typer(help="Our rules: what keeps each of them, and what shows it.", no_args_is_help=True)
COLUMNS = ("id", "rule", "kept", "shown by", "at")


@app.command("list")
def list_(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Every rule, and the newest thing on record that shows it."""
    found = call("GET", "/clauses", home=home)
    if as_json:
        print_json(found)
    else:
        print_table(map(_row, found["items"]), COLUMNS, "", ("at", "shown by"))


@app.command()
def show(
    clause: Annotated[str, typer.Argument(help="The id of a rule, such as F12.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """One rule: what it asks, what keeps it, and the newest proofs with every step."""
    kept = call("GET", f"/clauses/{part(clause)}", home=home)
    if as_json:
        print_json(kept)
        return
    say(f"{kept['id']}: {kept['text']}")
    for sentence in kept["by"]:
        say(f"  {sentence}")
    if kept["outside"]:
        say(f"  Not by the network: {kept['outside']}")
    say("" if kept["proofs"] else "Nothing on record shows it yet.")
    for proof in kept["proofs"]:
        wrong = "" if proof["good"] else "NOT AS IT SHOULD BE. "
        say(f"{_exact(proof['at'])}  {wrong}{proof['text']} ({proof['source']}, {proof['ref']})")
        for step in proof["steps"]:
            say(f"    {_exact(step['at'])}  {step['text']}")


def _row(kept: dict[str, Any]) -> dict[str, Any]:
    newest = kept["proofs"][0] if kept["proofs"] else None
    told = {"shown by": newest["text"], "at": _exact(newest["at"])} if newest else {}
    return {"id": kept["id"], "rule": kept["text"], "kept": kept["state"], **told}


def _exact(text: str) -> str:
    """With its day and its milliseconds: it may be read a year later."""
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3]
