"""`caretaker import calendar`: an iCalendar file as closures or lessons beside the policy; first what it would do. ●"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from controller.commands.output import FOUND_WRONG, MISUSED, fail, print_json, print_table, say
from controller.commands.remote import find_home

if TYPE_CHECKING:
    from controller.calendars.weigh import Kind, Weighed
    from controller.policy import Policy

SHOWN = 20
LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Options:
    """As they were typed."""

    kind: str
    name: str
    whom: tuple[str, ...]
    match: tuple[str, ...]
    focus: tuple[str, ...]
    first: str | None
    last: str | None
    apply: bool
    only_good: bool


def import_calendar(file: Path, options: Options, home: Path | None, *, as_json: bool) -> None:
    """Read it in a process of its own, weigh it, and with --apply write `calendars/NAME.csv` beside the policy."""
    from controller.calendars.apart import read_apart
    from controller.calendars.ics import UnreadableCalendar
    from controller.calendars.weigh import Misused, weigh
    from controller.home import Home
    from controller.policy.calendar_files import place_of
    from controller.policy.file import PolicyError, parse

    if options.kind not in ("closures", "lessons"):
        fail("what are its entries?", "Say --as closures or --as lessons.", MISUSED)
    kind: Kind = "closures" if options.kind == "closures" else "lessons"
    folder = Home(find_home(home))
    name = options.name or re.sub("[^a-z0-9_-]+", "-", file.stem.lower()).strip("-")[:63] or "calendar"
    if not re.fullmatch("[a-z0-9][a-z0-9_-]{0,62}", name):
        fail(f"{name!r} is no name for a calendar", "Use small letters, digits and hyphens, such as council.", MISUSED)
    try:
        # Without its calendars: one that is broken must be mended by importing it again.
        policy = parse(folder.policy.read_text(encoding="utf-8"), str(folder.policy)).policy
        first, last = _span(policy, options)
        found = read_apart(file.read_bytes(), policy.school.zone, first, last)
        path = place_of(folder.root, name)
        weighed = weigh(policy, found, _ask(kind, first, options), _rows(path))
    except (Misused, UnreadableCalendar) as error:
        fail(f"{file}: {error}", status=MISUSED if isinstance(error, Misused) else FOUND_WRONG)
    except (PolicyError, OSError) as error:
        fail(str(error))
    wrong = bool(weighed.problems) and not options.only_good
    done = options.apply and not wrong and bool(weighed.new or weighed.gone)
    if done:
        _write(path, kind, weighed)
    if as_json:
        print_json(_plain(weighed, name, str(path), done=done))
    else:
        _tell(weighed, kind, path, done=done, apply=options.apply)
        _say_whether_it_counts(policy, kind, name)
    raise typer.Exit(FOUND_WRONG if wrong else 0)


def _ask(kind: Kind, first: date, options: Options):  # type: ignore[no-untyped-def]
    from controller.calendars.weigh import Ask

    pairs = []
    for text in options.match:
        entry, equals, whom = text.partition("=")
        if not equals or not entry.strip():
            fail(f"--match {text!r} says nothing", "For example: --match 'Year 5=year-5'.", MISUSED)
        pairs.append((entry.strip().casefold(), whom.strip()))
    return Ask(kind, first, options.whom, tuple(pairs), options.focus)


def _span(policy: Policy, options: Options) -> tuple[date, date]:
    """From today to the end of the last term, where nothing else is said."""
    from controller.clock import SystemClock

    today = SystemClock().now().astimezone(policy.school.zone).date()
    first = _day(options.first) or today
    ends = [term.last for term in policy.terms if term.last >= first]
    last = _day(options.last) or min(max(ends, default=first + LONGEST), first + LONGEST)
    if last < first:
        fail("the last day lies before the first", "Say --from and --to.", MISUSED)
    return first, last


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fail(f"{text!r} is no day", "Write it as 2026-11-23.", MISUSED)


def _rows(path: Path) -> tuple[tuple[str, ...], ...]:
    import csv

    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(tuple(row) for row in csv.reader(file))[1:]
    except FileNotFoundError:
        return ()


def _write(path: Path, kind: Kind, weighed: Weighed) -> None:
    from controller.calendars.weigh import COLUMNS
    from controller.policy.calendar_rows import write_calendar

    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    try:
        with new.open("w", encoding="utf-8", newline="") as file:
            file.write(write_calendar(COLUMNS[kind], weighed.rows))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")


def _tell(weighed: Weighed, kind: Kind, path: Path, *, done: bool, apply: bool) -> None:
    from controller.calendars.weigh import COLUMNS

    for problem in weighed.problems[:SHOWN]:
        say(problem, fg="yellow")
    if len(weighed.problems) > SHOWN:
        say(f"… and {len(weighed.problems) - SHOWN} more; --json shows all", fg="yellow")
    columns = COLUMNS[kind][:-1]
    for what, rows in (("new", weighed.new), ("gone", weighed.gone)):
        if rows:
            say(f"{len(rows)} {what}", bold=True)
            print_table((dict(zip(columns, row, strict=False)) for row in rows[:SHOWN]), columns, "")
    say(f"{len(weighed.new)} new, {len(weighed.gone)} gone, {weighed.same} the same, {len(weighed.problems)} refused.")
    if done:
        say(f"Written: {path}")
    elif weighed.problems and apply:
        say("Nothing was written. --only-good leaves out what is wrong.")
    elif weighed.new or weighed.gone:
        say("Nothing was written yet. --apply does it.")


def _say_whether_it_counts(policy: Policy, kind: Kind, name: str) -> None:
    if policy.calendars.get(name) == kind:
        return
    others = ", ".join(f"{each}: {what}" for each, what in policy.calendars.items() if each != name)
    say(f"It counts once school.yaml names it:  calendars: {{{others + ', ' if others else ''}{name}: {kind}}}")


def _plain(weighed: Weighed, name: str, path: str, *, done: bool) -> dict[str, object]:
    return {
        "name": name,
        "path": path,
        "written": done,
        "new": weighed.new,
        "gone": weighed.gone,
        "same": weighed.same,
        "problems": weighed.problems,
    }
