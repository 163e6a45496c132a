"""Two schools of one provider, somebody of every kind in the first, and something of everybody's to ask for."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from controller.accounts import SCOPES, SYSTEM, Account, TokenKind, hash_password, make_token
from controller.api.access import SESSION_COOKIE
from controller.api.events import MOST_LISTENERS
from controller.api.throttle import Throttle
from controller.clock import FixedClock
from controller.home import Home
from controller.model import AccessWindow
from controller.policy.file import parse
from controller.store import Store
from inventory.model import Admission, Device, Hold, Mac, Person, PersonId, Sighting, YearGroupId
from inventory.sanctions import Sanction
from tests.controller.api.authorisation.asked import OBJECTS, Asked, filled
from tests.controller.api.authorisation.table import ACTORS
from tests.controller.api.pages import Page
from tests.fakes.site import NINE, PASSWORD, POLICY, FakeSite, open_site

ROLES = {
    "ict": "ict_lead",
    "safe": "safeguarding_lead",
    "tech": "technician",
    "admin": "provider_admin",
    "audit": "auditor",
    "hook": "api_client",
    "reader": "ict_lead",
    "prog": "api_client",
}
A_WEEK = timedelta(days=7)
_MISSING = {
    "source": "sims",
    "push_id": "1",
    "number": "9",
    "hold_id": "hold-9",
    "case_id": "c9",
    "rule_id": "r9",
    "receipt": "no-such-receipt",
}
NARROWED = {"hook": frozenset({"sightings:write"}), "reader": frozenset({"windows:read", "devices:read"})}
PEOPLE = tuple(actor for actor in ACTORS if actor not in ("hook", "reader", "prog"))
SHUT = ("nobody", "made up", "revoked", "over", "closed account", "other school", "other door")
DOORS = {"api": TokenKind.API, "page": TokenKind.SESSION}


@dataclass(frozen=True)
class Template:
    """The folder that every case starts from, and the secrets: (actor, door) -> secret."""

    folder: Path
    secrets: Mapping[tuple[str, str], str]
    form_tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """One copy of the first school, behind the app."""

    app: FastAPI
    site: FakeSite
    secrets: Mapping[tuple[str, str], str]
    form_tokens: dict[str, str]

    def ask(self, actor: str, row: str, asked: Asked, letter: str) -> Response:
        method, path = row.partition(" (")[0].split()
        door = "api" if path.startswith("/api/") else "page"
        client = self._client(actor, door)
        words = self.words(actor, letter)
        place = filled(path, {f"{key}_id": words[key] for key in ("window", "sanction", "token")} | words)
        place = filled(place, {**_MISSING, "series": words["of_series"]}) + filled(asked.query, words)
        body = filled(asked.body, words)
        if door == "page" and method == "POST":
            return client.request(method, place, data={**body, "csrf": self.form_token(actor)})
        if isinstance(body, str):
            return client.request(method, place, content=body, headers={"Content-Type": "text/plain"})
        return client.request(method, place, json=body)

    def words(self, actor: str, letter: str) -> dict[str, str]:
        of = OBJECTS[letter]
        account = {"o": account_of(actor), "y": "office", "w": "prog", "s": "ict-of-another"}[letter]
        tokens = {token.account: token.id for token in self.site.store.tokens() if token.kind is TokenKind.API}
        mine = next((t.id for t in self.site.store.tokens() if t.name == actor), "0" * 16)
        token = {"o": mine, "y": tokens["office"], "w": tokens["prog"], "s": "f" * 16}[letter]
        number = of["number"]
        series = {"o": "s3", "y": "s4"}.get(letter, "s99")
        return {
            **of,
            "window": f"w{number}",
            "sanction": f"s{number}",
            "account": account,
            "token": token,
            "of_series": series,
        }

    def _client(self, actor: str, door: str) -> TestClient:
        secret = self.secrets.get((actor, door), "")
        client = TestClient(self.app, headers={"Origin": "http://testserver"}, follow_redirects=False)
        if door == "page":
            client.cookies.set(SESSION_COOKIE, secret)
        elif secret:
            client.headers["Authorization"] = f"Bearer {secret}"
        return client

    def form_token(self, actor: str) -> str:
        """As it stands on the pages of this session; it is the same as long as the session lasts."""
        secret = self.secrets.get((actor, "page"), "")
        if secret not in self.form_tokens:
            page = self._client(actor, "page").get("/")
            self.form_tokens[secret] = Page(page.text).form_token() if page.status_code == 200 else ""
        return self.form_tokens[secret]


def account_of(actor: str) -> str:
    return "ict" if actor == "reader" else actor


@contextmanager
def world(app: FastAPI, template: Template, folder: Path) -> Iterator[World]:
    shutil.copytree(template.folder, folder, dirs_exist_ok=True)
    site = FakeSite(
        Store.open(f"sqlite:///{folder}/caretaker.db"),
        FixedClock(NINE),
        parse(POLICY, "school.yaml").policy,
        home=Home(folder),
    )
    app.state.site, app.state.throttle = site, Throttle()
    app.state.listeners.count = MOST_LISTENERS  # a stream of events would not end while the clock stands still
    try:
        yield World(app, site, template.secrets, template.form_tokens)
    finally:
        site.store.close()


def make_template(folder: Path) -> Template:
    """The first school, with the token of another one beside its own."""
    here, there = folder / "here", folder / "there"
    for place in (here, there):
        place.mkdir()
    site, other = open_site(here), open_site(there)
    secrets = _everybody(site) | _let_in_nowhere(site, other)
    _objects(site)
    site.store.close()
    other.store.close()
    return Template(here, secrets)


def _everybody(site: FakeSite) -> dict[tuple[str, str], str]:
    secrets, hashed = {}, hash_password(PASSWORD)
    for actor in ACTORS:
        account = Account(account_of(actor), ROLES.get(actor, actor), hashed, _classes(actor))
        site.store.put_account(account, SYSTEM, NINE)
        for door, kind in DOORS.items():
            scopes = NARROWED.get(actor, SCOPES[account.role])
            secret, token = make_token(account, actor, kind, NINE, scopes=scopes)
            if door == "page" and actor not in PEOPLE:
                continue  # a program never signs in
            site.store.add_token(token, SYSTEM, NINE)
            secrets[actor, door] = secret
    return secrets


def _classes(actor: str) -> frozenset[str]:
    return frozenset({"year-5"}) if actor == "teacher" else frozenset()


def _let_in_nowhere(site: FakeSite, other: FakeSite) -> dict[tuple[str, str], str]:
    """Each of them would hold every right there is, were it in force here."""
    boss, gone = Account("boss", "provider_admin"), Account("gone", "provider_admin")
    for school in (site, other):
        school.store.put_account(boss, SYSTEM, NINE)
    site.store.put_account(gone, SYSTEM, NINE)
    long_ago = NINE - timedelta(hours=11)
    secrets: dict[tuple[str, str], str] = {}
    for door, kind in DOORS.items():
        revoked, token = make_token(boss, "revoked", kind, NINE)
        site.store.add_token(token, SYSTEM, NINE)
        site.store.revoke_token(token.id, SYSTEM, NINE)
        over, token = make_token(boss, "over", kind, long_ago, lasts=timedelta(hours=11))
        site.store.add_token(token, SYSTEM, NINE)
        closed, token = make_token(gone, "of a closed account", kind, NINE)
        site.store.add_token(token, SYSTEM, NINE)
        foreign, token = make_token(boss, "of another school", kind, NINE)
        other.store.add_token(token, SYSTEM, NINE)
        wrong, token = make_token(boss, "for the other door", next(k for k in DOORS.values() if k is not kind), NINE)
        site.store.add_token(token, SYSTEM, NINE)
        kinds = ("", "ct_" + "x" * 43, revoked, over, closed, foreign, wrong)
        secrets |= {(name, door): secret for name, secret in zip(SHUT, kinds, strict=True)}
    site.store.put_account(replace(gone, disabled=True), SYSTEM, NINE)
    return secrets


def _objects(site: FakeSite) -> None:
    store, hold = site.store, Hold("head", "to be looked at", NINE)
    people = (
        Person(PersonId("child-5"), "A child of Year 5", year_group=YearGroupId("year-5"), source="sims"),
        Person(PersonId("child-6"), "A child of Year 6", year_group=YearGroupId("year-6"), source="sims"),
        Person(PersonId("head"), "The head", role="head", source="sims"),
    )
    store.put_people(people, SYSTEM, NINE)
    kinds = {"o": "school-ipad", "y": "school-ipad", "w": "printer"}
    for letter, kind in kinds.items():
        of = OBJECTS[letter]
        group = YearGroupId(of["group"]) if letter != "w" else None
        device = Device(Mac(of["mac"]), f"thing-{letter}", kind, Admission.REGISTERED, year_group=group, hold=hold)
        store.put_devices((device,), SYSTEM, NINE)
        store.record_sightings((Sighting(device.mac, NINE, "dhcp", None, 20, of["address"], device.name),), NINE)
        store.raise_alarm("pinned", of["mac"], "is plugged in elsewhere", NINE)
        sanction = Sanction(
            "", PersonId(of["person"]), None, ("internet",), NINE, NINE + timedelta(days=3), "x", "boss"
        )
        store.impose_sanction(sanction, SYSTEM, NINE)
    windows = [_window(OBJECTS[letter]["group"]) for letter in "oy"]
    for window in windows:
        store.open_window(window, SYSTEM, NINE)
    for window in windows:
        in_a_week = replace(window, opens_at=window.opens_at + A_WEEK, closes_at=window.closes_at + A_WEEK)
        store.open_series((in_a_week,), SYSTEM, NINE)


def _window(group: str) -> AccessWindow:
    end = NINE + timedelta(minutes=30)
    return AccessWindow("", group, NINE, end, f"ict-of-{group}", "sums", rule="a test")


def said_in(answer: Response, text: str) -> bool:
    """Spaces after colons and commas count for nothing."""
    return re.sub(r"([:,])\s+", r"\1", text) in re.sub(r"([:,])\s+", r"\1", answer.text)
