"""`caretaker lists`: what the block lists hold, how they stand, and how a file is read."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from controller.commands import list_update, list_versions
from controller.commands.list_errors import the_lists
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, moment, print_json, print_table, say

if TYPE_CHECKING:
    from datetime import datetime

    from controller.lists.status import ListStatus
    from controller.lists.verdicts import NameVerdicts

COLUMNS = ("name", "category", "state", "names", "version", "fetched", "next_refresh")
SPARE = ("version", "next_refresh", "fetched")
MOST_INVALID = 1_000_000

app = typer.Typer(
    help="Block lists: fetch, look at, accept, go back, and what a file is read as.", no_args_is_help=True
)
app.command()(list_update.update)


@app.command()
def status(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Every list: how it stands, its names and version, when it was fetched and is again, and what is wrong with it."""
    from controller.clock import SystemClock
    from dns_filter.compile_lists import status as compiled

    with the_lists(home) as work:
        found, report = work.statuses(), compiled(work.home.names)
    if not found and report is None:
        fail("no lists have been compiled yet", "Name some under `lists:` in the policy; `caretaker up` compiles them.")
    if as_json:
        told = report.model_dump(mode="json", include={"generation", "version", "names", "octets"}) if report else {}
        print_json({**told, "lists": [{**asdict(each), "quarantined": each.quarantined} for each in found]})
        return
    now = SystemClock().now()
    print_table([_row(each, now) for each in found], COLUMNS, "The policy names no lists.", SPARE)
    for each in found:
        if each.problem:
            say(f"{each.name}: {each.problem}", fg="yellow")
        if each.quarantined:
            say(f"  Look at it: caretaker lists diff {each.name}")


def _row(each: ListStatus, now: datetime) -> dict[str, Any]:
    after = each.next_refresh.isoformat() if each.next_refresh else None
    fetched = each.fetched.isoformat() if each.fetched else None
    return {**asdict(each), "fetched": moment(fetched, now), "next_refresh": moment(after, now)}


app.command()(list_versions.diff)
app.command()(list_versions.accept)
app.command()(list_versions.rollback)


@app.command("test")
def verdict(
    name: Annotated[str, typer.Argument(help="A site's name such as bbc.co.uk, or its whole address.")],
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Say which lists hold a name and by which entry, what protects it, and what each access level does with it."""
    from controller.clock import SystemClock
    from controller.lists.verdicts import verdicts
    from dns_filter.generations import open_current
    from dns_filter.names import to_wire

    try:
        asked = to_wire(urlsplit(name).hostname or "" if "://" in name else name)
    except ValueError as error:
        fail(str(error), status=MISUSED)
    with the_lists(home) as work, open_current(work.home.names) as names:
        found = verdicts(work.policy, names, asked, SystemClock().now())
    if as_json:
        print_json(asdict(found))
    else:
        _show(found)


def _show(found: NameVerdicts) -> None:
    rows = [asdict(each) for each in found.lists]
    print_table(rows, ("list", "categories", "entry", "version", "date"), f"No list holds {found.name}.", ("date",))
    for each in found.protected:
        say(f"protected ({each.category}) by {each.name}: {each.reason}", fg="green")
    levels = [{**asdict(each), "answer": "open" if each.allowed else "BLOCKED"} for each in found.levels]
    typer.echo()
    print_table(levels, ("level", "answer", "code", "rule", "overruled"), "The policy has no access levels.", ("rule",))


@app.command()
def parse(
    file: Annotated[Path, typer.Argument(help="A block list, also .xz or .gz.")],
    format_: Annotated[str, typer.Option("--format", help="auto, hosts, domains, adblock, dnsmasq, …")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Say how a list file is read: its names, and every line that cannot be read. Exit 1 only if the file cannot be."""
    from dns_filter.lists import FORMATS, summary
    from dns_filter.lists import parse as parse_list
    from dns_filter.lists.file import UnreadableList, read_list_file

    if format_ not in FORMATS:
        fail(f"there is no format {format_!r}", f"Expected one of: {', '.join(FORMATS)}", MISUSED)
    try:
        parsed = parse_list(read_list_file(file), format_, MOST_INVALID)
    except UnreadableList as error:
        fail(str(error), status=FOUND_WRONG)
    told: dict[str, Any] = dict(summary(parsed))
    if as_json:
        print_json(told)
        return
    say(f"{file}: {told['unique_valid_domains']} names, {told['invalid_total']} lines that cannot be read")
    print_table(told["invalid"][:20], ("line", "reason", "text"), "")
