"""The folder of the virtual school, as somebody writes it who has found a network and brings Caretaker to it. ●"""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from controller.accounts import SYSTEM, Account, TokenKind, make_token
from controller.home import Home
from controller.lab.boxes import ACCOUNT
from controller.lab.plan import (
    HOSTS,
    NAMES,
    PEOPLE,
    SERVER_4,
    SERVER_6,
    UPSTREAM,
    VLANS,
    Layout,
    gateway_4,
    management_address,
)
from controller.store import Store
from inventory.agreements import Agreement, Signer
from inventory.model import (
    Admission,
    Device,
    Mac,
    Mode,
    Person,
    PersonId,
    Purpose,
    Receipt,
    Switch,
    SwitchName,
    YearGroupId,
)
from inventory.roster import write_devices, write_people, write_switches

POLL = 0.5
STAFF = {"year-5-teacher": ("teacher", ("year-5",)), "head": ("head", ())}
"""Accounts with an API token each: the teacher and the head who open and close."""


def write(home: Home, layout: Layout, password: str) -> None:
    """Policy in the mode `observe`, inventory, settings and secrets."""
    home.make()
    _keep(home.policy, files("controller.lab").joinpath("school.yaml").read_text())
    _keep(home.root / "lists" / "games.txt", f"{NAMES['games']}\n")
    _keep(home.root / "lists" / "chat.txt", f"{NAMES['chat']}\n")
    _keep(home.root / "lists" / "mandatory.txt", f"{NAMES['never']}\n")
    _keep(home.people, write_people(Person(PersonId(i), n, r, YearGroupId(g) if g else None) for i, n, r, g in PEOPLE))
    _keep(home.devices, write_devices(_device(host.name) for host in HOSTS if host.registered))
    _keep(home.switches, _switches(layout))
    places = f'["{SERVER_4}:53", "[{SERVER_6}]:53"]'
    enforcement = f"[enforcement]\npoll = {POLL}\ndeadline = 10\n"
    _keep(home.settings, f'[dns]\nlisten = {places}\nupstreams = ["{UPSTREAM}"]\n{enforcement}')
    _keep(home.secrets, f'[credentials.lab]\nusername = "{ACCOUNT}"\npassword = "{password}"\n')


def set_mode(home: Home, mode: Mode) -> None:
    """How far Caretaker goes: one word of the policy file."""
    text = home.policy.read_text()
    _keep(
        home.policy, re.sub(r"^enforcement: \{mode: \w+\}", f"enforcement: {{mode: {mode}}}", text, flags=re.MULTILINE)
    )


def seed(home: Home, now: datetime) -> None:
    """What a school knows before: accounts and signed forms."""
    with Store.open(home.database_url) as store:
        for name, (role, groups) in STAFF.items():
            account = Account(name, role, groups=frozenset(groups))
            store.put_account(account, SYSTEM, now)
            secret, token = make_token(account, "the lab", TokenKind.API, now, lasts=timedelta(days=30))
            store.add_token(token, SYSTEM, now)
            _keep(token_of(home, name), secret)
        store.put_people(
            [Person(PersonId(i), n, r, YearGroupId(g) if g else None) for i, n, r, g in PEOPLE], SYSTEM, now
        )
        signed = [
            Agreement(PersonId(i), Signer.GUARDIAN if g else Signer.STAFF, "2026", now - timedelta(days=30))
            for i, _, _, g in PEOPLE
        ]
        store.put_agreements(signed, SYSTEM, now)


def scan(home: Home, now: datetime) -> None:
    """Every laptop of the school, clean; Caretaker may not run meanwhile."""
    with Store.open(home.database_url) as store:
        store.put_receipts([receipt(host.mac, now) for host in HOSTS if host.kind == "school-laptop"], SYSTEM, now)


def token_of(home: Home, account: str) -> Path:
    return home.root / "tokens" / account


def receipt(mac: str, now: datetime, *, clean: bool = True) -> Receipt:
    return Receipt(Mac(mac), now, "ClamAV", now, clean=clean, by="ICT lead")


def _device(name: str) -> Device:
    host = next(each for each in HOSTS if each.name == name)
    year = YearGroupId(host.group) if host.group and host.group.startswith("year-") else None
    person = PersonId(host.person) if host.person else None
    role = host.group if year is None and person is None else None
    return Device(Mac(host.mac), host.name, host.kind, Admission.REGISTERED, None if person else year, role, person)


def _switches(layout: Layout) -> str:
    rows = [
        Switch(SwitchName(name), management_address(name), 22, "ovs_linux", Purpose.ACCESS, Mode.OBSERVE, "lab", None)
        for name in layout.switches
    ]
    address = gateway_4(VLANS["management"])
    rows.append(Switch(SwitchName("gateway"), address, 22, "linux_gateway", Purpose.GATEWAY, Mode.OBSERVE, "lab", None))
    # The mode is left to the policy: one word there moves the whole school from looking to keeping.
    return write_switches(rows).replace(",observe,", ",,")


def _keep(path: Path, text: str) -> None:
    """For the owner alone, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    trial = path.with_suffix(path.suffix + ".new")
    with os.fdopen(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    trial.replace(path)
