"""`caretaker query-log`: what one person or device asked for; erasing it, or holding it as evidence."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import fail, moment, print_json, print_table, say
from controller.commands.remote import call, part

app = typer.Typer(help="What was asked for, by whom: each look asks for a purpose.", no_args_is_help=True)
holds = typer.Typer(help="Evidence that neither retention nor an erasure takes.", no_args_is_help=True)
app.add_typer(holds, name="hold")

Whom = Annotated[str, typer.Argument(help="A person's id, a device's name, a MAC or an address.")]
PurposeOption = Annotated[str, typer.Option("--purpose", help="Why; it stands in the audit.")]
Since = Annotated[str | None, typer.Option(help="A moment such as 2026-11-24T09:00:00Z.")]
ENTRY = ("at", "device", "profile", "qname", "qtype", "code", "rule", "epoch", "latency", "times", "why", "category")
COUNT = ("begins", "profile", "code", "category", "times")
EVENT = ("at", "device", "qname", "category", "code", "times", "profile", "rule")


@app.command()
def search(
    client: Whom,
    purpose: PurposeOption,
    since: Since = None,
    until: Since = None,
    blocked: Annotated[bool | None, typer.Option("--blocked/--allowed", help="Only what was blocked, or not.")] = None,
    name: Annotated[str, typer.Option(help="Only this name and what is below it.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 500,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """What one person or device asked for within the last day, or a time that you name; the newest first."""
    body = {"client": client, "purpose": purpose, "since": since, "until": until, "blocked": blocked, "name": name}
    found = call("POST", "/query-log/searches", home=home, json_body={**_said(body), "limit": limit})
    if as_json:
        print_json(found)
        return
    now = _now()
    rows = [{**row, "at": moment(row["at"], now)} for row in found["items"]]
    print_table(
        rows,
        ("at", "qname", "qtype", "code", "category", "times", "profile", "rule"),
        "Nothing is written down.",
        ("rule", "profile", "category"),
    )
    if found["more"]:
        say(f"There is more: these are the newest {limit}.", dim=True)


@app.command()
def export(
    client: Whom,
    purpose: PurposeOption,
    out: Annotated[Path, typer.Option("--out", help="A new file, .csv or .json.")],
    home: HomeOption = None,
) -> None:
    """All that is written down of one person or device, for who asks for a copy of it."""
    found = call("POST", "/query-log/exports", home=home, json_body={"client": client, "purpose": purpose})
    _write(out, found, found["queries"], ENTRY)
    say(f"{len(found['queries'])} queries and {len(found['events'])} events written to {out}")


@app.command()
def erase(
    client: Whom,
    purpose: PurposeOption,
    events: Annotated[bool, typer.Option("--events", help="Safeguarding events as well.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Erase what is written down of one person or device, but for what is held as evidence."""
    body = {"client": client, "purpose": purpose, "events": events}
    gone = call("POST", "/query-log/erasures", home=home, json_body=body)
    if as_json:
        print_json(gone)
        return
    held = f"; {gone['held']} are held as evidence and stay" if gone["held"] else ""
    say(f"Erased: {gone['rows']} queries and {gone['events']} events{held}.")


@app.command()
def counts(
    since: Since = None,
    until: Since = None,
    by: Annotated[str, typer.Option(help="`hour` or `day`.")] = "day",
    out: Annotated[Path | None, typer.Option("--out", help="A new .csv file.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """How often what was told to whom: by profile, outcome and category, of nobody in particular."""
    found = call("GET", "/query-counts", home=home, since=since, until=until, by=by)
    if out is not None:
        _write(out, found, found["items"], COUNT)
    elif as_json:
        print_json(found)
    else:
        print_table(found["items"], COUNT, "Nothing was counted.")


@app.command()
def events(since: Since = None, until: Since = None, home: HomeOption = None, as_json: AsJson = False) -> None:
    """Blocked mandatory and harmful names; for the safeguarding lead alone."""
    found = call("GET", "/safeguarding-events", home=home, since=since, until=until)
    if as_json:
        print_json(found)
        return
    now = _now()
    print_table(
        [{**row, "at": moment(row["at"], now)} for row in found["items"]], EVENT, "No events.", ("rule", "profile")
    )


@holds.command("make")
def make_hold(
    client: Whom, purpose: PurposeOption, since: Since = None, until: Since = None, home: HomeOption = None
) -> None:
    """Keep what this person or device asked for, from now on and what is still there."""
    body = _said({"client": client, "purpose": purpose, "since": since, "until": until})
    made = call("POST", "/evidence-holds", home=home, json_body=body)
    say(f"{made['id']}: {made['rows']} rows, sealed by SHA-256 {made['sha256']}")


@holds.command("list")
def list_holds(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Every hold that is in force."""
    found = call("GET", "/evidence-holds", home=home)["items"]
    if as_json:
        print_json(found)
    else:
        print_table(found, ("id", "subject", "since", "until", "rows", "by", "reason"), "Nothing is held.")


@holds.command("export")
def export_hold(
    hold: Annotated[str, typer.Argument(help="Such as hold-1.")],
    purpose: PurposeOption,
    out: Annotated[Path, typer.Option("--out", help="A new file, .csv or .json.")],
    home: HomeOption = None,
) -> None:
    """Every row that is held, for those who look into it."""
    found = call("POST", f"/evidence-holds/{part(hold)}/export", home=home, json_body={"purpose": purpose})
    _write(out, found, found["queries"], ENTRY)
    say(f"{len(found['queries'])} queries and {len(found['events'])} events written to {out}")


@holds.command()
def release(
    hold: Annotated[str, typer.Argument(help="Such as hold-1.")], purpose: PurposeOption, home: HomeOption = None
) -> None:
    """End a hold: what it held is gone with it."""
    gone = call("POST", f"/evidence-holds/{part(hold)}/release", home=home, json_body={"purpose": purpose})
    say(f"{gone['id']} is released; it held {gone['rows']} rows")


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value not in (None, "")}


def _write(out: Path, whole: Any, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """For its owner alone, and never over a file that is there."""
    import json

    from controller.query_log.csv_text import as_csv

    text = as_csv(rows, columns) if out.suffix == ".csv" else json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="") as file:
            file.write(text)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}", "Name a file that is not there yet.")


def _now() -> Any:
    from controller.clock import SystemClock

    return SystemClock().now()
