"""`caretaker timetable`: what is planned, as a table and as an iCalendar file."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, print_json, print_table, say
from controller.commands.remote import find_home

if TYPE_CHECKING:
    from controller.policy import Policy

app = typer.Typer(help="What the policy plans: lessons, exam periods, closed days.", no_args_is_help=True)
First = Annotated[str | None, typer.Option("--from", help="A day such as 2026-11-23; left out: today.")]
Last = Annotated[str | None, typer.Option("--to", help="The last day; left out: a week, or a year for a file.")]
COLUMNS = ("day", "from", "to", "whom", "what", "rule")


@app.command()
def show(first: First = None, last: Last = None, home: HomeOption = None, as_json: AsJson = False) -> None:
    """Day by day: which lessons take place, and why a day is closed."""
    from controller.school_days import why_closed
    from controller.timetable import lesson_windows

    policy = _policy(home)
    begins, ends = _span(policy, first, last, timedelta(days=6))
    zone = policy.school.zone
    windows = lesson_windows(policy, *_moments(policy, begins, ends))
    rows = [
        {
            "day": f"{window.opens_at.astimezone(zone):%a %d %b}",
            "from": f"{window.opens_at.astimezone(zone):%H:%M}",
            "to": f"{window.closes_at.astimezone(zone):%H:%M}",
            "whom": window.whom,
            "what": window.why,
            "rule": window.rule,
        }
        for window in windows
    ]
    days = (begins + timedelta(days=number) for number in range((ends - begins).days + 1))
    closed = {day.isoformat(): why for day in days if day.weekday() < 5 and (why := why_closed(policy, day))}
    if as_json:
        print_json({"lessons": rows, "closed": closed})
        return
    print_table(rows, COLUMNS, "Nothing is planned on these days.", ("rule",))
    for day, why in closed.items():
        say(f"{day}: closed, {why}", dim=True)


@app.command()
def export(
    file: Annotated[Path | None, typer.Option("--ics", help="Where to write it; left out: standard output.")] = None,
    first: First = None,
    last: Last = None,
    home: HomeOption = None,
) -> None:
    """The timetable as an iCalendar file for the calendars of staff; a year from today where nothing is said."""
    from controller.calendars.export import calendar_of
    from controller.clock import SystemClock

    policy = _policy(home)
    begins, ends = _span(policy, first, last, timedelta(days=365))
    try:
        octets = calendar_of(policy, begins, ends, SystemClock().now())
    except ValueError as error:
        fail(str(error), status=MISUSED)
    if file is None:
        typer.echo(octets.decode(), nl=False)
        return
    try:
        file.write_bytes(octets)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}")
    say(f"Timetable: {file}")


def _policy(home: Path | None) -> Policy:
    from controller.policy.file import PolicyError, read

    path = find_home(home) / "school.yaml"
    try:
        return read(path).policy
    except (PolicyError, OSError) as error:
        fail(str(error), f"caretaker policy check {path}")


def _span(policy: Policy, first: str | None, last: str | None, usual: timedelta) -> tuple[date, date]:
    from controller.clock import SystemClock

    try:
        begins = date.fromisoformat(first) if first else SystemClock().now().astimezone(policy.school.zone).date()
        ends = date.fromisoformat(last) if last else begins + usual
    except ValueError as error:
        fail(str(error), "Write days as 2026-11-23.", MISUSED)
    if not timedelta() <= ends - begins <= timedelta(days=800):
        fail("expected a last day from the first on, at most 800 days later", status=MISUSED)
    return begins, ends


def _moments(policy: Policy, first: date, last: date) -> tuple[Any, Any]:
    zone = policy.school.zone
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
