"""`caretaker emergency`: close everything for pupils with one action, and open again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import moment, print_json, say
from controller.commands.remote import call

app = typer.Typer(help="Close everything for pupils at once, and open again.", no_args_is_help=True)


@app.command()
def close(
    why: Annotated[str, typer.Argument(help="Why, in a few words; staff read it.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Close the internet for every pupil, in lessons and exams too, until somebody opens it again."""
    _say(call("POST", "/emergency", home=home, json_body={"why": why}), as_json)


@app.command("open")
def open_(
    reason: Annotated[str, typer.Argument(help="Why it may open again.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """End the emergency: lessons that still run are open again."""
    _say(call("POST", "/emergency/end", home=home, json_body={"reason": reason}), as_json)


@app.command()
def status(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Is everything closed by an emergency?"""
    _say(call("GET", "/emergency", home=home), as_json)


def _say(found: dict[str, Any], as_json: bool) -> None:
    from controller.clock import SystemClock

    if as_json:
        print_json(found)
    elif found["running"]:
        since = moment(found["since"], SystemClock().now())
        say(f"Everything is closed for pupils since {since}, by {found['by']}: {found['why']}")
        say('To open again: caretaker emergency open "all clear"')
    else:
        say("No emergency. Lessons are open as usual.")
