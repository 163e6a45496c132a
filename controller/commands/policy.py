"""`caretaker policy`: check a policy file, and the schema an editor checks it with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import DONE, FOUND_WRONG, fail, print_json, say
from controller.commands.remote import call

app = typer.Typer(help="Check the school's policy file; try a candidate on test devices.", no_args_is_help=True)


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
def stage(
    file: Annotated[Path, typer.Argument(help="The candidate.")],
    devices: Annotated[list[str], typer.Option("--devices", "--device", help="By MAC; commas part them.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Give a candidate to test devices first. Refused where it opens what is mandatory to block, or leaks."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {error}")
    macs = [each.strip() for some in devices for each in some.split(",") if each.strip()]
    _tell(call("POST", "/policy/staged", home=home, json_body={"text": text, "devices": macs}), "staged", as_json)


@app.command()
def staged(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Which candidate is staged, for which devices, and what was proven of it."""
    _tell(call("GET", "/policy/staged", home=home), "staged", as_json)


@app.command()
def promote(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Make the staged candidate the policy of everybody, after the same questions once more."""
    _tell(call("POST", "/policy/staged/promote", home=home), "promoted: it is school.yaml now", as_json)


@app.command()
def drop(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Take the staged candidate back: test devices have the running policy again."""
    _tell(call("POST", "/policy/staged/drop", home=home), "dropped", as_json)


def _tell(found: dict[str, Any], what: str, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    say(f"{found['sha256'][:12]}: {what}, by {found['by']} for {', '.join(found['devices'])}")
    for question, answer in found["proofs"].items():
        say(f"  {question.replace('_', ' ')}: {answer}", dim=True)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the policy file, for editors."""
    from controller.policy import schema as policy_schema

    print_json(policy_schema.schema())


def _row(problem: object) -> dict[str, object]:
    return {name: getattr(problem, name) for name in ("file", "line", "column", "path", "message")}
