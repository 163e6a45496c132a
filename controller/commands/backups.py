"""`caretaker backups`: the nightly copies of the database, and the way back to one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import fail, print_json, print_table, say
from controller.commands.remote import find_home

app = typer.Typer(help="The nightly copies of the database, and the way back to one.", no_args_is_help=True)


@app.command("list")
def list_(home: HomeOption = None, as_json: AsJson = False) -> None:
    """Each copy, the newest first, and whether it is sound."""
    rows = [{"name": path.name, "octets": path.stat().st_size, "sound": _sound(path)} for path in _copies(home)]
    print_json(rows) if as_json else print_table(rows, ("name", "octets", "sound"), "There is no copy yet.")


@app.command()
def restore(
    copy: Annotated[Path | None, typer.Argument(help="A copy; left out: the newest that is sound.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: HomeOption = None,
) -> None:
    """Put a copy in the place of the database, which is kept beside it. The controller must not run."""
    from controller.clock import SystemClock
    from controller.home import Home
    from controller.store import StoreError
    from controller.store import backup as backups

    chosen = copy or next((path for path in _copies(home) if _sound(path)), None)
    if chosen is None:
        fail("there is no sound copy", "caretaker backups list shows what there is.")
    say(f"What was written after {chosen.name} was made will be gone: windows, agreements, sanctions, audit.")
    if not yes and not typer.confirm("Put it back?", err=True):
        raise typer.Exit
    try:
        kept = backups.restore(chosen, Home(find_home(home)).database, SystemClock().now())
    except (StoreError, OSError) as error:
        fail(str(error))
    say(f"{chosen.name} is the database now." + (f" The one before is kept as {kept.name}." if kept else ""))


def _copies(home: Path | None) -> list[Path]:
    from controller.home import Home

    return sorted(Home(find_home(home)).backups.glob("caretaker-*.db"), reverse=True)


def _sound(path: Path) -> bool:
    from controller.store import StoreDamaged
    from controller.store.backup import check

    try:
        check(path)
    except StoreDamaged:
        return False
    return True
