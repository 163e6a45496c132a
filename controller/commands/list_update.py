"""`caretaker lists update`: fetch and compile now, with bars on a terminal and plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from controller.commands.list_errors import the_lists
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, print_json, print_table, say

if TYPE_CHECKING:
    from controller.lists.fetch import Fetched
    from dns_filter.lists.report import ListReport

COLUMNS = ("name", "fetched", "state", "names", "problem")


def update(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Left out: every list.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Fetch lists now, due or not, and compile what changed. Exit 1 where one could not be fetched, or must wait."""
    from controller.clock import SystemClock

    with the_lists(home) as work, watching(quiet=as_json) as watch:
        sources = work.known(names or ())
        fetched = work.fetch(sources, SystemClock().now, watch.fetching)
        report = work.compile(watch.compiling)
    wanted = {source.name for source in sources}
    rows = [_row(name, fetched, report.lists) for name in _names(wanted, report.lists)]
    if as_json:
        told = {"generation": report.generation, "version": report.version, "names": report.names}
        print_json({**told, "lists": rows})
    else:
        print_table(rows, COLUMNS, "The policy names no lists.")
        say(f"{report.names} names in table {report.generation} ({report.version})")
    raise typer.Exit(FOUND_WRONG if any(row["problem"] for row in rows) else 0)


def _names(wanted: set[str], reports: tuple[ListReport, ...]) -> list[str]:
    """The lists asked for; a folder of categories by each of them."""
    compiled = [report.name for report in reports if report.name.partition("/")[0] in wanted]
    return [*compiled, *sorted(wanted - {name.partition("/")[0] for name in compiled})]


def _row(name: str, fetched: tuple[Fetched, ...], reports: tuple[ListReport, ...]) -> dict[str, Any]:
    from controller.lists.status import standing

    got = next((each for each in fetched if each.name == name.partition("/")[0]), None)
    report = next((each for each in reports if each.name == name), None)
    why = [f"{reason.kind}: {reason.detail}" for reason in report.reasons] if report else []
    problem = [got.problem] if got and got.problem else []
    return {
        "name": name,
        "fetched": "" if got is None else "failed" if got.problem else "new" if got.changed else "unchanged",
        "state": standing(report.state) if report else "not compiled",
        "names": report.names if report and report.used else 0,
        "version": report.used if report else "",
        "problem": "; ".join((*problem, *why)),
    }


class Watch(Protocol):
    """Hears how far fetching and compiling are."""

    def fetching(self, name: str, octets: int, total: int) -> None: ...
    def compiling(self, share: float, name: str) -> None: ...


@contextmanager
def watching(*, quiet: bool) -> Iterator[Watch]:
    if not sys.stderr.isatty():
        yield Lines(quiet=quiet)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[done]}"))
    # On standard error, so that a result that is passed on stays whole; gone when all is done.
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bars(progress)


class Lines:
    """One line on standard error as each list is begun."""

    def __init__(self, *, quiet: bool) -> None:
        self._said: str = ""
        self._quiet = quiet

    def fetching(self, name: str, octets: int, total: int) -> None:  # noqa: ARG002 (only that it goes on)
        self._say(f"fetching {name}")

    def compiling(self, share: float, name: str) -> None:
        self._say(f"compiling {name} ({share:.0%})")

    def _say(self, text: str) -> None:
        if text != self._said and not self._quiet:
            say(text, err=True)
        self._said = text


class Bars:
    """A bar for each list that is fetched, and one for compiling."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def fetching(self, name: str, octets: int, total: int) -> None:
        from rich.filesize import decimal

        task = self._task(f"fetching {name}")
        self._progress.update(task, completed=octets, total=total or None, done=decimal(octets))

    def compiling(self, share: float, name: str) -> None:
        task = self._task("compiling")
        done = round(share * 100)
        self._progress.update(task, completed=done, total=100, done=f"{done} %", description=f"compiling {name}")

    def _task(self, text: str) -> Any:
        if text not in self._tasks:
            self._tasks[text] = self._progress.add_task(text, total=None, done="")
        return self._tasks[text]
