"""Makes the demo school's folder: policy, inventory, settings, secrets, and the network to simulate."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from controller.demo import network, roster
from controller.home import Home
from controller.policy.file import read
from controller.timetable import lesson_windows
from inventory.model import Admission
from inventory.roster import write_devices, write_people, write_switches

ACCOUNTS = ("year-5-teacher", "ict-lead", "head")
LOCK = "up.lock"
"""In the folder of what runs: held by `caretaker up` as long as it lives."""
SETTINGS = """# Settings of the demo school.
[enforcement]
poll = 1.0
"""


def prepare(home: Home, first_ssh_port: int, *, fresh: bool) -> None:
    """Write what is not there yet. What changed with a release (policy, inventory) is written again each time."""
    if fresh and home.root.exists():
        _forget(home)
    home.make()
    source = files("controller.demo")
    _write(home.policy, source.joinpath("school.yaml").read_text())
    for block_list in source.joinpath("lists").iterdir():
        _write(home.root / "lists" / block_list.name, block_list.read_text())
    sign_in = _sign_in(home, first_ssh_port)
    registered = [p.device for p in roster.placed() if p.device.admission is Admission.REGISTERED]
    _write(home.devices, write_devices(registered))
    _write(home.people, write_people(roster.people()))
    _write(home.switches, write_switches(roster.switches(first_ssh_port)))
    _write(home.settings, SETTINGS)
    entry = sign_in["network"]
    _write(home.secrets, f'[credentials.demo]\nusername = "{entry["username"]}"\npassword = "{entry["password"]}"\n')
    site = network.site(first_ssh_port, entry["username"], entry["password"], str(home.run / "network.sock"))
    _write(home.root / "site.json", json.dumps(site, indent=1))


def is_another_school(home: Home) -> bool:
    return home.policy.is_file() and not (home.root / "site.json").is_file()


def sign_in(home: Home) -> Mapping[str, Any]:
    """Accounts and passwords of the demo; they are made up at its first start."""
    told: Mapping[str, Any] = json.loads((home.root / "sign-in.json").read_text())
    return told


def group_without_lesson(home: Home, now: datetime) -> str:
    """A year group to try a lesson with: Year 5, unless the timetable has opened one for it already."""
    running = {lesson.group for lesson in lesson_windows(read(home.policy).policy, now, now + timedelta(seconds=1))}
    return next((group for group in ("year-5", "year-6", "year-3") if group not in running), "year-5")


def _sign_in(home: Home, first_ssh_port: int) -> Mapping[str, Any]:
    path = home.root / "sign-in.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    accounts = known.get("accounts") or {name: secrets.token_urlsafe(9) for name in ACCOUNTS}
    password = known.get("network", {}).get("password") or secrets.token_urlsafe(9)
    told = {
        "accounts": accounts,
        "network": {"port": first_ssh_port, "username": "caretaker", "password": password},
    }
    _write(path, json.dumps(told, indent=1))
    return told


def _forget(home: Home) -> None:
    """Only a folder that the demo made is emptied, but for the lock that says that it is running."""
    if not (home.root / "site.json").is_file():
        return
    lock = home.run / LOCK
    for path in sorted(home.root.rglob("*"), reverse=True):
        if path == lock or path in lock.parents:
            continue
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def _write(path: Path, text: str) -> None:
    """For the owner alone, whole or not at all; an unchanged file keeps its time."""
    if path.is_file() and path.read_text() == text:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    trial = path.with_suffix(path.suffix + ".new")
    with os.fdopen(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    trial.replace(path)
