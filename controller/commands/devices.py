"""`caretaker devices`: who is on the network, registering, quarantine and release."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from controller.commands.options import AsJson, HomeOption, ReasonOption
from controller.commands.output import fail, print_json, print_table
from controller.commands.remote import call, part
from inventory.model import BarredAs
from inventory.roster import read_devices

app = typer.Typer(help="Devices: list, register, approve, exempt, bar, quarantine, release.", no_args_is_help=True)
MacArgument = Annotated[str, typer.Argument(help="A MAC address, in any spelling.")]
COLUMNS = ("name", "mac", "address", "port", "segment", "why")
SPARE = ("segment", "address", "port")


@app.command("list")
def list_(
    quarantined: Annotated[bool, typer.Option("--quarantined", help="Only those in quarantine.")] = False,
    find: Annotated[str | None, typer.Option(help="Part of a name, MAC or address.")] = None,
    year_group: Annotated[str | None, typer.Option(help="Only of this year group.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Every device, where it is, and what it may do now."""
    wanted = {"find": find, "year_group": year_group, "quarantined": True if quarantined else None}
    found = _all_pages(wanted, home)
    if as_json:
        print_json(found)
    else:
        empty = "No device fits." if any(wanted.values()) else "No device is known yet."
        print_table(map(_row, found), COLUMNS, empty, SPARE)


@app.command()
def show(mac: MacArgument, home: HomeOption = None) -> None:
    """All that is known of one device (JSON)."""
    print_json(call("GET", f"/devices/{part(mac)}", home=home))


@app.command()
def register(
    mac: MacArgument,
    name: Annotated[str, typer.Option(help="What people call it.")],
    kind: Annotated[str, typer.Option(help="A key of the policy's `devices:`, such as school-ipad.")],
    year_group: Annotated[str | None, typer.Option(help="The class it belongs to.")] = None,
    role: Annotated[str | None, typer.Option(help="The role it acts for, such as teacher.")] = None,
    person: Annotated[str | None, typer.Option(help="The id of its owner.")] = None,
    room: Annotated[str | None, typer.Option(help="Where it belongs.")] = None,
    until: Annotated[str | None, typer.Option(help="End of the permission (D3): 2026-12-18T16:00:00Z")] = None,
    reason: ReasonOption = "",
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Let a device in."""
    named = {"year_group": year_group, "role": role, "person": person, "room": room, "until": until}
    device = {"mac": mac, "name": name, "kind": kind, **{key: value for key, value in named.items() if value}}
    _say(call("POST", "/devices", home=home, json_body={"devices": [device], "reason": reason})["items"][0], as_json)


@app.command("register-list")
def register_list(
    file: Annotated[Path, typer.Argument(help="CSV: mac, name, kind; also year_group, role, person, room.")],
    until: Annotated[str | None, typer.Option(help="End of the permission: 2026-12-18T16:00:00Z")] = None,
    reason: ReasonOption = "",
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Let in a whole trolley: all of the list or none."""
    try:
        rows = read_devices(file.read_bytes(), str(file))
    except OSError as error:
        fail(f"{file}: {error.strerror or error}")
    if rows.problems:
        fail("\n".join(map(str, rows.problems[:20])), "Nothing was registered.")
    names = ("mac", "name", "kind", "year_group", "role", "person", "room")
    listed = [{name: getattr(one, name) for name in names if getattr(one, name)} for one in rows.values]
    ends = {"until": until} if until else {}
    body = {"devices": [{**one, **ends} for one in listed], "reason": reason}
    found = call("POST", "/devices", home=home, json_body=body)["items"]
    if as_json:
        print_json(found)
    else:
        print_table(map(_row, found), COLUMNS, "The list is empty.", SPARE)


Macs = Annotated[list[str], typer.Argument(help="One MAC address or several.")]
Until = Annotated[str, typer.Option(help="When it ends: 2026-12-18T16:00:00Z")]


@app.command()
def approve(macs: Macs, until: Until, reason: ReasonOption, home: HomeOption = None) -> None:
    """Let registered devices in until a moment (visitors; from home: D3)."""
    _act("approve", macs, reason, home, until=until)


@app.command()
def exempt(macs: Macs, until: Until, reason: ReasonOption, home: HomeOption = None) -> None:
    """Take devices out of the posture rules until a moment: a door lock."""
    _act("exempt", macs, reason, home, until=until)


@app.command()
def bar(
    macs: Macs,
    barred_as: Annotated[BarredAs, typer.Option("--as", help="Why it stays out.")],
    reason: ReasonOption,
    home: HomeOption = None,
) -> None:
    """Lost, stolen, retired or refused: out at once, and out when it is seen again (W6)."""
    _act("bar", macs, reason, home, barred_as=barred_as.value)


@app.command()
def readmit(macs: Macs, reason: ReasonOption, home: HomeOption = None) -> None:
    """Take a bar away again."""
    _act("readmit", macs, reason, home)


@app.command()
def identify(mac: MacArgument, home: HomeOption = None) -> None:
    """What a device probably is, and what speaks for it (JSON)."""
    print_json(call("GET", f"/devices/{part(mac)}/identity", home=home))


@app.command("endpoint-token")
def endpoint_token(
    macs: Annotated[list[str] | None, typer.Argument(help="Left out: see --kind.")] = None,
    kind: Annotated[str | None, typer.Option(help="For every device of this kind.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write them to this CSV, readable for you alone.")] = None,
    home: HomeOption = None,
    as_json: AsJson = False,
) -> None:
    """Make the tokens with which school machines tell of their own protection. What they had before ends."""
    known = [each["mac"] for each in _all_pages({}, home) if each["kind"] == kind and each["admission"] == "registered"]
    wanted = [*(macs or ()), *(known if kind else ())]
    if not wanted:
        fail(f"no device of the kind {kind} is registered" if kind else "which devices?", "Name MACs, or --kind.")
    made: list[dict[str, Any]] = []
    for first in range(0, len(wanted), 500):
        body = {"devices": wanted[first : first + 500]}
        made += call("POST", "/endpoint-tokens", home=home, json_body=body)["items"]
    if out is not None:
        _write_secret(
            out, "mac,token,expires_at\n" + "".join(f"{e['mac']},{e['token']},{e['expires_at']}\n" for e in made)
        )
    elif as_json:
        print_json(made)
    else:
        print_table(made, ("mac", "name", "token", "expires_at"), "", ("expires_at",))


@app.command("endpoint-script")
def endpoint_script(
    system: Annotated[Literal["linux", "windows"], typer.Argument(help="linux or windows.")],
    out: Annotated[Path | None, typer.Option(help="Where to write it; left out: to the terminal.")] = None,
) -> None:
    """The script that school machines run to tell of their own protection (docs/endpoint-reports.md)."""
    from importlib.resources import files

    name = {"linux": "caretaker_report.py", "windows": "Caretaker-Report.ps1"}[system]
    text = files("controller.endpoint").joinpath(name).read_text(encoding="utf-8")
    if out is None:
        typer.echo(text, nl=False)
        return
    # Windows PowerShell 5.1 wants its own line ends in a script that is to be signed.
    out.write_bytes((text.replace("\n", "\r\n") if system == "windows" else text).encode())
    if system == "linux":
        out.chmod(0o755)
    typer.echo(f"{out} is written")


def _write_secret(path: Path, text: str) -> None:
    """Never readable for others, not even for a moment."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        fail(f"{path}: {error.strerror}", "Name a file that is not there yet.")
    with os.fdopen(number, "w") as file:
        file.write(text)
    typer.echo(f"{path} is written; it holds secrets")


@app.command()
def quarantine(mac: MacArgument, reason: ReasonOption, home: HomeOption = None, as_json: AsJson = False) -> None:
    """Put a device in quarantine until a person releases it."""
    _say(call("POST", f"/devices/{part(mac)}/quarantine", home=home, json_body={"reason": reason}), as_json)


@app.command()
def release(mac: MacArgument, reason: ReasonOption, home: HomeOption = None, as_json: AsJson = False) -> None:
    """Take back a quarantine by hand."""
    _say(call("POST", f"/devices/{part(mac)}/release", home=home, json_body={"reason": reason}), as_json)


def _act(act: str, macs: list[str], reason: str, home: Path | None, **more: str) -> None:
    body = {"act": act, "devices": macs, "reason": reason, **more}
    found = call("POST", "/devices/acts", home=home, json_body=body)["items"]
    print_table(map(_row, found), COLUMNS, "", SPARE)


def _all_pages(wanted: dict[str, Any], home: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = call("GET", "/devices", home=home, limit=500, after=after, **wanted)
        found += page["items"]
        after = page["next"]
        if after is None:
            return found


def _say(device: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(device)
    else:
        print_table([_row(device)], COLUMNS, "", SPARE)


def _row(device: dict[str, Any]) -> dict[str, Any]:
    place, decision = device["place"] or {}, device["decision"] or {}
    port = f"{place['switch']} {place['port']}" if place.get("port") else ""
    return {
        **device,
        "group": decision.get("group"),
        "address": place.get("address"),
        "port": port,
        "segment": decision.get("segment"),
        "why": (decision.get("because") or {}).get("text"),
    }
