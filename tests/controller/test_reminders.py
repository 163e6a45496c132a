"""Reminders: counted and never named, once a day, and never while nobody works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.reminders import due
from controller.reminding import Reminding
from controller.settings import Reminders
from inventory.agreements import Agreement, Signer
from inventory.model import Person, PersonId, YearGroupId
from inventory.sanctions import Sanction
from tests.fakes.site import NINE, FakeSite, open_site

ADDRESS = "mailtos://caretaker:a-password@mail.school.example?to=office@school.example"
MONTH, DAY = timedelta(days=30), timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FakeSite]:
    opened = open_site(tmp_path)
    people = [Person(PersonId(f"child-{n}"), f"Child {n}", year_group=YearGroupId("year-5")) for n in (1, 2)]
    teacher = Person(PersonId("ms-hill"), "Ms Hill", role="teacher")
    opened.store.put_people((*people, teacher), SYSTEM, NINE)
    (tmp_path / "secrets.toml").write_text(f'[credentials.office]\nusername = "x"\npassword = "{ADDRESS}"\n')
    (tmp_path / "secrets.toml").chmod(0o600)
    yield opened
    opened.store.close()


def sign(site: FakeSite, person: str, signer: Signer, days_ago: int = 0) -> None:
    site.store.put_agreements([Agreement(PersonId(person), signer, "2026", NINE - days_ago * DAY)], SYSTEM, NINE)


def texts(site: FakeSite) -> list[str]:
    return [each.text for each in due(site.policy, site.inventory(), site.clock.now(), MONTH)]


def test_what_is_missing_is_counted_by_group(site: FakeSite) -> None:
    assert texts(site) == ["3 agreements are missing (teacher 1, year-5 2)."]


def test_who_has_signed_is_quiet_until_a_month_before_it_runs_out(site: FakeSite) -> None:
    for child in ("child-1", "child-2"):
        sign(site, child, Signer.PUPIL)
        sign(site, child, Signer.GUARDIAN)
    sign(site, "ms-hill", Signer.STAFF, days_ago=334)
    assert texts(site) == []
    site.clock.advance(DAY)
    assert texts(site) == ["1 agreements run out within 30 days (teacher 1)."]


def test_sanctions_that_wait_for_a_person_are_named_by_their_number(site: FakeSite) -> None:
    today = date(2026, 11, 24)
    person = PersonId("child-1")
    for review, ends in ((today, None), (None, NINE + 9 * DAY), (today + DAY, None)):
        given = Sanction("", person, None, ("internet",), NINE, ends, "games", "head", review)
        site.store.impose_sanction(given, SYSTEM, NINE)
    assert "Sanctions to be looked at again: s1." in texts(site)
    site.clock.advance(5 * DAY + timedelta(hours=1))
    assert "Sanctions that end within two days unless approved: s1, s2, s3." in texts(site)


def reminding(site: FakeSite, taken: bool = True) -> tuple[Reminding, list[tuple[str, str, str]]]:
    sent: list[tuple[str, str, str]] = []

    def send(*message: str) -> bool:
        sent.append(message)  # type: ignore[arg-type]
        return taken

    return Reminding(site.home, site.store, Reminders(to=("office",), hour=8), send), sent


def test_it_is_sent_once_a_day_and_names_nobody(site: FakeSite) -> None:
    first, sent = reminding(site)
    first.turn(site.policy, NINE)
    reminding(site)[0].turn(site.policy, NINE)  # another controller, or one that was started anew
    again, more = reminding(site)
    again.turn(site.policy, NINE + timedelta(hours=5))
    assert (len(sent), more) == (1, [])
    address, title, text = sent[0]
    assert (address, title) == (ADDRESS, "Caretaker: Ash Lane Primary School")
    assert "3 agreements are missing" in text
    assert not any(name in text for name in ("Child", "child-1", "Hill"))
    again.turn(site.policy, NINE + DAY)
    assert len(more) == 1


@pytest.mark.parametrize("at", [timedelta(hours=-2), timedelta(days=4), timedelta(days=5)])
def test_nobody_is_reminded_before_the_day_begins_or_at_the_weekend(at: timedelta, site: FakeSite) -> None:
    told, sent = reminding(site)
    told.turn(site.policy, NINE + at)
    assert sent == []


def test_what_could_not_be_sent_is_said_and_tried_again(site: FakeSite) -> None:
    told, sent = reminding(site, taken=False)
    told.turn(site.policy, NINE)
    assert told.problem == "reminders: office could not be reached"
    told.turn(site.policy, NINE + timedelta(minutes=1))
    assert len(sent) == 1
    told.turn(site.policy, NINE + timedelta(minutes=16))
    assert len(sent) == 2


def test_an_address_that_nobody_wrote_down_is_said_without_its_password(site: FakeSite) -> None:
    told = Reminding(site.home, site.store, Reminders(to=("governors",), hour=8), lambda *_: True)
    told.turn(site.policy, NINE)
    assert told.problem == "reminders: secrets.toml has no entry governors"


def test_no_address_stands_in_the_database(site: FakeSite) -> None:
    told, _ = reminding(site)
    told.turn(site.policy, NINE)
    kept = [path.read_bytes() for path in site.home.root.glob("caretaker.db*")]
    assert not any(b"a-password" in raw for raw in kept)
