"""What a command prints: a table for people, JSON for programs, and errors that say what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import typer

DONE, FOUND_WRONG, MISUSED = 0, 1, 2
"""Exit statuses of every command."""
WHOLE = frozenset({"mac", "address", "port", "id", "until", "name", "state", "device"})
"""Columns that are copied from a terminal: never broken over two lines."""


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], empty: str) -> None:
    """A table of plain text cells: nothing that a device or a person named is taken for markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column in WHOLE)
    for row in rows:
        table.add_row(*(Text(plain(row.get(column))) for column in columns))
    if table.row_count:
        # Not on a terminal: wide enough that no cell is broken over lines.
        Console(width=None if sys.stdout.isatty() else 240).print(table)
    else:
        typer.echo(empty)


def plain(cell: Any) -> str:
    """Text for a terminal: control characters (escape sequences of a hostile host name) shown, not obeyed."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    text = "" if cell is None else ", ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def fail(message: str, todo: str = "", status: int = FOUND_WRONG) -> NoReturn:
    typer.secho("caretaker: " + "\n".join(map(plain, message.splitlines())), err=True, fg="red")
    if todo:
        typer.echo(plain(todo), err=True)
    raise typer.Exit(status)
