"""`caretaker windows`: what is open, and opening, extending and ending a lesson."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, moment, print_json, print_table, say
from controller.commands.remote import call, part

app = typer.Typer(help="Lessons: see, open, extend, end.", no_args_is_help=True)
WindowOrGroup = Annotated[str, typer.Argument(help="A window's id (w17), or for whom it is where only one is open.")]
COLUMNS = ("id", "whom", "until", "opened_by", "why")


@app.command("list")
def list_(home: HomeOption = None, as_json: AsJson = False) -> None:
    """What is open now, and until when."""
    found = call("GET", "/windows", home=home)
    if as_json:
        print_json(found)
    else:
        print_table(
            map(_row, found["items"]),
            COLUMNS,
            "No lesson is open. `caretaker windows open year-5 --minutes 30`",
            ("opened_by",),
        )


@app.command("open")
def open_(
    group: Annotated[str | None, typer.Argument(help="A year group of the policy, such as year-5.")] = None,
    minutes: Annotated[int | None, typer.Option(help="How long.")] = None,
    until: Annotated[str | None, typer.Option(help="`bell`, `lesson`, or a moment with time zone.")] = None,
    why: Annotated[str, typer.Option(help="What the lesson is about.")] = "",
    focus: Annotated[list[str] | None, typer.Option(help="Only these site lists of the policy.")] = None,
    kind: Annotated[
        Literal["open", "exam", "pause"], typer.Option(help="exam: only the sites of --focus; pause: everything off.")
    ] = "open",
    school_class: Annotated[str | None, typer.Option("--class", help="Only this class of the policy.")] = None,
    room: Annotated[str | None, typer.Option(help="Whoever is in this room.")] = None,
    device: Annotated[list[str] | None, typer.Option(help="Only these devices, by MAC.")] = None,
    opens_at: Annotated[str | None, typer.Option("--from", help="A moment with time zone; left out: now.")] = None,
    repeat_until: Annotated[str | None, typer.Option(help="Every week up to this day, such as 2026-12-17.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Open a lesson for a year group, a class, a room or devices. It ends by itself."""
    whom = {"group": group, "school_class": school_class, "room": room, "devices": device or []}
    if not any(whom.values()):
        fail("nobody is named", "For example: year-5, --class 5b, --room hall or --device 3c:22:fb:05:00:11.", MISUSED)
    ask = {**whom, **_ends(minutes, until), "why": why, "focus": focus or [], "kind": kind}
    ask |= {"opens_at": opens_at, "repeat_until": repeat_until}
    _say(call("POST", "/windows", home=home, json_body=ask), "open", as_json)


@app.command()
def extend(
    window: WindowOrGroup,
    minutes: Annotated[int | None, typer.Option(help="How much longer.")] = None,
    until: Annotated[str | None, typer.Option(help="`bell`, `lesson`, or a moment with time zone.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Let a lesson last longer."""
    path = f"/windows/{part(_id_of(window, home))}"
    _say(call("PATCH", path, home=home, json_body=_ends(minutes, until)), "open", as_json)


@app.command()
def end(window: WindowOrGroup, home: HomeOption = None, as_json: AsJson = False) -> None:
    """End a lesson now; of a series (s17) the one that is open and all to come."""
    if re.fullmatch("s[0-9]+", window):
        ended = call("POST", f"/windows/series/{part(window)}/end", home=home)["items"]
        print_json(ended) if as_json else say(f"{window}: ended, {len(ended)} windows in all")
        return
    _say(call("POST", f"/windows/{part(_id_of(window, home))}/end", home=home), "ended", as_json)


@app.command()
def show(window: WindowOrGroup, home: HomeOption = None, as_json: AsJson = False) -> None:
    """How far a lesson got at each enforcement point."""
    found = call("GET", f"/windows/{part(_id_of(window, home))}", home=home)
    if as_json:
        print_json(found)
        return
    print_table([_row(found)], COLUMNS, "")
    typer.echo()
    print_table(found["progress"], ("point", "reach", "detail", "ends_by_itself"), "no enforcement point is concerned")


def _ends(minutes: int | None, until: str | None) -> dict[str, Any]:
    if (minutes is None) == (until is None):
        fail("expected either --minutes or --until", "For example: --minutes 30, or --until bell.", MISUSED)
    return {"minutes": minutes} if minutes is not None else {"until": until}


def _id_of(text: str, home: Any) -> str:
    """An id as it stands; of a year group the window that a person opened for it."""
    open_now = call("GET", "/windows", home=home)["items"]
    if any(each["id"] == text for each in open_now):
        return text
    of_group = [each for each in open_now if each["whom"] == text and not each["by_timetable"]]
    of_group = of_group or [each for each in open_now if each["whom"] == text]
    if len(of_group) > 1:
        ids = ", ".join(each["id"] for each in of_group)
        fail(f"several lessons are open for {text}", f"Name one of them: {ids}", MISUSED)
    return str(of_group[0]["id"]) if of_group else text


def _say(window: dict[str, Any], what: str, as_json: bool) -> None:
    if as_json:
        print_json(window)
    else:
        row = _row(window)
        series = f", every week as {row['series']}" if row["series"] else ""
        say(f"{row['id']}: {row['whom']} is {what}" + (f" until {row['until']}{series}" if what == "open" else ""))


def _row(window: dict[str, Any]) -> dict[str, Any]:
    from controller.clock import SystemClock

    return {**window, "until": moment(window["closes_at"], SystemClock().now())}
