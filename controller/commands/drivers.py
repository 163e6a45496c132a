"""`caretaker drivers`: which platforms can be driven, and what a captured output is read as."""

from __future__ import annotations

import typer

from controller.commands.options import AsJson
from controller.commands.output import print_json, print_table

app = typer.Typer(help="Platforms of switches, Wi-Fi and gateways.", no_args_is_help=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every platform and what its driver can do."""
    from device_drivers.platforms import drivers

    rows = [
        {"platform": d.platform, "title": d.title, "can": sorted(d.can), "reads": list(d.reads)}
        for d in drivers().values()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("platform", "title", "can"), "no drivers")
