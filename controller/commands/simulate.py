"""`caretaker simulate`: who is open when in the coming week, and what a candidate policy would change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, print_json, print_table, say
from controller.commands.remote import call, find_home, running

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from controller.model import AccessWindow
    from controller.policy import Policy
    from controller.simulate import Difference, Span

WEEK = ("day", "from", "to", "group", "level", "why")
CHANGES = ("day", "from", "to", "group", "effect", "was", "becomes")


def simulate(
    candidate: Annotated[Path | None, typer.Option("--policy", help="A candidate to hold against the policy.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="A day such as 2026-11-23; left out: today.")] = None,
    weeks: Annotated[int, typer.Option("--weeks", "--week", min=1, max=4, help="How many weeks.")] = 1,
    group: Annotated[str | None, typer.Option(help="Only this year group or role.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Also write an SVG picture to this file.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """The coming week as a table: who is open when, and with --policy which lessons would gain or lose access.

    Lessons of the timetable, and the windows that are open now where a controller runs.
    """
    from controller.clock import SystemClock
    from controller.simulate import differences, first_moment, week

    folder = find_home(home)
    policy = _read(folder / "school.yaml")
    zone = policy.school.zone
    begins = first_moment(policy, _day(first) or SystemClock().now().astimezone(zone).date())
    ends = first_moment(policy, begins.astimezone(zone).date() + timedelta(weeks=weeks))
    windows = _open_now(home)
    now = _chosen(week(policy, windows, begins, ends), group)
    other = _chosen(week(_read(candidate), windows, begins, ends), group) if candidate else None
    changes = differences(now, other) if other is not None else ()
    if picture is not None:
        _draw(picture, other if other is not None else now, zone, policy.school.name, changes)
    if as_json:
        print_json({"spans": [_plain(span) for spans in now.values() for span in spans], "changes": _told(changes)})
        return
    if candidate is None:
        print_table(_rows(now.values(), zone), WEEK, "Nobody is open at any hour of these days.", ("why",))
    else:
        print_table(_changed(changes, zone), CHANGES, "Both policies say the same at every moment.", ("was",))
    if picture is not None:
        say(f"Picture: {picture}")


def _read(path: Path) -> Policy:
    from controller.policy.file import PolicyError, read

    try:
        return read(path).policy
    except (PolicyError, OSError) as error:
        fail(str(error), f"caretaker policy check {path}")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        fail(f"{text!r} is no day", "Write it as 2026-11-23.", MISUSED)


def _open_now(home: Path | None) -> tuple[AccessWindow, ...]:
    """Windows that people opened; without a controller there are none to be known."""
    from datetime import datetime

    from controller.model import AccessWindow, WindowKind

    if running(home) is None:
        return ()
    found = [each for each in call("GET", "/windows", home=home)["items"] if not each["by_timetable"]]
    return tuple(
        AccessWindow(
            each["id"],
            each["group"],
            datetime.fromisoformat(each["opens_at"]),
            datetime.fromisoformat(each["closes_at"]),
            each["opened_by"],
            each["why"],
            each["level"],
            tuple(each["focus"]),
            each["rule"],
            each["ended_by"],
            tuple(each["clauses"]),
            WindowKind(each["kind"]),
        )
        for each in found
    )


def _chosen(weeks: Any, group: str | None) -> Any:
    if group is not None and group not in weeks:
        fail(f"the policy knows no year group or role {group!r}", f"It knows: {', '.join(weeks)}.", MISUSED)
    return {name: spans for name, spans in weeks.items() if group in (None, name)}


def _rows(weeks: Iterable[tuple[Span, ...]], zone: ZoneInfo) -> Iterable[dict[str, Any]]:
    spans = sorted((s for spans in weeks for s in spans if s.internet), key=lambda s: (s.begins, s.group))
    for span in spans:
        yield {**_when(span, zone), "group": span.group, "level": span.level, "why": span.why}


def _changed(changes: Iterable[Difference], zone: ZoneInfo) -> Iterable[dict[str, Any]]:
    for each in changes:
        was, becomes = (_level(span) for span in (each.was, each.becomes))
        yield {**_when(each, zone), "group": each.group, "effect": each.effect.value, "was": was, "becomes": becomes}


def _level(span: Span | None) -> str:
    if span is None:
        return "not in it"
    return span.level if span.internet else "closed"


def _when(span: Span | Difference, zone: ZoneInfo) -> dict[str, str]:
    begins, ends = span.begins.astimezone(zone), span.ends.astimezone(zone)
    later = f"{ends:%a %d %b %H:%M}" if (ends - begins) >= timedelta(days=1) else f"{ends:%H:%M}"
    return {"day": f"{begins:%a %d %b}", "from": f"{begins:%H:%M}", "to": later}


def _plain(span: Span) -> dict[str, Any]:
    return {name: getattr(span, name) for name in ("group", "begins", "ends", "internet", "level", "why")}


def _told(changes: Iterable[Difference]) -> list[dict[str, Any]]:
    return [
        {
            "group": each.group,
            "begins": each.begins,
            "ends": each.ends,
            "effect": each.effect.value,
            "was": _plain(each.was) if each.was else None,
            "becomes": _plain(each.becomes) if each.becomes else None,
        }
        for each in changes
    ]


def _draw(path: Path, weeks: Any, zone: ZoneInfo, school: str, changes: tuple[Difference, ...]) -> None:
    from controller.week_picture import picture

    try:
        path.write_text(picture(weeks, zone, f"{school}: who is open when", changes))
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")
