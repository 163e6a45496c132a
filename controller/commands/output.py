"""What a command prints: a table for people, JSON for programs, and errors that say what to do. ●"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import typer

DONE, FOUND_WRONG, MISUSED = 0, 1, 2
"""Exit statuses of every command."""
WHOLE = frozenset({"mac", "address", "port", "id", "until", "name", "state", "device", "verified"})
"""Columns that are copied from a terminal: never broken over two lines."""
_PIPED = 240
"""Characters of a line where nobody looks at it: wide enough that no cell is broken."""
_READABLE = 30
"""Characters that a column of sentences needs, or as many as it has."""


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], empty: str, spare: Sequence[str] = ()
) -> None:
    """A table of plain text cells: nothing that a device or a person named is taken for markup.

    `spare` are the columns that a narrow terminal can do without, the most dispensable one first.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [{column: plain(row.get(column)) for column in columns} for row in rows]
    if not cells:
        if empty:
            typer.echo(empty)
        return
    console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPED)
    shown, left_out = fitting(cells, columns, spare, console.width)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in shown:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column in WHOLE)
    for row in cells:
        table.add_row(*(Text(row[column]) for column in shown))
    console.print(table)
    if left_out:
        typer.secho(f"(left out for want of room: {', '.join(left_out)})", dim=True)


def fitting(
    cells: Sequence[Mapping[str, str]], columns: Sequence[str], spare: Sequence[str], width: int
) -> tuple[list[str], list[str]]:
    """The columns that fit side by side, and those left out: first what is empty in every row, then `spare`."""
    wide = {column: max(len(column), *(len(row[column]) for row in cells)) for column in columns}
    needed = {column: size if column in WHOLE else min(size, _READABLE) for column, size in wide.items()}
    void = [column for column in spare if not any(row[column] for row in cells)]
    shown, left_out = list(columns), list[str]()
    for column in (*void, *(column for column in spare if column not in void)):
        if sum(needed[each] + 2 for each in shown) - 2 <= width:
            break
        shown.remove(column)
        left_out += [column] if column not in void else []
    return shown, left_out


def plain(cell: Any) -> str:
    """Text for a terminal: control characters (escape sequences of a hostile host name) shown, not obeyed."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    text = "" if cell is None else ", ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def say(text: str, **style: Any) -> None:
    """Several lines of text; what stands in them is shown, not obeyed."""
    typer.secho("\n".join(map(plain, text.splitlines())), **style)


def moment(text: str | None, now: datetime) -> str:
    """A moment of the API on the clock of this machine: `14:05:09` today, else with its day."""
    if text is None:
        return ""
    here, today = datetime.fromisoformat(text).astimezone(), now.astimezone()
    if here.date() == today.date():
        return f"{here:%H:%M:%S}"
    return f"{here:%a %d %b %H:%M}" if here.year == today.year else f"{here:%d %b %Y %H:%M}"


def fail(message: str, todo: str = "", status: int = FOUND_WRONG) -> NoReturn:
    say(f"caretaker: {message}", err=True, fg="red")
    if todo:
        say(todo, err=True)
    raise typer.Exit(status)
