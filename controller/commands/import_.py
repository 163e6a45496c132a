"""`caretaker import`: people and devices of other systems; first what it would do, then, with --apply, doing it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.import_calendar import Options, import_calendar
from controller.commands.import_documents import SYSTEMS as DOCUMENTS
from controller.commands.import_documents import keep_switches, read_documents
from controller.commands.import_gone import gone_command
from controller.commands.options import AsJson, HomeOption
from controller.commands.output import MISUSED, fail, print_json, print_table, say
from controller.commands.remote import call, part
from controller.imports import FILES
from inventory.imports import SYSTEMS, Choices, Entries, read_export
from inventory.model import Device, Person
from inventory.roster import DEVICE_COLUMNS, PERSON_COLUMNS, read_devices, read_people

CHUNK = 500
CAL = "Calendars (import calendar FILE.ics)"
SHOWN = 20
"""Problems shown in a terminal; --json shows all."""
OWN = {"people": "Caretaker: people.csv", "devices": "Caretaker: devices.csv"}


def import_(
    system: Annotated[
        str, typer.Argument(help="Where the files come from; `list` shows all, `gone` what was taken out of ours.")
    ],
    files: Annotated[list[Path] | None, typer.Argument(help="One export or several.")] = None,
    source: Annotated[
        str,
        typer.Option("--source", "--name", help="What this roster or calendar is called."),
    ] = "",
    column: Annotated[list[str] | None, typer.Option(help="Another title: id=Adno")] = None,
    year: Annotated[list[str] | None, typer.Option(help="What a year of the file is here: Oak=year-3")] = None,
    year_group: Annotated[str, typer.Option(help="Of pupils whose row says none.")] = "",
    role: Annotated[str, typer.Option(help="Of staff.")] = "teacher",
    kind: Annotated[str, typer.Option(help="Of devices.")] = "school-laptop",
    encoding: Annotated[str, typer.Option(help="Of files that are not UTF-8, such as cp1252.")] = "",
    url: Annotated[str, typer.Option(help="Of a NetBox, in the place of files.")] = "",
    token_file: Annotated[Path | None, typer.Option(help="Holds a token of that NetBox.")] = None,
    switches_out: Annotated[Path | None, typer.Option(help="Where to write switches that were found.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this only say what it would do.")] = False,
    only_good: Annotated[bool, typer.Option("--only-good", help="Leave out rows that are wrong.")] = False,
    retire_gone: Annotated[bool, typer.Option("--retire-gone", help="Retire what the files no longer have.")] = False,
    entries: Annotated[str, typer.Option("--as", help="Calendar: closures or lessons.", rich_help_panel=CAL)] = "",
    whom: Annotated[
        list[str] | None, typer.Option("--for", help="Calendar: for whom lessons are.", rich_help_panel=CAL)
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option(help="Calendar: entries with this text are for: 'Year 5=year-5'", rich_help_panel=CAL),
    ] = None,
    focus: Annotated[
        list[str] | None, typer.Option(help="Calendar: lessons open these site lists only.", rich_help_panel=CAL)
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="Calendar: first day; left out: today.", rich_help_panel=CAL)
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Calendar: last day; left out: end of the terms.", rich_help_panel=CAL)
    ] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Re-importing updates and never doubles: a person is known by the id, a device by the MAC."""
    if system == "list":
        _list_systems()
        return
    if system == "gone":
        gone_command(home, apply=apply, as_json=as_json)
        return
    if system == "calendar":
        if not files or len(files) != 1:
            fail("expected one calendar", "caretaker import calendar council.ics --as closures", MISUSED)
        said = (tuple(whom or ()), tuple(match or ()), tuple(focus or ()))
        options = Options(entries, source, *said, first, last, apply=apply, only_good=only_good)
        import_calendar(files[0], options, home, as_json=as_json)
        return
    choices = Choices(_pairs(column), _pairs(year, fold=True), year_group, role, kind, encoding)
    if system in DOCUMENTS:
        documents = read_documents(system, files or [], url, token_file, choices)
        keep_switches(documents, switches_out)
        found = Batch()
        found.add(url or str((files or [Path(system)])[0]), documents.entries)
    else:
        found = _read(system, files or [], choices)
    report = _carry_out(found, source or system, home, apply=apply, only_good=only_good, retire_gone=retire_gone)
    _show(report, as_json=as_json)
    if report["problems"] and not (report["applied"] and only_good):
        raise typer.Exit(1)


def _list_systems() -> None:
    titles = {**OWN, **{name: known.title for name, known in SYSTEMS.items()}, **DOCUMENTS}
    print_table(({"name": name, "files": title} for name, title in titles.items()), ("name", "files"), "")


def _carry_out(
    found: Batch, name: str, home: Path | None, *, apply: bool, only_good: bool, retire_gone: bool
) -> dict[str, Any]:
    """Look first; then, where that was asked for and may be, store and retire."""
    if name in FILES:
        fail(f"{name} is one of the school's own files", "Call the source otherwise.")
    seen = _send(found, name, home, apply=False)
    wrong = [*found.problems, *(f"{found.places[line - 1]}: {text}" for line, text in seen.problems.items())]
    gone = _gone(found, name, home)
    done = apply and (not wrong or only_good)
    if done:
        _send(found.without(seen.problems), name, home, apply=True)
        if retire_gone:
            _retire(gone, name, home)
    report = {**seen.counts, "left_out": found.left_out, "gone": gone, "problems": wrong}
    return {**report, "applied": done, "retired": done and retire_gone}


def _pairs(texts: Sequence[str] | None, *, fold: bool = False) -> Mapping[str, str]:
    pairs = [text.partition("=") for text in texts or ()]
    for left, equals, right in pairs:
        if not (left and equals and right):
            fail(f"expected NAME=VALUE, not {left!r}", status=2)
    return {left.casefold() if fold else left: right for left, _, right in pairs}


@dataclass(slots=True)
class Batch:
    """What all files say together, each row under a number of its own; `places` says where each stands."""

    people: dict[int, Person] = field(default_factory=dict)
    devices: dict[int, Device] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    left_out: int = 0
    problems: list[str] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)

    def add(self, file: str, found: Entries) -> None:
        self.left_out += found.left_out
        self.problems += map(str, found.problems)
        for line, person in found.people:
            self._add(self.people, person, f"{file}:{line}", person.id)
        for line, device in found.devices:
            self._add(self.devices, device, f"{file}:{line}", device.mac)

    def _add(self, table: dict[int, Any], value: Person | Device, place: str, key: str) -> None:
        if key in self._keys:
            self.problems.append(f"{place}: {key} stands in another file already")
            return
        self._keys.add(key)
        self.places.append(place)
        table[len(self.places)] = value

    def without(self, numbers: Collection[int]) -> Batch:
        people = {number: one for number, one in self.people.items() if number not in numbers}
        return Batch(people, {number: one for number, one in self.devices.items() if number not in numbers})


def _read(system: str, files: Sequence[Path], choices: Choices) -> Batch:
    if system not in SYSTEMS and system not in OWN:
        fail(f"no such system: {system}", "`caretaker import list` shows all.", status=2)
    if not files:
        fail("expected at least one file", status=2)
    found = Batch()
    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            fail(f"{path}: {error.strerror or error}")
        found.add(str(path), _one(system, raw, str(path), choices))
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
        self.problems: dict[int, str] = {}


def _send(found: Batch, source: str, home: Path | None, *, apply: bool) -> _Seen:
    """People first: devices name them."""
    seen = _Seen()
    for chunk in _progressing(list(_chunks(found)), "Storing" if apply else "Looking"):
        said = call("POST", "/imports", home=home, json_body={"source": source, "apply": apply, **chunk})
        for name in seen.counts:
            seen.counts[name] += said[name]
        seen.problems |= {each["line"]: each["problem"] for each in said["problems"]}
    return seen


def _chunks(found: Batch) -> Iterator[dict[str, Any]]:
    people = [_told(number, one, PERSON_COLUMNS) for number, one in found.people.items()]
    devices = [_told(number, one, DEVICE_COLUMNS) for number, one in found.devices.items()]
    for noun, rows in (("people", people), ("devices", devices)):
        for at in range(0, len(rows), CHUNK):
            yield {noun: rows[at : at + CHUNK]}


def _told(number: int, one: Person | Device, names: Sequence[str]) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in names}
    return {"line": number, **{name: value for name, value in told.items() if value}}


def _progressing(chunks: list[dict[str, Any]], title: str) -> Iterable[dict[str, Any]]:
    import sys

    from rich.progress import track

    if len(chunks) < 2 or not sys.stderr.isatty():
        return chunks
    from rich.console import Console

    return track(chunks, description=title, console=Console(stderr=True))


def _gone(found: Batch, source: str, home: Path | None) -> dict[str, list[str]]:
    """Of each noun that the files have at all: what came from this source before and stands there no longer."""
    before = call("GET", f"/imports/{part(source)}", home=home)
    people, devices = {one.id for one in found.people.values()}, {one.mac for one in found.devices.values()}
    return {
        "people": sorted(set(before["people"]) - people) if people else [],
        "devices": sorted(set(before["devices"]) - devices) if devices else [],
    }


def _retire(gone: Mapping[str, list[str]], source: str, home: Path | None) -> None:
    if any(gone.values()):
        body = {**gone, "reason": f"gone from {source}"}
        call("POST", f"/imports/{part(source)}/retire", home=home, json_body=body)


def _show(report: Mapping[str, Any], *, as_json: bool) -> None:
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
        say(
            f"{count} are gone from the source: "
            + ("retired" if report["retired"] else "`--apply --retire-gone` retires them")
        )
    if report["problems"] and not report["applied"]:
        say("Nothing is stored while rows are wrong; `--apply --only-good` leaves those out.")
