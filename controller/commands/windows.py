"""`caretaker windows`: what is open, and opening, extending and ending a lesson."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, moment, print_json, print_table, say
from controller.commands.remote import call, part

app = typer.Typer(help="Lessons: see, open, extend, end.", no_args_is_help=True)
Group = Annotated[str, typer.Argument(help="A year group of the policy, such as year-5.")]
WindowOrGroup = Annotated[str, typer.Argument(help="A window's id (w17) or a year group with one open lesson.")]
COLUMNS = ("id", "group", "until", "opened_by", "why")


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
    group: Group,
    minutes: Annotated[int | None, typer.Option(help="How long.")] = None,
    until: Annotated[str | None, typer.Option(help="`bell`, `lesson`, or a moment with time zone.")] = None,
    why: Annotated[str, typer.Option(help="What the lesson is about.")] = "",
    focus: Annotated[list[str] | None, typer.Option(help="Only these site lists of the policy.")] = None,
    kind: Annotated[
        Literal["open", "exam", "pause"], typer.Option(help="exam: only the sites of --focus; pause: everything off.")
    ] = "open",
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Open a lesson for a year group. It ends by itself."""
    ask = {"group": group, **_ends(minutes, until), "why": why, "focus": focus or [], "kind": kind}
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
    """End a lesson now."""
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
    of_group = [each for each in open_now if each["group"] == text and not each["by_timetable"]]
    of_group = of_group or [each for each in open_now if each["group"] == text]
    if len(of_group) > 1:
        ids = ", ".join(each["id"] for each in of_group)
        fail(f"several lessons are open for {text}", f"Name one of them: {ids}", MISUSED)
    return str(of_group[0]["id"]) if of_group else text


def _say(window: dict[str, Any], what: str, as_json: bool) -> None:
    if as_json:
        print_json(window)
    else:
        row = _row(window)
        say(f"{row['id']}: {row['group']} is {what}" + (f" until {row['until']}" if what == "open" else ""))


def _row(window: dict[str, Any]) -> dict[str, Any]:
    from controller.clock import SystemClock

    return {**window, "until": moment(window["closes_at"], SystemClock().now())}
