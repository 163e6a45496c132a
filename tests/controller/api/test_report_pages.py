"""Reported sites at the console: reporting, the queue, deciding and taking back, each by a page and a form."""

from __future__ import annotations

from datetime import timedelta

import pytest

from controller.reports.rounds import Rounds
from tests.controller.api.conftest import As
from tests.controller.api.pages import Page
from tests.fakes.domain_table import FakeDomainTable
from tests.fakes.site import NINE, FakeSite


class NoPost:
    def __bool__(self) -> bool:
        return False

    def send(self, notice: object) -> bool:
        return False


@pytest.fixture
def lists(site: FakeSite) -> None:
    site.names = lambda: FakeDomainTable({"terrorism": ["hate.example"]})  # type: ignore[method-assign, assignment, return-value]


def report(console: As, role: str, act: str = "report", address: str = "https://www.poki.com/en/g/shooter") -> Page:
    client = console(role)
    form = {"csrf": Page(client.get("/report").text).form_token(), "address": address, "said": "they shoot", "act": act}
    sent = client.post("/report", data=form)
    assert sent.status_code == 303, sent.text
    return Page(client.get(sent.headers["location"]).text)


def test_a_pupil_reports_the_clock_goes_round_and_the_head_blocks_by_the_page(
    console: As, site: FakeSite, lists: None
) -> None:
    rounds = Rounds(site.store, site.clock, lambda: site.policy, site.loop.wake, NoPost(), site.query_log)
    assert "Thank you for telling us." in report(console, "pupil").text
    head = console("head")
    assert "Reported sites 1" in Page(head.get("/").text).text
    for minutes in (0, 15, 30):
        site.clock.set(NINE + timedelta(minutes=minutes))
        rounds.turn()
    queue = Page(head.get("/cases").text)
    assert "ICT lead asked 09:00, Deputy asked 09:15, Head asked 09:30" in queue.text
    site.clock.set(NINE + timedelta(minutes=31))
    case = Page(head.get("/cases/c1").text)
    assert "Year 5 open (nothing blocks it)" in case.text
    form = {"csrf": case.form_token(), "outcome": "blocked", "reason": "a shooting game", "scope": "pupils"}
    assert head.post("/cases/c1/decide", data=form).headers["location"] == "/cases?said=decided"
    assert "Nothing waits." in Page(head.get("/cases?said=decided").text).text
    decided = Page(head.get("/cases/c1").text).text
    assert "Blocked by head at 09:31: a shooting game (F2, F1" in decided
    assert "Year 5 blocked (case c1, rule r1)" in decided


def test_a_teacher_blocks_at_once_and_is_told(console: As, site: FakeSite) -> None:
    assert "It is blocked for pupils now." in report(console, "teacher", "block").text
    assert [rule.provisional for rule in site.store.site_rules()] == [True]
    assert "It was not blocked at once" in report(console, "teacher", "block", "apple.com").text


def test_what_was_decided_is_taken_back_by_the_page(console: As, site: FakeSite, lists: None) -> None:
    report(console, "pupil")
    head = console("head")
    form = {"csrf": Page(head.get("/cases/c1").text).form_token(), "reason": "games"}
    head.post("/cases/c1/decide", data={**form, "outcome": "blocked"})
    assert head.post("/cases/c1/undo", data=form).headers["location"] == "/cases/c1?said=undone"
    assert site.store.site_rules() == ()


def test_a_site_is_opened_up_to_the_bell_of_the_last_day(console: As, site: FakeSite, lists: None) -> None:
    client = console("teacher")
    form = {"csrf": Page(client.get("/report").text).form_token(), "address": "ttrockstars.com", "group": "year-5"}
    client.post("/report", data={**form, "act": "open"})
    head = console("head")
    ask = {"csrf": Page(head.get("/cases/c1").text).form_token(), "outcome": "allowed", "reason": "times tables"}
    refused = head.post("/cases/c1/decide", data={**ask, "scope": "year-5"})
    assert refused.status_code == 422
    head.post("/cases/c1/decide", data={**ask, "scope": "year-5", "until": "2026-11-26"})
    (rule,) = site.store.site_rules()
    assert (rule.scope.groups, rule.until) == (("year-5",), NINE.replace(day=26, hour=15, minute=15))


def test_the_bookmark_fills_the_form_and_holds_nothing_but_our_address(console: As) -> None:
    shown = Page(console("teacher").get("/report", params={"address": "https://evil.example/'\"><script>"}).text)
    (bookmark,) = [a["href"] for a in shown.all("a") if str(a["href"]).startswith("javascript:")]
    assert bookmark == "javascript:location.href='http://testserver/report?address='+encodeURIComponent(location.href)"
    assert [field["value"] for field in shown.all("input") if field.get("name") == "address"] == [
        "https://evil.example/'\"><script>"
    ]


def test_a_rule_is_ended_by_the_page_and_an_auditor_has_no_button(console: As, site: FakeSite) -> None:
    report(console, "teacher", "block")
    assert "/site-rules/r1/end" not in console("auditor").get("/site-rules").text
    head = console("head")
    form = {"csrf": Page(head.get("/site-rules").text).form_token(), "reason": "closed"}
    assert head.post("/site-rules/r1/end", data=form).headers["location"] == "/site-rules?said=ended"
    assert "None yet." in Page(head.get("/site-rules").text).text
