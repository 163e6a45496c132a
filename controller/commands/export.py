"""`caretaker export`: people or devices as CSV that Caretaker reads again; no cell is a formula to a spreadsheet."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import HomeOption
from controller.commands.output import say
from controller.commands.remote import call
from inventory.csv_file import write_rows
from inventory.roster import DEVICE_COLUMNS, PERSON_COLUMNS


class Noun(StrEnum):
    DEVICES = "devices"
    PEOPLE = "people"


def export(
    noun: Annotated[Noun, typer.Argument(help="What to write.")],
    out: Annotated[Path | None, typer.Option(help="A file; left out: the terminal.")] = None,
    home: HomeOption = None,
) -> None:
    """Write what is registered; `caretaker import devices FILE` and devices.csv read it again."""
    columns = DEVICE_COLUMNS if noun is Noun.DEVICES else PERSON_COLUMNS
    rows = [[str(row.get(column) or "") for column in columns] for row in _all(noun, home)]
    text = write_rows(columns, rows)
    if out is None:
        typer.echo(text, nl=False)
        return
    # Excel takes a file without this mark for an old encoding.
    out.write_text(f"\ufeff{text}", encoding="utf-8", newline="")
    say(f"{len(rows)} {noun.value} written to {out}")


def _all(noun: Noun, home: Path | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    wanted = {"admission": "registered"} if noun is Noun.DEVICES else {}
    while True:
        page = call("GET", f"/{noun.value}", home=home, limit=500, after=after, **wanted)
        found += page["items"]
        after = page["next"]
        if after is None:
            return found
