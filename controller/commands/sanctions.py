"""`caretaker sanctions`: what was taken from whom, until when, and giving it back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, moment, print_json, print_table
from controller.commands.remote import call, part

app = typer.Typer(help="Sanctions: see, impose, approve, appeal, end.", no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(help="The id of a sanction, such as s3.")]
COLUMNS = ("id", "who", "uses", "until", "by", "approved_by", "reason")


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    review_within: Annotated[int | None, typer.Option(help="Only those to be looked at again within days.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """What is in force now; with --all also what is over, and since when access is back."""
    found = call("GET", "/sanctions", home=home, running=not everything, limit=500, review_within=review_within)
    if as_json:
        print_json(found)
    else:
        print_table(map(_row, found["items"]), COLUMNS, "No sanction is in force.", ("approved_by",))


@app.command()
def impose(
    reason: Annotated[str, typer.Argument(help="What happened.")],
    person: Annotated[str | None, typer.Option(help="The id of a person.")] = None,
    mac: Annotated[str | None, typer.Option(help="The MAC address of a device.")] = None,
    use: Annotated[
        list[str] | None, typer.Option(help="internet (all of it), a category such as webmail, or service:tiktok.")
    ] = None,
    days: Annotated[int | None, typer.Option(help="For how many days.")] = None,
    review_on: Annotated[str | None, typer.Option(help="Open-ended: the day it is looked at again.")] = None,
    keep: Annotated[list[str] | None, typer.Option(help="Site lists that stay open in lessons.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Take the internet, or one kind of use, from a person or a device."""
    if (person is None) == (mac is None):
        fail("expected either --person or --mac", "For example: --person child-5-01 --use webmail --days 7", MISUSED)
    if days is None and review_on is None:
        fail("expected --days, or --review-on for an open-ended one", "For example: --days 7", MISUSED)
    ask = {"person": person, "mac": mac, "uses": use, "days": days, "review_on": review_on, "keep": keep}
    given = {key: value for key, value in ask.items() if value is not None}
    _say(call("POST", "/sanctions", home=home, json_body={**given, "reason": reason}), as_json)


@app.command()
def approve(sanction: IdArgument, home: HomeOption = None, as_json: AsJson = False) -> None:
    """The second person's word: it may last longer than one person alone decides."""
    _say(call("POST", f"/sanctions/{part(sanction)}/approve", home=home), as_json)


@app.command()
def appeal(
    sanction: IdArgument,
    text: Annotated[str, typer.Argument(help="What the child or its family says.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Note an appeal. It changes nothing by itself."""
    _say(call("POST", f"/sanctions/{part(sanction)}/appeal", home=home, json_body={"text": text}), as_json)


@app.command()
def end(
    sanction: IdArgument,
    reason: Annotated[str, typer.Argument(help="Why it is over.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Give the access back now."""
    _say(call("POST", f"/sanctions/{part(sanction)}/end", home=home, json_body={"reason": reason}), as_json)


def _say(sanction: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(sanction)
    else:
        print_table([_row(sanction)], COLUMNS, "", ("approved_by",))


def _row(sanction: dict[str, Any]) -> dict[str, Any]:
    from controller.clock import SystemClock

    until = sanction["in_force_until"]
    shown = moment(until, SystemClock().now()) if until else f"review on {sanction['review_on']}"
    if sanction["lapses"]:
        shown += " unless approved"
    return {
        **sanction,
        "who": sanction["person"] or sanction["mac"],
        "uses": ", ".join(sanction["uses"]),
        "until": _over(sanction) if not sanction["running"] else shown,
    }


def _over(sanction: dict[str, Any]) -> str:
    from controller.clock import SystemClock

    back = sanction["back"]
    if back is None:
        return "ended; not proven yet that access is back"
    return f"ended; back since {moment(back['back_at'], SystemClock().now())} (epoch {back['epoch']})"
