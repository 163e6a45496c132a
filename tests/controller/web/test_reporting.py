"""At the door: a blocked site, a report without an account, and what has become of it."""

from __future__ import annotations

import pytest

from controller.accounts import SYSTEM
from controller.api.throttle import FORMS_AT_THE_DOOR
from controller.model import AccessWindow
from controller.reports.model import Decided, Means, Outcome, Voice, Wish
from inventory.site_rules import Scope, SiteRule
from tests.controller.api.pages import Page
from tests.controller.web.conftest import DOOR, From
from tests.fakes.site import NINE, FakeSite

PUPIL = "10.20.0.11"
HOSTILE = '"><script>alert(1)</script>\u202e\r\nBcc: all@school.example'


def a_lesson(site: FakeSite) -> None:
    ends = NINE.replace(hour=10)
    site.store.open_window(AccessWindow("", "year-5", NINE, ends, "head", rule="a test"), SYSTEM, NINE)


def send(door: From, **fields: str) -> str:
    """Where the browser is sent after the form."""
    answer = door(PUPIL).post("/doorway/report", data=fields, headers={"Origin": DOOR})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_whoever_is_led_here_from_a_site_in_a_lesson_sees_that_it_is_blocked(door: From, site: FakeSite) -> None:
    a_lesson(site)
    led = door(PUPIL).get("/", params={"site": "poki.com"})
    assert led.headers["location"] == "/doorway/blocked?site=poki.com"
    shown = Page(door(PUPIL).get(led.headers["location"]).text)
    assert "poki.com" in shown.text
    assert "You have done nothing wrong" in shown.text


def test_outside_of_a_lesson_it_is_the_hour_and_not_the_site(door: From) -> None:
    assert door(PUPIL).get("/", params={"site": "poki.com"}).headers["location"] == "/doorway?site=poki.com"


def test_a_report_needs_no_account_knows_its_device_and_changes_nothing(door: From, site: FakeSite) -> None:
    place = send(door, site="https://www.poki.com/en/g/shooter", said="people shoot each other")
    (case,) = site.store.cases(waiting=True)
    (report,) = site.store.reports_of(case.id)
    assert (report.site, report.means, report.voice) == ("www.poki.com", Means.BLOCK_PAGE, Voice.STRANGER)
    assert (report.place.device, report.place.group) == ("ipad-5-11", "year-5")
    assert site.store.site_rules() == ()
    assert "Thank you for telling us" in door(PUPIL).get(place).text


def test_the_page_of_the_receipt_shows_the_answer_in_the_childs_language(door: From, site: FakeSite) -> None:
    school = site.policy.school.model_copy(update={"languages": ("en", "pl")})
    site.policy = site.policy.model_copy(update={"school": school})
    place = send(door, site="poki.com")
    rule = SiteRule("", "poki.com", allow=False, scope=Scope(pupils=True), decided_at=NINE, by="head", reason="x")
    site.store.decide_case("c1", Decided(Outcome.BLOCKED, "head", NINE, "a secret reason"), rule, SYSTEM, NINE)
    shown = door(PUPIL, "pl").get(place).text
    assert "Strona jest teraz zablokowana" in shown
    assert "a secret reason" not in shown


def test_a_site_can_be_asked_for(door: From, site: FakeSite) -> None:
    send(door, site="poki.com", said="we program games", wish="open")
    (case,) = site.store.cases(waiting=True)
    assert case.wish is Wish.OPEN
    assert site.store.reports_of(case.id)[0].wanted_for == "year-5"


def test_a_strangers_text_stays_text(door: From, site: FakeSite) -> None:
    shown = door(PUPIL).get("/doorway/report", params={"address": HOSTILE}).text
    assert "<script" not in shown
    send(door, site=HOSTILE, said=HOSTILE)
    (report,) = site.store.reports_of("c1")
    assert report.said.isprintable()


def test_nobody_fills_the_queue_from_one_device(door: From) -> None:
    client = door(PUPIL)
    answers = [
        client.post("/doorway/report", data={"site": f"bad-{number}.example"}, headers={"Origin": DOOR}).status_code
        for number in range(FORMS_AT_THE_DOOR + 1)
    ]
    assert answers == [303] * FORMS_AT_THE_DOOR + [429]


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_no_other_sites_page_reports_in_somebodys_name(door: From, site: FakeSite, origin: str) -> None:
    answer = door(PUPIL).post("/doorway/report", data={"site": "poki.com"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert site.store.cases() == ()


def test_a_school_may_take_no_reports_here(door: From, site: FakeSite) -> None:
    site.policy = site.policy.model_copy(
        update={"reports": site.policy.reports.model_copy(update={"pupils_report": False})}
    )
    send(door, site="poki.com")
    assert site.store.cases() == ()
    assert "Please tell your teacher" in door(PUPIL).get("/doorway/report").text


def test_a_receipt_that_nobody_was_given_shows_nothing(door: From) -> None:
    assert door(PUPIL).get("/doorway/reported/no-such-receipt").status_code == 404
