"""`caretaker switches pushes|undo|port|drift`: what was sent, taking it back, and what holds at single ports."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from controller.commands.options import AsJson, HomeOption, ReasonOption
from controller.commands.output import FOUND_WRONG, fail, moment, print_json, print_table
from controller.commands.remote import call

COLUMNS = ("id", "device", "at", "moves", "outcome", "seconds", "by")
NameArgument = Annotated[str, typer.Argument(help="A device of `caretaker switches list`.")]


def pushes(
    device: Annotated[str | None, typer.Argument(help="Only to this device.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """What was sent to switches and gateway, how it ended, and how long quarantines take."""
    from controller.clock import SystemClock

    found, now = call("GET", "/pushes", home=home, device=device), SystemClock().now()
    if as_json:
        print_json(found)
        return
    rows = [{**each, "at": moment(each["pushed"], now), "moves": _moves(each)} for each in found["items"]]
    print_table(rows, COLUMNS, "Nothing was sent yet.", ("by", "seconds"))
    if taken := found["quarantines"]:
        told = f"p50 {taken['p50']:.2f} s, p95 {taken['p95']:.2f} s, longest {taken['longest']:.2f} s"
        typer.echo(f"\nQuarantines, from seen to read back: {told} ({taken['count']} of them)")


def undo(
    device: NameArgument,
    reason: ReasonOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
) -> None:
    """Put the ports of the last push to a device back to what they were. From then on they are only looked at."""
    items = call("GET", "/pushes", home=home, device=device, limit=200)["items"]
    undone = {each["undoes"] for each in items}
    last = next((each for each in items if each["moves"] and not each["undoes"] and each["id"] not in undone), None)
    if last is None:
        fail(f"there is no push to {device} that moved a port and was not taken back")
    typer.echo(f"Push {last['id']} to {device}: {_moves(last)}")
    if not yes and not typer.confirm("Move these ports back?", err=True):
        raise typer.Exit(FOUND_WRONG)
    call("POST", f"/pushes/{last['id']}/undo", home=home, json_body={"reason": reason})
    typer.echo("Accepted. These ports stay as they are until `caretaker switches port … --mode enforce`.")


def port(
    device: NameArgument,
    name: Annotated[str, typer.Argument(help="The port, as the switch spells it: Gi1/0/7.")],
    reason: ReasonOption,
    mode: Annotated[
        Literal["observe", "register", "enforce", "switch"] | None, typer.Option(help="`switch`: as its switch has it.")
    ] = None,
    protected: Annotated[bool | None, typer.Option("--protected/--not-protected", help="Never to be touched.")] = None,
    home: HomeOption = None,
) -> None:
    """Say of one port how far Caretaker may go there."""
    ask = {"switch": device, "port": name, "mode": mode, "protected": protected, "reason": reason}
    done = call("POST", "/ports", home=home, json_body={key: value for key, value in ask.items() if value is not None})
    told = f"mode {done['mode'] or 'of its switch'}{', protected' if done['protected'] else ''}"
    typer.echo(f"{done['switch']} {done['port']}: {told}")


def drift(home: HomeOption = None, as_json: AsJson = False) -> None:
    """What somebody changed by hand on the devices, and what it ought to be."""
    points = call("GET", "/enforcement-points", home=home)["items"]
    rows = [row for point in points for row in point["drift"]]
    if as_json:
        print_json(rows)
        return
    print_table(rows, ("device", "on", "was", "becomes", "why"), "Nothing was changed by hand.")


def _moves(push: dict[str, Any]) -> str:
    return ", ".join(f"{each['port']} {each['was']}→{each['becomes']}" for each in push["moves"])


def add_to(app: typer.Typer) -> None:
    for command in (pushes, undo, port, drift):
        app.command()(command)
