"""`caretaker explain`: why is this blocked, or open, for this child, now?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import plain, print_json
from controller.commands.remote import call


def explain(
    client: Annotated[str, typer.Argument(help="An address, a MAC, a device's name, a year group or a role.")],
    name: Annotated[str, typer.Argument(help="The site's name, such as bbc.co.uk.")],
    qtype: Annotated[str, typer.Option("--type", help="A, AAAA, HTTPS, …")] = "A",
    at: Annotated[str | None, typer.Option(help="A moment, such as 2026-11-24T09:20:00Z; left out: now.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Say what decides, by which rule and clause, when it changes and who could change it."""
    found = call("GET", "/explain", home=home, client=client, name=name, type=qtype, at=at)
    if as_json:
        print_json(found)
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    client, verdict, reply = found["client"], found["verdict"], found["reply"]
    colour = "green" if found["allowed"] else "red"
    who = f"{client['name']} ({client['group']})" if client["group"] else client["name"]
    typer.secho(plain(f"{found['name']} {found['type']} is {_word(found['allowed'])} for {who}"), fg=colour, bold=True)
    typer.echo(plain(f"{client['how']}; {client['sure']}") + "\n")
    why = found["decision"]["because"]
    _line("Step", verdict["step"], *_named(verdict))
    _line("Rule", verdict["rule"])
    _line("Device", f"{why['text']} [{why['rule']}]")
    for clause in found["clauses"]:
        _line("Clause", f"{clause['id']}: {clause['text']}")
    _line("Answer", f"TTL {reply['ttl']} s" + (f", extended error {reply['ede']}" if reply["ede"] else ""))
    _line("Changes", _change(found["changes"]))
    _line("Allowed if", found["allowed_if"])
    _line("Note", found["note"])
    _line("To a child", found["texts"]["child"])


def _line(title: str, *parts: str) -> None:
    if any(parts):
        typer.echo(f"  {title:<11} {plain('; '.join(filter(None, parts)))}")


def _named(verdict: dict[str, Any]) -> tuple[str, ...]:
    """On which list, in which category, by which of its names."""
    lists = f"on {', '.join(verdict['lists'])}" if verdict["lists"] else ""
    categories = f"category {', '.join(verdict['categories'])}" if verdict["categories"] else ""
    return (f"matches {verdict['matched']}" if verdict["matched"] else "", categories, lists)


def _change(flip: dict[str, Any] | None) -> str:
    if flip is None:
        return "never by itself"
    at = datetime.fromisoformat(flip["at"]).astimezone()
    return f"{at:%a %d %b %H:%M:%S}: {_word(flip['allowed'])} ({flip['why']})"


def _word(allowed: bool) -> str:
    return "allowed" if allowed else "blocked"
