"""`caretaker policy`: check a policy file; try one on test devices; go back to one that was in force."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.clock import SystemClock
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import DONE, FOUND_WRONG, fail, moment, print_json, print_table, say
from controller.commands.remote import call

app = typer.Typer(
    help="Check the school's policy file; try a candidate on test devices; go back.", no_args_is_help=True
)


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
def history(
    show: Annotated[int | None, typer.Option(metavar="NUMBER", help="Print the text of this one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 20,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """The policies that were in force, the newest first; all of them are kept."""
    if show is not None:
        found = call("GET", f"/policy/history/{show}", home=home)
        print_json(found) if as_json else say(found["text"].removesuffix("\n"))
        return
    rows = call("GET", f"/policy/history?limit={limit}", home=home)["items"]
    if as_json:
        print_json(rows)
        return
    now = SystemClock().now()
    shown = (
        {
            "number": row["number"],
            "since": moment(row["at"], now),
            "policy": row["sha256"][:12],
            "": "in force" if row["running"] else "",
        }
        for row in rows
    )
    print_table(shown, ("number", "since", "policy", ""), "No policy was in force yet.")


@app.command()
def undo(
    to: Annotated[int | None, typer.Option(metavar="NUMBER", help="Go back to this one, not just one step.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Bring back the policy that was in force before. What would change is shown first; undo again to return.

    It is asked what a candidate is asked, and refused where it would open what the running one has to block.
    """
    rows = call("GET", "/policy/history?limit=2", home=home)["items"]
    if len(rows) < 2 and to is None:
        fail("There is no policy before the one in force", "caretaker policy history shows those that are kept.")
    number = rows[1]["number"] if to is None else to
    new = call("GET", f"/policy/history/{number}", home=home)["text"]
    old = call("GET", f"/policy/history/{rows[0]['number']}", home=home)["text"]
    for line in unified_diff(old.splitlines(), new.splitlines(), "in force", f"number {number}", lineterm="", n=1):
        say(line, err=True)
    if not yes and not typer.confirm("Bring it back for everybody?", err=True):
        raise typer.Exit(FOUND_WRONG)
    body = {"running": rows[0]["sha256"]}
    found = call("POST", f"/policy/history/{number}/restore", home=home, json_body=body)
    if as_json:
        print_json(found)
        return
    say(f"{found['sha256'][:12]}: number {number} is school.yaml again")
    _say_proofs(found["proofs"])


@app.command()
def drop(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Take the staged candidate back: test devices have the running policy again."""
    _tell(call("POST", "/policy/staged/drop", home=home), "dropped", as_json)


def _tell(found: dict[str, Any], what: str, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    say(f"{found['sha256'][:12]}: {what}, by {found['by']} for {', '.join(found['devices'])}")
    _say_proofs(found["proofs"])


def _say_proofs(proofs: dict[str, Any]) -> None:
    for question, answer in proofs.items():
        say(f"  {question.replace('_', ' ')}: {answer}", dim=True)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the policy file, for editors."""
    from controller.policy import schema as policy_schema

    print_json(policy_schema.schema())


def _row(problem: object) -> dict[str, object]:
    return {name: getattr(problem, name) for name in ("file", "line", "column", "path", "message")}
