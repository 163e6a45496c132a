"""`caretaker init`: the folder of a new school."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller.commands.output import fail


def init(directory: Annotated[Path, typer.Argument(help="The folder to make, for example `ash-lane`.")]) -> None:
    """Write a commented policy file, an inventory to fill in, and settings with safe defaults."""
    from controller.new_school import SchoolExists, write_new_school

    try:
        written = write_new_school(directory)
    except SchoolExists as error:
        fail(str(error), "Choose another folder; nothing there was touched.")
    except OSError as error:
        fail(f"{directory}: {error.strerror or error}")
    for path in written:
        typer.echo(f"  wrote {path}")
    typer.echo(
        f"\nNext: fill in {directory / 'school.yaml'} and the CSV files, then\n"
        f"  caretaker policy check {directory / 'school.yaml'}\n"
        f"  caretaker plan --home {directory}      (looks, changes nothing)\n"
        f"  caretaker up --home {directory}"
    )
