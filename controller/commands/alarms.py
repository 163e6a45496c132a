"""`caretaker alarms`: what somebody should look at, and that somebody has."""

from __future__ import annotations

from typing import Annotated

import typer

from controller.commands.options import AsJson, HomeOption, ReasonOption
from controller.commands.output import moment, print_json, print_table, say
from controller.commands.remote import call

app = typer.Typer(help="Alarms: list, settle.", no_args_is_help=True)


@app.command("list")
def list_(
    settled: Annotated[bool, typer.Option("--settled", help="Those that somebody has settled as well.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """The newest first."""
    from controller.clock import SystemClock

    found = call("GET", "/alarms", home=home, settled=settled, limit=500)["items"]
    if as_json:
        print_json(found)
        return
    now = SystemClock().now()
    rows = ({**each, "id": each["number"], "at": moment(each["at"], now)} for each in found)
    print_table(rows, ("id", "at", "kind", "subject", "text"), "No alarm is open.", ("kind",))


@app.command()
def settle(
    number: Annotated[int, typer.Argument(min=1, help="As `caretaker alarms list` shows it.")],
    reason: ReasonOption,
    home: HomeOption = None,
) -> None:
    """Say that you have looked. What a pinned device shows now is what it is from here on."""
    found = call("POST", f"/alarms/{number}/settle", home=home, json_body={"reason": reason})
    say(f"{found['subject']}: settled by {found['settled_by']}")
