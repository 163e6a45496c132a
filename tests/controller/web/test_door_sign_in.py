"""Signing in at the door: year groups that share a login, people with their own, and nobody from a strange device."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from httpx2 import Response

from controller.accounts import SYSTEM
from inventory.model import Device, Hold, Mac, Person, PersonId, Sighting, YearGroupId
from tests.controller.api.pages import Page
from tests.controller.web.conftest import DOOR, From
from tests.fakes.site import IPAD, NINE, PASSWORD, FakeSite

PUPIL, NOBODY = "10.20.0.11", "10.99.0.9"
PATH = "/doorway/sign-in"
YEAR_6 = {"who": "year-6", "password": PASSWORD}


@pytest.fixture(autouse=True)
def logins(site: FakeSite) -> None:
    """Years 5 and 6 share a login each; one child and one teacher have their own."""
    for group in ("year-5", "year-6"):
        site.account("pupil", frozenset({group}), name=group, password=PASSWORD)
    site.account("pupil", name="child-5-01", password=PASSWORD)
    site.account("teacher", frozenset({"year-5"}), name="ms-hill", password=PASSWORD)
    child = Person(PersonId("child-5-01"), "A child", year_group=YearGroupId("year-5"))
    site.store.put_people((child,), SYSTEM, NINE)


def send(door: From, form: dict[str, str], address: str = PUPIL, path: str = PATH) -> Response:
    return door(address).post(path, data=form, headers={"Origin": DOOR})


def acts_for(site: FakeSite, mac: Mac = IPAD) -> tuple[str | None, str | None]:
    """The group that it acts for now, and the person signed in at it."""
    intent = site.loop.intent()
    assert intent is not None
    signed = site.inventory().sign_ins.get(mac)
    person = signed.person if signed and signed.covers(site.clock.now()) else None
    return intent.decisions[mac].group, person


def change(site: FakeSite, **facts: object) -> None:
    device: Device = site.inventory().devices[IPAD]
    site.store.put_devices((replace(device, **facts),), SYSTEM, NINE)  # type: ignore[arg-type]


def test_a_trolleys_tablet_follows_the_year_group_that_signs_in(door: From, site: FakeSite) -> None:
    assert acts_for(site) == ("year-5", None)
    answer = send(door, YEAR_6)
    assert answer.status_code == 200
    assert "Year 6" in Page(answer.text).text
    assert acts_for(site) == ("year-6", None)
    assert site.store.audit(action="sign-in.put")[0].actor == "year-6"


def test_it_ends_at_the_bell_by_itself(door: From, site: FakeSite) -> None:
    send(door, YEAR_6)
    site.clock.advance(timedelta(hours=6, minutes=14))
    assert acts_for(site)[0] == "year-6"
    site.clock.advance(timedelta(minutes=1))
    assert acts_for(site)[0] == "year-5"


def test_it_ends_with_the_lesson_in_which_it_was_made(door: From, site: FakeSite) -> None:
    change(site, year_group=YearGroupId("year-6"))
    site.clock.advance(timedelta(minutes=20))  # Year 5 has computing from 09:15 to 10:15
    send(door, {"who": "year-5", "password": PASSWORD})
    assert acts_for(site)[0] == "year-5"
    site.clock.advance(timedelta(minutes=55))
    assert acts_for(site)[0] == "year-6"


def test_signing_off_gives_the_tablet_back(door: From, site: FakeSite) -> None:
    send(door, YEAR_6)
    site.clock.advance(timedelta(minutes=1))
    assert send(door, {}, path=f"{PATH}/off").status_code == 303
    assert acts_for(site)[0] == "year-5"


def test_what_another_source_says_is_not_ended_at_the_door(door: From, site: FakeSite) -> None:
    from inventory.history import SignIn

    told = SignIn(IPAD, NINE, "radius", year_group=YearGroupId("year-6"))
    site.store.put_sign_ins([told], SYSTEM, NINE)
    send(door, {}, path=f"{PATH}/off")
    assert acts_for(site)[0] == "year-6"


def test_a_child_with_an_account_of_its_own_signs_in_as_itself(door: From, site: FakeSite) -> None:
    assert send(door, {"who": "own", "name": "child-5-01", "password": PASSWORD}).status_code == 200
    assert acts_for(site) == ("year-5", "child-5-01")


def test_a_teacher_signs_in_as_a_teacher(door: From, site: FakeSite) -> None:
    send(door, {"who": "own", "name": "ms-hill", "password": PASSWORD})
    assert acts_for(site) == ("teacher", None)


@pytest.mark.parametrize(
    "form",
    [
        {"who": "year-6", "password": "wrong"},
        {"who": "year-1", "password": PASSWORD},
        {"who": "own", "name": "nobody", "password": PASSWORD},
        {"who": "own", "name": "", "password": PASSWORD},
        {"who": "own", "name": "<script>", "password": "x"},
    ],
)
def test_a_wrong_password_changes_nothing_and_is_in_the_audit(form: dict[str, str], door: From, site: FakeSite) -> None:
    answer = send(door, form)
    assert (answer.status_code, "<script" in answer.text) == (401, False)
    assert acts_for(site) == ("year-5", None)
    assert site.store.audit(action="access.refused")[0].subject == f"POST {PATH}"


def test_an_account_with_a_second_factor_does_not_sign_in_without_it(door: From, site: FakeSite) -> None:
    site.store.begin_second_factor("ms-hill", "sealed", SYSTEM, NINE)
    site.store.confirm_second_factor("ms-hill", 1, (), SYSTEM, NINE)
    assert send(door, {"who": "own", "name": "ms-hill", "password": PASSWORD}).status_code == 401


def test_a_strange_device_is_not_let_in_by_a_password(door: From, site: FakeSite) -> None:
    assert send(door, YEAR_6, NOBODY).status_code == 403
    assert site.inventory().sign_ins == {}


def test_a_device_in_quarantine_is_not_let_out_by_a_password(door: From, site: FakeSite) -> None:
    change(site, hold=Hold("head", "a virus", NINE))
    assert send(door, YEAR_6).status_code == 403
    assert site.inventory().sign_ins == {}


def test_a_printer_follows_nobody(door: From, site: FakeSite) -> None:
    change(site, kind="printer", year_group=None)
    site.store.record_sightings((Sighting(IPAD, NINE, "dhcp", None, 40, "10.40.0.11", "printer"),), NINE)
    assert send(door, YEAR_6, "10.40.0.11").status_code == 403


def test_the_page_comes_by_itself_where_a_device_is_nobodys(door: From, site: FakeSite) -> None:
    assert door(PUPIL).get("/anything").headers["location"] == "/doorway"
    change(site, year_group=None)
    assert door(PUPIL).get("/anything").headers["location"] == PATH
    page = Page(door(PUPIL).get(PATH).text)
    assert [each["value"] for each in page.all("option")] == ["year-5", "year-6", "own"]


def test_a_whole_class_signs_in_within_a_minute_and_guessing_is_slow(door: From, site: FakeSite) -> None:
    tablets = [Mac(f"3c:22:fb:06:00:{number:02x}") for number in range(15)]
    for number, mac in enumerate(tablets):
        of = replace(site.inventory().devices[IPAD], mac=mac, name=f"ipad-{number}")
        site.store.put_devices((of,), SYSTEM, NINE)
        site.store.record_sightings((Sighting(mac, NINE, "dhcp", None, 20, f"10.20.1.{number}", of.name),), NINE)
    assert {send(door, YEAR_6, f"10.20.1.{number}").status_code for number in range(15)} == {200}
    wrong = {"who": "year-5", "password": "wrong"}
    statuses = [send(door, wrong, f"10.20.1.{number}").status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2


def test_a_form_of_another_site_does_nothing(door: From, site: FakeSite) -> None:
    answer = door(PUPIL).post(PATH, data=YEAR_6, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert site.inventory().sign_ins == {}
