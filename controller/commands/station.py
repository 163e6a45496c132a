"""`caretaker station`: the check-in desk. Enrol this machine, scan a pen drive or a device, hand in what was signed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.commands.options import AsJson, HomeOption, KeyOption, ReasonOption
from controller.commands.output import FOUND_WRONG, MISUSED, fail, moment, print_json, print_table, say
from controller.commands.remote import call, part, state_folder
from controller.station import sheet
from inventory.receipt_text import NoReceipt, as_json, parse
from inventory.receipts import ScanReceipt

app = typer.Typer(help="The check-in desk: scan pen drives and devices, hand in receipts.", no_args_is_help=True)

PersonOption = Annotated[str | None, typer.Option("--person", help="Whose medium it is: the id of a person.")]
PageOption = Annotated[Path | None, typer.Option("--page", help="Also write a page to print, with a QR code.")]


@app.command()
def enrol(
    name: Annotated[str, typer.Argument(help="Such as desk-1.")],
    room: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    public_key: Annotated[str | None, typer.Option(help="Of another program; left out: made for this machine.")] = None,
    key: KeyOption = None,
    home: HomeOption = None,
) -> None:
    """Make this machine a station: a key of its own, of which the school learns the public half."""
    from controller.station import keys
    from inventory.receipt_seal import public_key as half

    path = key or _usual_key()
    try:
        known = public_key or half(keys.make(path, name).key)
    except keys.KeyProblem as problem:
        fail(str(problem), "Name another file with --key.", MISUSED)
    try:
        call("POST", "/stations", home=home, json_body={"name": name, "key": known, **({"room": room} if room else {})})
    except typer.Exit:
        if public_key is None:
            path.unlink(missing_ok=True)  # a key that nobody knows is no use, and would be in the way of the next try
        raise
    say(f"{name} is a station of this school." + ("" if public_key else f" Its key is {path}; keep it from others."))


@app.command("list")
def list_(home: HomeOption = None, as_json_: AsJson = False) -> None:
    """Every station, in force or revoked."""
    from controller.clock import SystemClock

    found, now = call("GET", "/stations", home=home)["items"], SystemClock().now()
    if as_json_:
        print_json(found)
        return
    rows = (
        {
            **each,
            "enrolled": moment(each["enrolled_at"], now),
            "state": f"revoked {moment(each['revoked_at'], now)}" if each["revoked_at"] else "in force",
        }
        for each in found
    )
    empty = "There is no station yet: `caretaker station enrol desk-1` on the machine that is to scan."
    print_table(rows, ("name", "room", "state", "enrolled", "enrolled_by"), empty)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="As `caretaker station list` shows it.")],
    reason: ReasonOption,
    home: HomeOption = None,
) -> None:
    """From now on nothing that it signs is believed."""
    found = call("POST", f"/stations/{part(name)}/revoke", home=home, json_body={"reason": reason})
    say(f"{found['name']} is revoked. What was taken from it before stays: `caretaker station receipts`.")


@app.command()
def scan(
    path: Annotated[Path, typer.Argument(help="A folder, a file, an image, or a block device such as /dev/sdb.")],
    device: Annotated[str | None, typer.Option("--device", help="It belongs to this device (MAC).")] = None,
    serial: Annotated[str | None, typer.Option(help="Of the medium; left out: as it says of itself.")] = None,
    person: PersonOption = None,
    by: Annotated[str | None, typer.Option(help="Who scans; left out: this machine's user.")] = None,
    page: PageOption = None,
    keep: Annotated[Path | None, typer.Option(help="Also write the receipt to this file.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not hand it in; needs --keep.")] = False,
    freshest: Annotated[int, typer.Option(min=1, max=30, help="Days that signatures may be old.")] = 3,
    database: Annotated[Path | None, typer.Option(help="Signatures; left out: those of the machine.")] = None,
    running: Annotated[Path | None, typer.Option("--clamd", help="The socket of a clamd that runs.")] = None,
    key: KeyOption = None,
    home: HomeOption = None,
    as_json_: AsJson = False,
) -> None:
    """Scan, sign and hand in. Exit status 0: let in; 1: not let in, or it could not be scanned."""
    from controller.clock import SystemClock
    from controller.station import desk

    if offline and keep is None:
        fail("--offline without --keep would throw the receipt away", "Name a file with --keep.", MISUSED)
    wanted = desk.Wanted(path, device, serial, by or _user(), timedelta(days=freshest), database, running)
    try:
        receipt = desk.scanned(wanted, key or _usual_key(), SystemClock().now, _progress(quiet=as_json_))
    except desk.CannotScan as problem:
        fail(str(problem), problem.todo, MISUSED if problem.misused else FOUND_WRONG)
    if keep is not None:
        keep.write_text(json.dumps(as_json(receipt), indent=1, ensure_ascii=False) + "\n")
    answer = None if offline else _hand_in(receipt, person, home)
    _show(receipt, answer, page, as_json_=as_json_)
    raise typer.Exit(0 if offline or (answer and answer.let_in) else FOUND_WRONG)


@app.command("hand-in")
def hand_in(
    file: Annotated[Path, typer.Argument(help="A receipt that was kept.")],
    person: PersonOption = None,
    page: PageOption = None,
    home: HomeOption = None,
    as_json_: AsJson = False,
) -> None:
    """Hand in a receipt that was made offline, or by another program."""
    try:
        receipt = parse(json.loads(file.read_bytes()[:65_536]))
    except OSError as error:
        fail(f"{file}: {error.strerror}", status=MISUSED)
    except (ValueError, NoReceipt) as error:
        fail(f"{file} is no receipt: {error}", "docs/receipts.md says how one is written.", MISUSED)
    answer = _hand_in(receipt, person, home)
    _show(receipt, answer, page, as_json_=as_json_)
    raise typer.Exit(0 if answer.let_in else FOUND_WRONG)


@app.command()
def receipts(
    subject: Annotated[str | None, typer.Argument(help="A MAC, or `medium SERIAL`; left out: all.")] = None,
    home: HomeOption = None,
    as_json_: AsJson = False,
) -> None:
    """What was handed in, the newest first."""
    from controller.clock import SystemClock

    found, now = call("GET", "/receipts", home=home, subject=subject, limit=500)["items"], SystemClock().now()
    if as_json_:
        print_json(found)
        return
    print_table((_row(each, now) for each in found), _COLUMNS, "No receipt was handed in yet.", ("station", "person"))


@app.command()
def show(
    number: Annotated[int, typer.Argument(min=1, help="As `caretaker station receipts` shows it.")],
    page: PageOption = None,
    home: HomeOption = None,
    as_json_: AsJson = False,
) -> None:
    """One receipt again: as text, as JSON as it was signed, or as a page to print."""
    found = call("GET", f"/receipts/{number}", home=home)
    _show(parse(found["receipt"]), _answer(found), page, as_json_=as_json_)


_COLUMNS = ("id", "when", "scanned", "verdict", "until", "why", "station", "person")


def _row(each: dict[str, Any], now: datetime) -> dict[str, Any]:
    about = each["receipt"]["subject"]
    return {
        "id": each["number"],
        "when": moment(each["receipt"]["scanned_at"], now),
        "scanned": about.get("mac") or f"medium {about['serial']}",
        "verdict": each["receipt"]["verdict"],
        "until": moment(each["until"], now) if each["let_in"] else "not let in",
        "why": each["why"],
        "station": each["receipt"]["station"],
        "person": each["person"],
    }


def _hand_in(receipt: ScanReceipt, person: str | None, home: Path | None) -> sheet.Answer:
    body = {"receipt": as_json(receipt), **({"person": person} if person else {})}
    return _answer(call("POST", "/receipts", home=home, json_body=body))


def _answer(found: dict[str, Any]) -> sheet.Answer:
    until = datetime.fromisoformat(found["until"]) if found["until"] else None
    return sheet.Answer(found["number"], found["let_in"], until, found["why"])


def _show(receipt: ScanReceipt, answer: sheet.Answer | None, page: Path | None, *, as_json_: bool) -> None:
    if page is not None:
        page.write_text(sheet.as_page(receipt, answer, "Caretaker"))
    if as_json_:
        print_json({"receipt": as_json(receipt), "answer": asdict(answer) if answer else None})
        return
    say(sheet.as_text(receipt, answer))


def _progress(*, quiet: bool) -> Any:
    def told(files: int) -> None:
        if files % 100 == 0:
            typer.echo(f"\r{files} files looked at", err=True, nl=False)

    return (lambda _: None) if quiet or not os.isatty(2) else told


def _usual_key() -> Path:
    return state_folder() / "station.json"


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
