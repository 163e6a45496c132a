"""`caretaker policy`: check a policy file, and the schema an editor checks it with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller.commands.options import AsJson
from controller.commands.output import DONE, FOUND_WRONG, print_json, say

app = typer.Typer(help="Check the school's policy file.", no_args_is_help=True)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The policy file, usually school.yaml.")], as_json: AsJson = False
) -> None:
    """Say everything that is wrong with a policy file, with line and what was expected. Exit 1 where something is."""
    from controller.policy.file import PolicyError, read

    try:
        loaded = read(file)
    except PolicyError as error:
        problems = error.problems
        if as_json:
            print_json({"file": str(file), "ok": False, "problems": [_row(p) for p in problems], "warnings": []})
        else:
            for problem in problems:
                say(str(problem), fg="red")
            say(f"{file}: {len(problems)} error{'s' * (len(problems) != 1)}; this file would be refused whole")
        raise typer.Exit(FOUND_WRONG) from None
    if as_json:
        print_json({"file": str(file), "ok": True, "problems": [], "warnings": [_row(w) for w in loaded.warnings]})
    else:
        for warning in loaded.warnings:
            say(f"warning: {warning}", fg="yellow")
        policy = loaded.policy
        say(
            f"{file}: good. {policy.school.name}: {len(policy.year_groups)} year groups, "
            f"{len(policy.segments)} segments, {len(policy.access_levels)} access levels, "
            f"{len(policy.timetable)} timetable slots"
        )
    raise typer.Exit(DONE)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the policy file, for editors."""
    from controller.policy import schema as policy_schema

    print_json(policy_schema.schema())


def _row(problem: object) -> dict[str, object]:
    return {name: getattr(problem, name) for name in ("file", "line", "column", "path", "message")}
