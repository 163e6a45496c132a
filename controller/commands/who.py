"""`caretaker who`: which device had an address at a moment, on which port, who was signed in, and how sure that is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import moment, print_json, say
from controller.commands.remote import call

COLOURS = {"sure": "green", "likely": "yellow", "unsure": "red"}


def who(
    asked: Annotated[str, typer.Argument(help="An address such as 10.20.0.23, or a MAC.")],
    at: Annotated[
        str | None, typer.Option(help="By the school's wall clock: “2026-11-24 10:05”; left out: now.")
    ] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Say who had it. The question stands in the audit."""
    found = call("GET", "/who", home=home, asked=asked, at=at)
    if as_json:
        print_json(found)
        return
    if not found["items"]:
        say(f"Nobody was seen with {found['asked']} around that moment.")
        return
    for held in found["items"]:
        _show(held)


def _show(held: dict[str, Any]) -> None:
    from controller.clock import SystemClock

    now = SystemClock().now()
    typer.secho(f" {held['certainty'].upper()} ", bg=COLOURS[held["certainty"]], fg="black", bold=True, nl=False)
    port = f"{held['switch']} {held['port']}" if held["port"] else "unknown"
    say(f" {held['name'] or held['mac']} ({held['kind'] or 'unknown'})")
    rows = {
        "MAC": held["mac"],
        "Address": held["address"] or "none",
        "Port": port + (f", VLAN {held['vlan']}" if held["vlan"] else ""),
        "Seen so": f"{moment(held['began_at'], now)} to {moment(held['last_seen'], now)}",
        "Person": held["person"] or "not known",
        "Group": held["group"] or "not known",
    }
    for title, value in rows.items():
        say(f"  {title:<8} {value}")
    for reason in held["reasons"]:
        say(f"  because  {reason}")
