"""`caretaker doctor`: is everything as it should be, and what to do where it is not?"""

from __future__ import annotations

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, print_json, say
from controller.commands.remote import find_home

MARKS = {"good": ("✓", "green"), "warning": ("!", "yellow"), "wrong": ("✗", "red")}


def doctor(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Look at files, secrets, store, host keys, lists and the filter. Exit 1 where something is wrong."""
    from controller.clock import SystemClock
    from controller.health import examine
    from controller.home import Home

    findings = examine(Home(find_home(home)), SystemClock().now())
    if as_json:
        print_json([{"about": f.about, "state": f.state, "text": f.text, "todo": f.todo} for f in findings])
    else:
        for finding in findings:
            mark, colour = MARKS[finding.state]
            typer.secho(f" {mark} ", fg=colour, nl=False)
            say(f"{finding.about}: {finding.text}" + (f"\n     {finding.todo}" if finding.todo else ""))
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(FOUND_WRONG)
