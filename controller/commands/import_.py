"""`caretaker import`: people and devices of other systems; first what it would do, then, with --apply, doing it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption
from controller.commands.output import fail, print_json, print_table, say
from controller.commands.remote import call, part
from controller.imports import FILES
from inventory.csv_file import RowProblem
from inventory.imports import SYSTEMS, Choices, Entries, read_export
from inventory.roster import read_devices, read_people

CHUNK = 500
SHOWN = 20
"""Problems shown in a terminal; --json shows all."""
OWN = {"people": "Caretaker: people.csv", "devices": "Caretaker: devices.csv"}


def import_(
    system: Annotated[str, typer.Argument(help="Where the files come from; `list` shows all.")],
    files: Annotated[list[Path] | None, typer.Argument(help="One export or several.")] = None,
    source: Annotated[str, typer.Option(help="What this roster is called; left out: the system's name.")] = "",
    column: Annotated[list[str] | None, typer.Option(help="Another title: id=Adno")] = None,
    year: Annotated[list[str] | None, typer.Option(help="What a year of the file is here: Oak=year-3")] = None,
    year_group: Annotated[str, typer.Option(help="Of pupils whose row says none.")] = "",
    role: Annotated[str, typer.Option(help="Of staff.")] = "teacher",
    kind: Annotated[str, typer.Option(help="Of devices.")] = "school-laptop",
    encoding: Annotated[str, typer.Option(help="Of files that are not UTF-8, such as cp1252.")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this only say what it would do.")] = False,
    only_good: Annotated[bool, typer.Option("--only-good", help="Leave out rows that are wrong.")] = False,
    retire_gone: Annotated[bool, typer.Option("--retire-gone", help="Retire what the files no longer have.")] = False,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Re-importing updates and never doubles: a person is known by the id, a device by the MAC."""
    if system == "list":
        titles = {**OWN, **{name: known.title for name, known in SYSTEMS.items()}}
        print_table(({"name": name, "files": title} for name, title in titles.items()), ("name", "files"), "")
        return
    choices = Choices(_pairs(column), _pairs(year, fold=True), year_group, role, kind, encoding)
    found = _read(system, files or [], choices)
    name = source or system
    if name in FILES:
        fail(f"{name} is one of the school's own files", "Call the source otherwise.")
    seen = _send(found, name, home, apply=False)
    wrong = [*map(str, found.problems), *(str(problem) for problem in seen.problems)]
    gone = _gone(found, name, home)
    done = apply and (not wrong or only_good)
    if done:
        _send(_without(found, seen.lines), name, home, apply=True)
        if retire_gone:
            _retire(gone, name, home)
    report = {**seen.counts, "left_out": found.left_out, "gone": gone, "problems": wrong, "applied": done}
    _show(report, as_json=as_json, retired=done and retire_gone)
    if wrong and not (done and only_good):
        raise typer.Exit(1)


def _pairs(texts: Sequence[str] | None, *, fold: bool = False) -> Mapping[str, str]:
    pairs = [text.partition("=") for text in texts or ()]
    for left, equals, right in pairs:
        if not (left and equals and right):
            fail(f"expected NAME=VALUE, not {left!r}", status=2)
    return {left.casefold() if fold else left: right for left, _, right in pairs}


def _read(system: str, files: Sequence[Path], choices: Choices) -> Entries:
    if system not in SYSTEMS and system not in OWN:
        fail(f"no such system: {system}", "`caretaker import list` shows all.", status=2)
    if not files:
        fail("expected at least one file", status=2)
    found = Entries()
    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            fail(f"{path}: {error.strerror or error}")
        found = found.joined(_one(system, raw, str(path), choices))
    return found


def _one(system: str, raw: bytes, file: str, choices: Choices) -> Entries:
    if system == "people":
        people = read_people(raw, file)
        return Entries(people=_numbered(people.values), problems=people.problems)
    if system == "devices":
        devices = read_devices(raw, file)
        return Entries(devices=_numbered(devices.values), problems=devices.problems)
    return read_export(raw, file, SYSTEMS[system], choices)


def _numbered(values: Iterable[Any]) -> tuple[tuple[int, Any], ...]:
    return tuple(enumerate(values, 2))


class _Seen:
    """What the controller said of all chunks together."""

    def __init__(self) -> None:
        self.counts = {"new": 0, "changed": 0, "same": 0}
        self.problems: list[RowProblem] = []
        self.lines: set[int] = set()


def _send(found: Entries, source: str, home: Path | None, *, apply: bool) -> _Seen:
    """People first: devices name them."""
    seen = _Seen()
    for chunk in _progressing(list(_chunks(found)), "Storing" if apply else "Looking"):
        said = call("POST", "/imports", home=home, json_body={"source": source, "apply": apply, **chunk})
        for name in seen.counts:
            seen.counts[name] += said[name]
        for each in said["problems"]:
            seen.problems.append(RowProblem(source, each["line"], "", each["problem"]))
            seen.lines.add(each["line"])
    return seen


def _chunks(found: Entries) -> Iterator[dict[str, Any]]:
    for noun, rows in (
        ("people", [_person(*row) for row in found.people]),
        ("devices", [_device(*row) for row in found.devices]),
    ):
        for at in range(0, len(rows), CHUNK):
            yield {noun: rows[at : at + CHUNK]}


def _progressing(chunks: list[dict[str, Any]], title: str) -> Iterable[dict[str, Any]]:
    import sys

    from rich.progress import track

    if len(chunks) < 2 or not sys.stderr.isatty():
        return chunks
    from rich.console import Console

    return track(chunks, description=title, console=Console(stderr=True))


def _person(line: int, person: Any) -> dict[str, Any]:
    told = {name: getattr(person, name) for name in ("id", "name", "role", "year_group")}
    return {"line": line, **{name: value for name, value in told.items() if value}}


def _device(line: int, device: Any) -> dict[str, Any]:
    names = ("mac", "name", "kind", "year_group", "role", "person", "room")
    told = {name: getattr(device, name) for name in names}
    return {"line": line, **{name: value for name, value in told.items() if value}}


def _without(found: Entries, lines: set[int]) -> Entries:
    people = tuple(row for row in found.people if row[0] not in lines)
    return Entries(people, tuple(row for row in found.devices if row[0] not in lines))


def _gone(found: Entries, source: str, home: Path | None) -> dict[str, list[str]]:
    """Of each noun that the files have at all: what came from this source before and stands there no longer."""
    before = call("GET", f"/imports/{part(source)}", home=home)
    people, devices = {person.id for _, person in found.people}, {device.mac for _, device in found.devices}
    return {
        "people": sorted(set(before["people"]) - people) if people else [],
        "devices": sorted(set(before["devices"]) - devices) if devices else [],
    }


def _retire(gone: Mapping[str, list[str]], source: str, home: Path | None) -> None:
    if any(gone.values()):
        body = {**gone, "reason": f"gone from {source}"}
        call("POST", f"/imports/{part(source)}/retire", home=home, json_body=body)


def _show(report: Mapping[str, Any], *, as_json: bool, retired: bool) -> None:
    if as_json:
        print_json(report)
        return
    for problem in report["problems"][:SHOWN]:
        say(problem, err=True, fg="red")
    if len(report["problems"]) > SHOWN:
        say(f"… and {len(report['problems']) - SHOWN} more; --json shows all", err=True)
    words = ", ".join(f"{report[name]} {name.replace('_', ' ')}" for name in ("new", "changed", "same", "left_out"))
    say(f"{'Imported' if report['applied'] else 'Would import'}: {words}, {len(report['problems'])} wrong")
    count = sum(map(len, report["gone"].values()))
    if count:
        say(f"{count} are gone from the source: " + ("retired" if retired else "`--apply --retire-gone` retires them"))
    if report["problems"] and not report["applied"]:
        say("Nothing is stored while rows are wrong; `--apply --only-good` leaves those out.")
