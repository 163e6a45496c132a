"""`caretaker explain`: why is this blocked, or open, for this child, now?"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import moment, plain, print_json
from controller.commands.remote import call

WIDEST = 100
"""Characters of a line: longer ones are hard to read."""
MEANINGS = {4: "Forged Answer", 15: "Blocked", 16: "Censored", 17: "Filtered", 18: "Prohibited", 22: "No Authority"}
"""Extended DNS errors (RFC 8914) as tools such as dig name them."""
ACTIONS = {"forward": "what the upstream resolver says", "local": "what the filter itself knows"}


def explain(
    client: Annotated[str, typer.Argument(help="An address, a MAC, a device's name, a year group or a role.")],
    name: Annotated[str, typer.Argument(help="The site's name, such as bbc.co.uk.")],
    qtype: Annotated[str, typer.Option("--type", help="A, AAAA, HTTPS, …")] = "A",
    at: Annotated[str | None, typer.Option(help="A moment, such as 2026-11-24T09:20:00Z; left out: now.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Say what decides, by which rule and clause, when it changes and who could change it."""
    from controller.clock import SystemClock

    found = call("GET", "/explain", home=home, client=client, name=name, type=qtype, at=at)
    if as_json:
        print_json(found)
        return
    now = SystemClock().now()
    when = f" at {moment(at, now)}" if at else ""
    word, colour = ("OPEN", "green") if found["allowed"] else ("BLOCKED", "red")
    typer.secho(f" {word} ", bg=colour, fg="white", bold=True, nl=False)
    typer.echo(plain(f" {found['name']} ({found['type']}) for {_who(found['client'])}{when}") + "\n")
    _print(list(_lines(found, now)))


def _who(client: dict[str, Any]) -> str:
    named = client["name"] or client["address"] or client["mac"] or client["asked"]
    return f"{named} of {client['group']}" if client["group"] not in (None, named) else str(named)


def _lines(found: dict[str, Any], now: datetime) -> Iterator[tuple[str, str]]:
    """(what it is about, text); several of the same stand below each other."""
    client, verdict, because = found["client"], found["verdict"], found["decision"]["because"]
    yield "Client", f"{client['how']} ({_sure(client['sure'])})"
    yield "Answer", _answer(found["reply"], verdict)
    yield "Decided by", f"step {verdict['step']}: {verdict['code']}"
    yield "", _on(verdict)
    yield "Rule", verdict["rule"]
    yield "Device", because["text"]
    yield "", f"{because['rule']}; profile {found['profile']}"
    yield "Lesson", found["window"] or ""
    for number, clause in enumerate(found["clauses"]):
        yield "" if number else "Clauses", f"{clause['id']:<4}{clause['text']}"
    for number, (step, rule) in enumerate(_otherwise(found)):
        yield "" if number else "Else", f"{step}: {rule}"
    yield "Changes", _change(found["changes"], now)
    yield "To allow it", found["allowed_if"]
    yield "To a child", f"“{found['texts']['child']}”"
    yield "As of", found["note"] or f"table epoch {found['epoch']}, lists {found['names_version'] or 'none'}"


def _sure(sure: str) -> str:
    return {"sure": "sure", "likely": "likely, not certain", "nobody": "nobody known"}.get(sure, sure)


def _answer(reply: dict[str, Any], verdict: dict[str, Any]) -> str:
    code = reply["ede"]
    error = f"EDE {code} {MEANINGS.get(code, '')}".rstrip() if code is not None else ""
    bell = reply["ttl_boundary"]
    bound = " (cut at the next change)" if bell is not None and bell < reply["ttl_cap"] else ""
    what = ACTIONS.get(verdict["action"]) or f"{verdict['action']}, answered with {reply['mode']}"
    return ", ".join(filter(None, (what, error, f"TTL {reply['ttl']} s{bound}")))


def _on(verdict: dict[str, Any]) -> str:
    """On which list, in which category, by which of its names."""
    categories, lists = verdict["categories"], verdict["lists"]
    parts = (
        f"matches {verdict['matched']}" if verdict["matched"] else "",
        f"category {', '.join(categories)}" if categories else "",
        f"on {', '.join(lists)}" if lists else "",
    )
    return ", ".join(filter(None, parts))


def _otherwise(found: dict[str, Any]) -> list[tuple[str, str]]:
    """What would have decided, had the deciding step been silent; the last one lets everything through."""
    said = [step for step in found["steps"] if step["code"] is not None and not step["decided"]]
    rows = [(step["step"], step["rule"] or step["code"]) for step in said if step["step"] != "forward"]
    return rows if rows or found["verdict"]["step"] == "forward" else [("nothing", "it would be open")]


def _change(flip: dict[str, Any] | None, now: datetime) -> str:
    if flip is None:
        return "not by itself"
    word = "open" if flip["allowed"] else f"blocked ({flip['code']})"
    return f"{moment(flip['at'], now)}: {word}; {flip['why']}".rstrip("; ")


def _print(lines: list[tuple[str, str]]) -> None:
    width = min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else WIDEST
    margin = max(len(title) for title, _ in lines) + 2
    for title, text in lines:
        rows = textwrap.wrap(plain(text), max(width - margin, 20), break_on_hyphens=False)
        for number, row in enumerate(rows):
            typer.echo(typer.style(f"{'' if number else title:<{margin}}", bold=True) + row)
