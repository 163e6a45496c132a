"""After a sanction: access is back, and it is proven by what the filter has in force, not by the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from controller.accounts import SYSTEM
from controller.model import EnforcementPoint, PointState
from controller.sanction_return import Return, ended, proven
from controller.sanction_watch import watch
from inventory.model import Person, PersonId
from inventory.sanctions import Sanction
from tests.controller.api.conftest import As
from tests.controller.api.pages import Page
from tests.fakes.site import IPAD, NINE, FakeSite

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def impose(site: FakeSite, api: As, **more: object) -> str:
    body = {"mac": IPAD, "days": 1, "reason": "games", **more}
    answer = api("head").post("/api/v1/sanctions", json=body)
    assert answer.status_code == 202
    return str(answer.json()["id"])


def back(api: As, number: str) -> object:
    return api("head").get(f"/api/v1/sanctions/{number}").json()["back"]


def test_the_end_is_proven_by_decision_and_epoch(site: FakeSite, api: As) -> None:
    number = impose(site, api)
    watch(site)
    assert back(api, number) is None
    site.clock.advance(DAY)
    watch(site)
    assert back(api, number) == {
        "ended_at": "2026-11-25T09:00:00Z",
        "back_at": "2026-11-25T09:00:00Z",
        "epoch": 1,
        "devices": [{"device": "ipad-5-11", "rule": "outside_windows.pupils", "said": "No lesson is open for year-5."}],
    }
    row = site.store.audit(action="sanction.back")[0]
    assert (row.subject, row.detail["epoch"]) == (number, 1)


def test_one_that_a_person_ended_is_proven_too(site: FakeSite, api: As) -> None:
    number = impose(site, api, days=5)
    api("head").post(f"/api/v1/sanctions/{number}/end", json={"reason": "the appeal was right"})
    watch(site)
    assert back(api, number) is not None


@pytest.mark.parametrize("state", [PointState.PENDING, PointState.NEVER, PointState.UNREACHABLE])
def test_as_long_as_the_filter_has_not_said_so_it_is_not_back(state: PointState, site: FakeSite, api: As) -> None:
    number = impose(site, api)
    site.clock.advance(DAY)
    good = site.loop.seen
    site.loop.seen = (EnforcementPoint("dns-filter", "dns-filter", state, NINE),)
    watch(site)
    assert back(api, number) is None
    site.loop.seen = good
    watch(site)
    assert back(api, number) is not None


def test_a_filter_with_an_older_table_proves_nothing(site: FakeSite, api: As) -> None:
    impose(site, api)
    site.clock.advance(DAY)
    (sanction,), intent = site.store.sanctions(), site.loop.intent()
    assert intent is not None
    point = EnforcementPoint("dns-filter", "dns-filter", PointState.IN_FORCE, NINE, epoch=0)

    def asked(point: EnforcementPoint, at: datetime) -> Return | None:
        return proven(sanction, at, site.inventory(), intent, (point,), site.clock.now())

    assert asked(point, NINE + DAY) is None
    assert asked(replace(point, epoch=1), NINE + DAY) is not None
    assert asked(replace(point, epoch=1), NINE + DAY + HOUR) is None  # decided before the end


def test_another_sanction_that_goes_on_is_named_by_the_proof(site: FakeSite, api: As) -> None:
    first = impose(site, api)
    impose(site, api, days=3, reason="again")
    site.clock.advance(DAY)
    watch(site)
    found = back(api, first)
    assert isinstance(found, dict)
    assert [each["rule"] for each in found["devices"]] == ["sanction s2"]


def test_it_is_proven_once_and_the_first_word_stands(site: FakeSite, api: As) -> None:
    number = impose(site, api)
    site.clock.advance(DAY)
    watch(site)
    first = back(api, number)
    site.clock.advance(DAY)
    watch(site)
    assert back(api, number) == first
    assert len(site.store.audit(action="sanction.back")) == 1


def test_what_ended_long_ago_is_not_proven_any_more() -> None:
    old = Sanction("s1", None, IPAD, ("internet",), NINE - 90 * DAY, NINE - 60 * DAY, "x", "head", approved_by="boss")
    assert ended(old, 7 * DAY, None, NINE) is None
    assert ended(replace(old, ends_at=NINE - DAY), 7 * DAY, None, NINE) == NINE - DAY


def test_reviews_that_are_due_are_found(site: FakeSite, api: As) -> None:
    impose(site, api, days=None, review_on="2026-11-24")
    impose(site, api, days=None, review_on="2026-12-20", reason="later")
    found = api("head").get("/api/v1/sanctions?review_within=7").json()["items"]
    assert [each["id"] for each in found] == ["s1"]


def test_the_page_shows_what_runs_what_waits_and_what_is_back(site: FakeSite, api: As, console: As) -> None:
    number = impose(site, api, days=None, review_on="2026-11-24")
    browser = console("safeguarding_lead")
    page = Page(browser.get("/standing").text)
    assert "To be looked at again." in page.text
    form = {"csrf": page.form_token(), "reason": "talked about it"}
    assert browser.post(f"/standing/sanctions/{number}/approve", data=form | {"reason": ""}).status_code == 303
    assert site.store.sanction(number).approved_by == "safeguarding_lead"
    assert browser.post(f"/standing/sanctions/{number}/end", data=form).status_code == 303
    assert "not proven yet" in Page(browser.get("/standing").text).text
    watch(site)
    assert "access is back since" in Page(browser.get("/standing").text).text


def test_the_office_sees_agreements_and_no_sanctions(site: FakeSite, api: As, console: As) -> None:
    impose(site, api)
    site.store.put_people((Person(PersonId("ms-hill"), "Ms Hill", role="teacher"),), SYSTEM, NINE)
    text = Page(console("office").get("/standing").text).text
    assert ("Ms Hill" in text, "s1" in text) == (True, False)
