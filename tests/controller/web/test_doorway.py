"""The pages at the door: who is asking, in which language, under which name, and that nobody abuses them."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from controller.accounts import SYSTEM
from controller.addresses import Endpoint
from controller.api.problems import TooManyTries
from controller.api.throttle import FORMS_AT_THE_DOOR, PAGES_AT_THE_DOOR, Throttle
from controller.web.doorway.app import make_doorway
from controller.web.doorway.matter import Matter
from controller.web.doorway.page import AtTheDoor
from controller.web.doorway.serve import run_doorway
from controller.web.doorway.visit import canonical, chosen_language, neighbourhood, site_name
from controller.web.doorway.words import FOLDER, Say, known_languages, words
from inventory.model import (
    Admission,
    Approval,
    BarredAs,
    Hold,
    Mac,
    Person,
    PersonId,
    Sighting,
    YearGroupId,
)
from tests.controller.api.pages import Page
from tests.controller.web.conftest import DOOR, From
from tests.fakes.site import IPAD, NINE, STRANGER, FakeSite

PUPIL, NOBODY, GUEST = "10.20.0.11", "10.99.0.9", "10.50.0.7"
LANGUAGES = ("en", "cy", "pl")
PAGES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.toml")})


def speaking(site: FakeSite, *languages: str) -> None:
    school = site.policy.school.model_copy(update={"languages": languages})
    site.policy = site.policy.model_copy(update={"school": school})


def change(site: FakeSite, mac: Mac = IPAD, **facts: object) -> None:
    device = site.store.inventory().devices[mac]
    site.store.put_devices((replace(device, **facts),), SYSTEM, NINE)  # type: ignore[arg-type]


def said(door: From, address: str, languages: str = "") -> str:
    answer = door(address, languages).get("/doorway")
    assert answer.status_code == 200
    return Page(answer.text).text


def test_a_stranger_learns_that_nobody_has_registered_the_device(door: From) -> None:
    text = said(door, NOBODY)
    assert "This device is not registered" in text
    assert "unknown-device (D1, D3)" in text
    assert STRANGER in text
    assert "ict@ashlane.example" in text


def test_an_address_that_nobody_ever_saw_is_said_to_be_one(door: From) -> None:
    text = said(door, "10.50.0.99")
    assert "We do not know this device" in text
    assert "not known here" in text


def test_a_pupil_is_spoken_to_as_a_child_and_sent_to_the_teacher(door: From, site: FakeSite) -> None:
    change(site, hold=Hold("a technician", "unkind letters", NINE))
    text = said(door, PUPIL)
    assert "A grown-up is checking this device" in text
    assert "Ask your teacher. They can ask the ICT lead." in text
    assert "ict@ashlane.example" not in text


def test_what_a_person_wrote_of_a_device_is_nobody_elses_business(door: From, site: FakeSite) -> None:
    change(site, hold=Hold("a technician", "unkind letters", NINE))
    assert "unkind letters" not in said(door, PUPIL)
    assert "a technician" not in said(door, PUPIL)


def test_a_stranger_in_the_pupils_network_is_spoken_to_as_a_child(door: From) -> None:
    assert "We do not know this device yet" in said(door, "10.20.0.99")


def test_staff_are_spoken_to_plainly(door: From, site: FakeSite) -> None:
    change(site, year_group=None, role="teacher", hold=Hold("a technician", "a warning on screen", NINE))
    assert "This device is being looked at" in said(door, PUPIL)


@pytest.mark.parametrize(
    ("facts", "matter"),
    [
        ({}, Matter.CLOSED),
        ({"role": "teacher", "year_group": None}, Matter.FINE),
        ({"admission": Admission.BARRED, "barred_as": BarredAs.LOST}, Matter.MISSING),
        ({"admission": Admission.BARRED, "barred_as": BarredAs.RETIRED}, Matter.BARRED),
        ({"admission": Admission.UNKNOWN}, Matter.UNKNOWN),
        ({"hold": Hold("head", "a warning", NINE)}, Matter.HELD),
        ({"approval": Approval("head", "a visit", NINE - timedelta(hours=1))}, Matter.LAPSED),
        ({"year_group": None}, Matter.NOBODYS),
        ({"kind": "something-else"}, Matter.NOBODYS),
    ],
)
def test_the_page_says_what_is_the_matter(facts: dict[str, object], matter: Matter, door: From, site: FakeSite) -> None:
    change(site, **facts)
    page = Page(door(PUPIL).get("/doorway").text)
    assert matter.value in [text for tag, text in page.texts if tag == "code"]


def test_the_name_of_a_person_is_not_shown(door: From, site: FakeSite) -> None:
    site.store.put_people((Person(PersonId("p1"), "Somebody Real", year_group=YearGroupId("year-5")),), SYSTEM, NINE)
    change(site, person=PersonId("p1"), year_group=None)
    assert "Somebody Real" not in said(door, PUPIL)


def test_of_two_devices_with_one_address_the_strictest_is_shown(door: From, site: FakeSite) -> None:
    site.store.record_sightings((Sighting(STRANGER, NINE, "dhcp", None, 20, PUPIL),), NINE)
    assert "unknown-device" in said(door, PUPIL)


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        ("", "This device is not registered"),
        ("cy", "Nid yw'r ddyfais hon wedi'i chofrestru"),
        ("pl-PL,pl;q=0.9,en;q=0.1", "To urządzenie nie jest zarejestrowane"),
        ("fr, de;q=0.5", "This device is not registered"),
        ("en;q=0.1, pl;q=0.8", "To urządzenie nie jest zarejestrowane"),
        ("\x7f;q=1e9,,,;;", "This device is not registered"),
    ],
)
def test_a_page_speaks_the_language_of_the_browser_where_the_school_offers_it(
    languages: str, expected: str, door: From, site: FakeSite
) -> None:
    speaking(site, *LANGUAGES)
    assert expected in said(door, NOBODY, languages)


def test_a_language_that_the_school_does_not_offer_is_not_spoken(door: From, site: FakeSite) -> None:
    speaking(site, "en")
    assert "This device is not registered" in said(door, NOBODY, "pl")
    assert "English" not in said(door, NOBODY)


def test_a_language_chosen_by_hand_stays_chosen(door: From, site: FakeSite) -> None:
    speaking(site, *LANGUAGES)
    page = Page(door(NOBODY, "pl").get("/doorway?lang=cy").text)
    assert page.all("html")[0]["lang"] == "cy"
    assert any(link.get("href") == "/doorway?lang=cy" for link in page.all("a") if link.get("class") == "button")


def test_a_school_in_a_language_without_words_is_spoken_to_in_english(door: From, site: FakeSite) -> None:
    speaking(site, "fr")
    assert "This device is not registered" in said(door, NOBODY)


@pytest.mark.parametrize("language", known_languages())
@pytest.mark.parametrize("name", PAGES)
def test_every_language_says_everything_that_english_says(name: str, language: str) -> None:
    english, own = words(name, "en"), words(name, language)
    assert {side: set(keys) for side, keys in own.items()} == {side: set(keys) for side, keys in english.items()}
    for side, texts in english.items():
        for key, text in texts.items():
            assert type(own[side][key]) is type(text)
            assert _places(own[side][key]) == _places(text), (side, key)
            assert bool(own[side][key]) == bool(text), (side, key)


def _places(text: object) -> set[str]:
    return {part.partition("}")[0] for part in str(text).split("{")[1:]}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_said_to_children_only(name: str) -> None:
    english = words(name, "en")
    assert set(english.get("child", {})) <= set(english["plain"])


@pytest.mark.parametrize("child", [False, True])
@pytest.mark.parametrize("matter", list(Matter))
def test_there_are_words_for_every_matter(matter: Matter, child: bool) -> None:
    say = Say("remediation", "en", child)
    assert say(f"{matter.value}.title")
    assert say(f"{matter.value}.what")


def test_a_key_that_nobody_wrote_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Say("remediation", "en")("no-such-words")


@pytest.mark.parametrize(
    "host", ["poki.com", "POKI.com:80", "connectivitycheck.gstatic.com", 'evil"><b', "[::1", "10.10.0.5"]
)
@pytest.mark.parametrize("path", ["/", "/doorway", "/generate_204", "/a/b?x=1"])
def test_under_any_other_name_the_door_says_only_where_it_is(host: str, path: str, door: From) -> None:
    answer = door(PUPIL).get(path, headers={"Host": host})
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http://10.10.0.9/")
    assert '"' not in answer.headers["location"]


def test_the_name_that_was_asked_for_is_told_to_the_page(door: From) -> None:
    answer = door(PUPIL).get("/", headers={"Host": "poki.com"})
    assert answer.headers["location"] == "http://10.10.0.9/?site=poki.com"
    assert door(PUPIL).get("/?site=poki.com").headers["location"] == "/doorway?site=poki.com"


def test_a_form_that_another_sites_page_sends_is_refused(site: FakeSite) -> None:
    app, sent = make_doorway(site), []

    @app.post("/a-form")
    def a_form(visit: AtTheDoor) -> dict[str, str]:
        sent.append(visit.address)
        return {}

    client = TestClient(app, DOOR, client=(PUPIL, 40_000))
    assert client.post("/a-form", headers={"Host": "poki.com"}).status_code == 403
    assert client.post("/a-form", headers={"Origin": "http://poki.com"}).status_code == 403
    assert client.post("/a-form", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert sent == []
    assert client.post("/a-form", headers={"Origin": DOOR}).status_code == 200


def test_a_school_that_names_its_door_is_sent_to_that_name(door: From) -> None:
    client = door(PUPIL, name="door.ashlane.example")
    answer = client.get("/", headers={"Host": "poki.com"})
    assert answer.headers["location"] == "http://door.ashlane.example/?site=poki.com"
    assert client.get("/doorway", headers={"Host": "door.ashlane.example"}).status_code == 200


def test_a_device_that_asks_whether_it_is_let_out_is_told(door: From, site: FakeSite) -> None:
    answer = door(NOBODY).get("/captive-portal")
    assert answer.headers["content-type"] == "application/captive+json"
    assert answer.json() == {"captive": True, "user-portal-url": "http://10.10.0.9/doorway"}
    change(site, role="teacher", year_group=None)
    assert door(PUPIL).get("/captive-portal").json()["captive"] is False


def test_no_page_has_a_script_and_none_may_run(door: From) -> None:
    answer = door(NOBODY).get("/doorway")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert not Page(answer.text).all("script")


@pytest.mark.parametrize(
    "path", ["/api/v1/devices", "/sign-in", "/api/v1/openapi.json", "/static/console.css", "/devices/x"]
)
def test_neither_api_nor_console_is_at_the_door(path: str, door: From) -> None:
    answer = door(NOBODY).get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, "/doorway")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "\u202egpj.exe"]
)
def test_a_hostile_name_stays_text(name: str, door: From, site: FakeSite) -> None:
    plain = [tag for tag, _ in Page(door(PUPIL).get("/doorway").text).elements]
    change(site, name=name)
    page = Page(door(PUPIL).get("/doorway").text)
    assert [tag for tag, _ in page.elements] == plain
    assert name in [text for tag, text in page.texts if tag == "bdi"]


def test_one_address_gets_so_many_pages_a_minute_and_others_go_on(door: From) -> None:
    client = door(NOBODY)
    answers = [client.get("/doorway").status_code for _ in range(PAGES_AT_THE_DOOR + 1)]
    assert answers == [200] * PAGES_AT_THE_DOOR + [429]
    refused = client.get("/doorway")
    assert refused.headers["retry-after"] == "60"
    assert "Please wait a moment" in Page(refused.text).text
    assert door(PUPIL).get("/doorway").status_code == 200


def test_forms_are_fewer_and_a_visitor_cannot_change_its_address_within_its_network() -> None:
    throttle = Throttle()
    for number in range(FORMS_AT_THE_DOOR):
        throttle.count_form(neighbourhood(f"fd00:20::{number:x}"))
    with pytest.raises(TooManyTries):
        throttle.count_form(neighbourhood("fd00:20::ffff"))
    throttle.count_form(neighbourhood("10.20.0.1"))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_what_is_no_page_is_refused_in_words(method: str, door: From) -> None:
    answer = door(NOBODY).request(method, "/doorway")
    assert answer.status_code == 405
    assert "This did not work" in Page(answer.text).text


def test_a_body_that_is_too_long_is_refused_unread(door: From) -> None:
    assert door(NOBODY).post("/doorway", content=b"x" * 20_000).status_code == 413


@given(st.text(max_size=300))
def test_whatever_a_name_is_it_is_a_host_name_or_nothing(text: str) -> None:
    found = site_name(text)
    assert found == "" or all(letter.isascii() and (letter.isalnum() or letter in "._-") for letter in found)
    assert site_name(found) == found


@given(st.text(max_size=100), st.text(max_size=300))
def test_whatever_a_browser_says_the_language_is_one_of_the_schools(asked: str, accepts: str) -> None:
    language, chosen = chosen_language(LANGUAGES, asked, accepts)
    assert language in LANGUAGES
    assert chosen == (asked in LANGUAGES)


@given(st.ip_addresses(v=4))
def test_an_address_is_the_same_whichever_socket_it_came_in_by(address: object) -> None:
    assert canonical(f"::ffff:{address}") == canonical(str(address)) == str(ip_address(str(address)))


def test_the_door_answers_every_name_on_a_real_socket(site: FakeSite) -> None:
    with run_doorway(site, (Endpoint("127.0.0.1", 0),)) as (running,):
        for head in (
            b"GET / HTTP/1.1\r\nHost: poki.com",
            b"GET / HTTP/1.0",
            b"GET http://poki.com/ HTTP/1.1\r\nHost: x",
        ):
            with socket.create_connection(("127.0.0.1", running.port), 20) as wire:
                wire.sendall(head + b"\r\nConnection: close\r\n\r\n")
                answer = _all(wire)
            assert b" 302 " in answer.splitlines()[0]
            assert f"location: http://127.0.0.1:{running.port}/".encode() in answer.lower()


def _all(wire: socket.socket) -> bytes:
    parts = []
    while part := wire.recv(65536):
        parts.append(part)
    return b"".join(parts)
