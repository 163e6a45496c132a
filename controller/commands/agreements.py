"""`caretaker agreements`: who has signed, who must sign again, and the forms of a round."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import fail, moment, print_json, print_table, say
from controller.commands.remote import call

app = typer.Typer(help="Acceptable-use agreements: list, record, import.", no_args_is_help=True)
COLUMNS = ("person", "name", "group", "agreed", "missing", "runs_out")


@app.command("list")
def list_(
    agreed: Annotated[Literal["signed", "missing", "declined"] | None, typer.Option(help="Only who stands so.")] = None,
    due: Annotated[int | None, typer.Option(help="Only who must sign again within so many days.")] = None,
    group: Annotated[str | None, typer.Option(help="Only of this year group or role.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Everybody whom the policy asks for a signature, and where each stands."""
    found = call("GET", "/agreements", home=home, agreed=agreed, runs_out_within=due, group=group, limit=500)
    if as_json:
        print_json(found)
        return
    print_table(map(_row, found["items"]), COLUMNS, "Nobody: the policy asks nobody who fits for a signature.")
    if (more := found["total"] - len(found["items"])) > 0:
        say(f"… and {more} more; --group or --agreed shows fewer.")


@app.command()
def record(
    person: Annotated[str, typer.Argument(help="The id of the person it is about.")],
    signer: Annotated[Literal["pupil", "guardian", "staff"], typer.Argument(help="Who signed.")],
    version: Annotated[str, typer.Option(help="Which agreement: the year, or its title.")],
    declined: Annotated[bool, typer.Option("--declined", help="The form came back with a no.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Signed online; left out: on paper.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Record one form that came back today."""
    means = "online" if online else "paper"
    form = {"person": person, "signer": signer, "version": version, "means": means, "declined": declined}
    _recorded(call("POST", "/agreements", home=home, json_body={"signatures": [form]}), as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: person, signer, version, signed_on, means, answer, ends_on.")],
    only_good: Annotated[bool, typer.Option("--only-good", help="Leave out lines with mistakes.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Record the forms of a round. With a mistake in any line nothing is recorded, unless --only-good."""
    from controller.agreement_csv import Form, read_forms

    try:
        found = read_forms(file.read_bytes(), file.name)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}", "Give the path of a CSV file.")
    for problem in found.problems:
        say(str(problem), err=True)
    if found.problems and not only_good:
        fail(f"{len(found.problems)} lines have mistakes; nothing was recorded", "Mend them, or use --only-good.")

    def body(form: Form) -> dict[str, Any]:
        named = {"person": form.person, "signer": form.signer.value, "version": form.version, "means": form.means}
        ends = form.ends.isoformat() if form.ends else None
        return {**named, "signed_at": form.signed_at.isoformat(), "declined": form.declined, "ends": ends}

    forms, recorded = [body(form) for form in found.values], 0
    for start in range(0, len(forms), 1000):
        ask = {"signatures": forms[start : start + 1000]}
        recorded += call("POST", "/agreements", home=home, json_body=ask)["recorded"]
    _recorded({"recorded": recorded}, as_json)


def _recorded(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        count = told["recorded"]
        say(f"{count} {'signature' if count == 1 else 'signatures'} recorded." if count else "Known already.")


def _row(each: dict[str, Any]) -> dict[str, Any]:
    from controller.clock import SystemClock

    ends = moment(each["runs_out"], SystemClock().now()) if each["runs_out"] else ""
    return {**each, "missing": ", ".join(each["missing"]), "runs_out": ends}
