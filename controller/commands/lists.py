"""`caretaker lists`: what the block lists hold, and how they were read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, print_json, print_table, say
from controller.commands.remote import find_home

COLUMNS = ("name", "categories", "state", "names", "invalid_total", "date", "format")

app = typer.Typer(help="Block lists: status, and what a file is read as.", no_args_is_help=True)


@app.command()
def status(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Every list in force: names, version, and what was odd about it."""
    from controller.home import Home
    from dns_filter.compile_lists import status as status_of

    report = status_of(Home(find_home(home)).names)
    if report is None:
        fail("no lists have been compiled yet", "`caretaker up` compiles them.")
    told = report.model_dump(mode="json")
    if as_json:
        print_json(told)
    else:
        print_table(told["lists"], COLUMNS, "The policy names no lists.", ("format", "date", "categories"))
        for one in told["lists"]:
            for reason in one["reasons"]:
                say(f"{one['name']}: {reason}", fg="yellow")


@app.command()
def parse(
    file: Annotated[Path, typer.Argument(help="A block list, also .xz or .gz.")],
    format_: Annotated[str, typer.Option("--format", help="auto, hosts, domains, adblock, dnsmasq, …")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Say how a list file is read: its names, and every line that cannot be read."""
    from dns_filter.list_file import UnreadableList, read_list_file
    from dns_filter.lists import FORMATS, summary
    from dns_filter.lists import parse as parse_list

    if format_ != "auto" and format_ not in FORMATS:
        fail(f"there is no format {format_!r}", f"Expected auto or one of: {', '.join(FORMATS)}", MISUSED)
    try:
        told: dict[str, Any] = dict(summary(parse_list(read_list_file(file), format_)))  # type: ignore[arg-type]
    except UnreadableList as error:
        fail(str(error))
    if as_json:
        print_json(told)
    else:
        say(f"{file}: {told['unique_valid_domains']} names, {told['invalid_total']} lines that cannot be read")
        print_table(told["invalid"][:20], ("line", "reason", "text"), "")
    raise typer.Exit(FOUND_WRONG if told["invalid_total"] else 0)
