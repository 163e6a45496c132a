"""`caretaker import gone`: what was taken out of the school's own files and is still known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from controller.commands.output import fail, print_json, say
from controller.commands.remote import call, find_home
from controller.home import Home
from inventory.csv_file import Rows
from inventory.roster import read_devices, read_people, read_switches


def gone_command(home: Path | None, *, apply: bool, as_json: bool) -> None:
    found = gone_from_files(home, apply=apply)
    if as_json:
        print_json(found)
    else:
        show_gone(found, apply=apply)


def gone_from_files(home: Path | None, *, apply: bool) -> dict[str, list[str]]:
    """By file. A file that is missing, empty or broken says nothing: it must not retire a whole school."""
    folder = Home(find_home(home))
    found = {
        "people": _gone(folder.people, "people", read_people, lambda one: str(one.id), home),
        "devices": _gone(folder.devices, "devices", read_devices, lambda one: str(one.mac), home),
        "switches": _gone(folder.switches, "switches", read_switches, lambda one: str(one.name), home),
    }
    for noun, keys in found.items():
        if apply and keys:
            body = {noun: keys, "reason": f"taken out of {noun}.csv"}
            call("POST", f"/imports/{noun}.csv/retire", home=home, json_body=body)
    return found


def show_gone(found: Mapping[str, list[str]], *, apply: bool) -> None:
    if not any(found.values()):
        say("Everything that came from the school's files still stands in them.")
    for noun, keys in found.items():
        for key in keys:
            say(f"{noun}.csv: {key} " + ("retired" if apply else "stands there no longer"))
    if any(found.values()) and not apply:
        say("`caretaker import gone --apply` retires them.")


def _gone(
    path: Path, noun: str, read: Callable[[bytes, str], Rows[Any]], key: Callable[[Any], str], home: Path | None
) -> list[str]:
    raw = path.read_bytes() if path.is_file() else b""
    if not raw.strip():
        return []
    rows = read(raw, str(path))
    if rows.problems:
        fail("\n".join(map(str, rows.problems[:20])), "Mend the file first: what cannot be read is not gone.")
    if not rows.values:
        return []
    listed = {key(one) for one in rows.values}
    known: list[str] = call("GET", f"/imports/{noun}.csv", home=home)[noun]
    return sorted(set(known) - listed)
