"""`caretaker replay`: what a policy would have changed, had it been in force on the days of the query log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, print_json, print_table, say
from controller.commands.remote import find_home

if TYPE_CHECKING:
    from controller.home import Home
    from controller.policy import Policy
    from controller.query_log import Span
    from controller.replay import Change, LostLesson, Report

COLUMNS = ("group", "name", "change", "was", "becomes", "times")


def replay(
    policy: Annotated[Path, typer.Option("--policy", exists=True, dir_okay=False, help="The candidate.")],
    day: Annotated[str | None, typer.Option(help="A day such as 2026-11-24; left out: yesterday.")] = None,
    since: Annotated[str | None, typer.Option(help="Instead: from this moment, such as 2026-11-24T09:00Z…")] = None,
    until: Annotated[str | None, typer.Option(help="…up to this one; left out: now.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most so many changes.")] = 40,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Which names would change their verdict for which groups, and which lessons would lose access.

    Exit status 1 where the policy may never come into force: it would open what is mandatory to block.
    """
    from controller.home import Home
    from controller.policy.file import PolicyError, read
    from controller.settings import SettingsError
    from controller.store import StoreError

    where = Home(find_home(home))
    try:
        report = _replayed(where, read(where.policy).policy, read(policy).policy, day, since, until)
    except ValueError as error:
        fail(str(error), status=MISUSED)
    except (PolicyError, SettingsError, StoreError, OSError, sqlite3.Error) as error:
        fail(str(error))
    if as_json:
        print_json(_plain(report))
    else:
        _print(report, limit)
    raise typer.Exit(FOUND_WRONG if report.refused else 0)


def _replayed(
    home: Home, policy: Policy, candidate: Policy, day: str | None, since: str | None, until: str | None
) -> Report:
    from rich.console import Console
    from rich.progress import Progress

    from controller.clock import SystemClock
    from controller.query_log.files import QueryLogFiles
    from controller.replay.judge import Replay
    from controller.replay.logged import logged, rows_in
    from controller.replay.sides import sides
    from controller.settings import read_settings
    from controller.store import Store
    from dns_filter.generations import open_current

    span, files = _span(policy, day, since, until, SystemClock().now()), QueryLogFiles.of(home)
    with Store.open(read_settings(home).database_url(home)) as store:
        windows = store.windows(span.since, span.until)
        rules = store.inventory().site_rules  # by both policies: a candidate changes none of them
    with open_current(home.names) as names, Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("queries", total=rows_in(files, span))
        both = sides(policy, candidate, windows, names, span.since, span.until, rules=rules)
        run = Replay(both)
        flips = sorted({flip for each in both for flip in each.flips})
        run.take(logged(files, span, flips, lambda rows: progress.advance(bar, rows)))
        return run.report(policy, candidate)


def _span(policy: Policy, day: str | None, since: str | None, until: str | None, now: datetime) -> Span:
    """Raises ValueError with what was expected."""
    from controller.query_log import Span

    zone = policy.school.zone
    if since is not None or until is not None:
        if day is not None or since is None:
            raise ValueError("expected either --day, or --since and perhaps --until")
        begin = _moment(since).astimezone(now.tzinfo)
        end = _moment(until).astimezone(now.tzinfo) if until else now
    else:
        wanted = datetime.fromisoformat(day).date() if day else now.astimezone(zone).date() - timedelta(days=1)
        begin = datetime.combine(wanted, time(), zone).astimezone(now.tzinfo)
        end = datetime.combine(wanted + timedelta(days=1), time(), zone).astimezone(now.tzinfo)
    if not begin < end <= begin + timedelta(days=400):
        raise ValueError("expected an end after the beginning, by 400 days at most")
    return Span(begin, end)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"expected a moment with its zone, such as {text}Z")
    return found


def _print(report: Report, limit: int) -> None:
    span = f"{report.since:%d %b %H:%M} to {report.until:%d %b %H:%M} UTC"
    say(f"{report.judged:,} of {report.queries:,} queries judged, {span}.")
    for note in _asides(report):
        say(note, dim=True)
    ways = {way: [each for each in report.changes if each.way == way] for way in ("closes", "opens", "otherwise")}
    for way, changes in ways.items():
        if changes:
            names = len({each.name for each in changes})
            say(f"\n{names} names change ({way}); {sum(each.times for each in changes):,} queries", bold=True)
            print_table(map(_row, changes[:limit]), COLUMNS, "")
    if not report.changes:
        say("No name would be told anything else.")
    if report.lessons:
        say("\nLessons that lose access", bold=True)
        print_table(map(_lesson, report.lessons[:limit]), ("group", "lesson", "names", "times", "such_as"), "")
    if report.refused:
        say(f"\nRefused: {report.refused}", fg="red", bold=True)


def _asides(report: Report) -> Iterable[str]:
    yield from report.notes
    if report.nameless:
        yield f"{report.nameless:,} queries were written down without their name."
    if report.unplaced:
        yield f"{report.unplaced:,} queries were asked under profiles that no group has by the policy in force."


def _row(change: Change) -> dict[str, Any]:
    return {
        "group": change.group,
        "name": change.name,
        "change": change.way.value,
        "was": f"{change.was.code}: {change.was.rule}",
        "becomes": f"{change.becomes.code}: {change.becomes.rule}",
        "times": change.times,
    }


def _lesson(lost: LostLesson) -> dict[str, Any]:
    some = ", ".join(list(lost.names)[:5])
    times = sum(lost.names.values())
    return {"group": lost.group, "lesson": lost.lesson, "names": len(lost.names), "times": times, "such_as": some}


def _plain(report: Report) -> dict[str, Any]:
    return {
        **{name: getattr(report, name) for name in ("since", "until", "queries", "judged", "nameless", "unplaced")},
        "refused": report.refused,
        "notes": list(report.notes),
        "changes": [_row(each) for each in report.changes],
        "lessons": [{"group": each.group, "lesson": each.lesson, "names": dict(each.names)} for each in report.lessons],
    }
