"""A pupil reports a site at nine, nobody acts, the deputy is asked, then the head, who blocks it (F2, W7)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from controller.api.app import make_app
from controller.arrivals import Arrivals
from controller.publish import Ack
from controller.reports.notices import Notice
from controller.reports.rounds import Rounds
from tests.fakes.domain_table import FakeDomainTable
from tests.fakes.site import IPAD, NINE, FakeSite, intended, open_site


@dataclass
class Postbox:
    """Takes every letter; `shut` makes it refuse."""

    letters: list[Notice] = field(default_factory=list)
    shut: bool = False

    def __bool__(self) -> bool:
        return True

    def send(self, notice: Notice) -> bool:
        if not self.shut:
            self.letters.append(notice)
        return not self.shut

    def whom(self) -> list[str]:
        return [each.to for each in self.letters]


@dataclass
class Reporting:
    """A school with its rounds, made by hand: the clock stands still until it is moved."""

    site: FakeSite
    post: Postbox
    rounds: Rounds

    def at(self, minutes: int) -> None:
        self.site.clock.set(NINE + timedelta(minutes=minutes))
        self.rounds.turn()

    def call(self, role: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        secret = self.site.secret(self.site.account(role))
        client = TestClient(make_app(self.site), headers={"Authorization": f"Bearer {secret}"})
        answer = client.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def workers_take_it_up(self, after: Mapping[int, float]) -> None:
        """Each worker acknowledges the table of this moment, so many seconds later."""
        intent, now = intended(self.site), self.site.clock.now()
        self.site.home.make()
        for worker, seconds in after.items():
            ack = Ack(worker, os.getpid(), intent.table.epoch, "", now.timestamp() + seconds)
            (self.site.home.acks / f"{worker}.json").write_text(json.dumps(asdict(ack)))
        arrivals = Arrivals(self.site.store, self.site.clock, self.site.home.acks)
        arrivals.hear(intent)
        arrivals.turn()

    def explained(self) -> Any:
        return self.call("head", "GET", f"/explain?client={IPAD}&name=www.poki.com")


def shown(clause: Any, case: str) -> list[tuple[str, str]]:
    """The steps of the proof that this case gives: time of day and what happened."""
    assert clause["state"] == "shown"
    (proof,) = (each for each in clause["proofs"] if each["ref"] == case)
    return [(f"{datetime.fromisoformat(each['at']):%H:%M:%S.%f}"[:-3], each["text"]) for each in proof["steps"]]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Reporting]:
    site, post = open_site(tmp_path), Postbox()
    site.names = lambda: LISTS  # type: ignore[method-assign, assignment, return-value]
    rounds = Rounds(site.store, site.clock, lambda: site.policy, site.loop.wake, post, site.query_log)
    yield Reporting(site, post, rounds)
    site.store.close()


LISTS = FakeDomainTable({"games": ["roblox.com"], "terrorism": ["hate.example"]})
SEEN = {"site": "https://www.poki.com/en/g/shooter", "said": "people shoot each other"}


def test_a_pupils_report_goes_by_the_clock_to_the_head_who_blocks_and_the_pupil_is_told(school: Reporting) -> None:
    filed = school.call("pupil", "POST", "/reports", {**SEEN, "language": "cy"}, 201)
    answer = f"/reports/answers/{filed['receipt']}"
    case = f"/cases/{filed['case']}"
    assert (filed["site"], filed["block"]) == ("www.poki.com", None)
    school.at(0)
    assert school.post.whom() == ["ict@ashlane.example"]
    assert school.call("pupil", "GET", answer)["state"] == "waiting"
    school.at(14)
    assert school.post.whom() == ["ict@ashlane.example"]
    school.at(15)
    assert school.post.whom()[1:] == ["deputy@ashlane.example"]
    school.at(30)
    assert school.post.whom()[2:] == ["head@ashlane.example"]
    assert [each["stage"] for each in school.call("head", "GET", case)["asked"]] == ["ict_lead", "deputy", "head"]
    assert school.explained()["allowed"], "nothing changes by a pupil's word alone"

    school.site.clock.set(NINE + timedelta(minutes=31))
    decision = {"outcome": "blocked", "reason": "a shooting game", "scope": {"pupils": True}}
    decided = school.call("head", "POST", f"{case}/decision", decision)
    assert {each["group"]: each["allowed"] for each in decided["now"]} == {
        "year-1": False, "year-5": False, "year-6": False,
        "teacher": True, "head": True, "ict_lead": True, "technician": True,
    }  # fmt: skip
    assert school.site.loop.woken[-1] == f"case {filed['case']} decided"
    told = school.call("pupil", "GET", answer)
    assert (told["state"], told["language"], told["title"]) == ("blocked", "cy", "Diolch! Mae wedi'i flocio nawr.")
    explained = school.explained()
    assert not explained["allowed"]
    assert explained["verdict"]["rule"] == f"case {filed['case']}, rule r1"
    assert {"F1", "F2"} <= {each["id"] for each in explained["clauses"]}
    school.workers_take_it_up({0: 0.412, 1: 0.455, 2: 0.398, 3: 0.431})
    assert shown(school.call("head", "GET", "/clauses/F2"), filed["case"]) == [
        ("09:00:00.000", "reported"),
        ("09:00:00.000", "put to the ICT lead"),
        ("09:15:00.000", "put to the deputy"),
        ("09:30:00.000", "put to the head"),
        ("09:31:00.000", "blocked, decided by head"),
        ("09:31:00.398", "in force at filter worker 2"),
        ("09:31:00.412", "in force at filter worker 0"),
        ("09:31:00.431", "in force at filter worker 3"),
        ("09:31:00.455", "in force at filter worker 1"),
    ]
    assert shown(school.call("head", "GET", "/clauses/W7"), filed["case"])[3:4] == [("09:30:00.000", "put to the head")]
    school.at(24 * 60)
    assert len(school.post.letters) == 3, "who has been answered is not asked again"


def test_thirty_voices_are_one_case_and_one_letter(school: Reporting) -> None:
    cases = {school.call("pupil", "POST", "/reports", SEEN, 201)["case"] for _ in range(30)}
    school.at(0)
    (case,) = cases
    assert school.call("head", "GET", f"/cases/{case}")["voices"] == 30
    assert len(school.post.letters) == 1


def test_what_comes_in_soon_after_a_letter_stands_in_the_next(school: Reporting) -> None:
    school.call("pupil", "POST", "/reports", SEEN, 201)
    school.at(0)
    for number in range(5):
        school.call("pupil", "POST", "/reports", {"site": f"bad-{number}.example"}, 201)
    school.at(5)
    assert len(school.post.letters) == 1
    school.at(10)
    assert [each.title for each in school.post.letters[1:]] == ["Caretaker: 5 reported sites wait for you"]


def test_a_letter_that_could_not_be_sent_is_sent_later(school: Reporting) -> None:
    school.call("pupil", "POST", "/reports", SEEN, 201)
    school.post.shut = True
    school.at(0)
    school.post.shut = False
    school.at(0)
    assert school.post.letters == [], "not within the same minute"
    school.at(1)
    assert school.post.whom() == ["ict@ashlane.example"]


def test_nobody_who_answers_for_it_is_forgotten_about_a_case_of_yesterday(school: Reporting) -> None:
    school.call("pupil", "POST", "/reports", SEEN, 201)
    school.at(0)
    school.at(30)
    before = len(school.post.letters)
    school.at(30 + 24 * 60)
    assert set(school.post.whom()[before:]) == {
        "ict@ashlane.example", "deputy@ashlane.example", "head@ashlane.example",
    }  # fmt: skip


def test_a_teachers_report_blocks_for_pupils_at_once_and_ends_unless_somebody_confirms(school: Reporting) -> None:
    filed = school.call("teacher", "POST", "/reports", {**SEEN, "block": True}, 201)
    assert filed["block"]["provisional"]
    assert filed["block"]["until"] == "2026-11-25T09:00:00Z"
    school.site.clock.set(NINE + timedelta(minutes=20))
    assert not school.explained()["allowed"]
    school.at(24 * 60 + 20)
    assert school.site.store.site_rules() == ()
    case = school.call("head", "GET", f"/cases/{filed['case']}")
    assert case["decided"] is None
    assert next(each["allowed"] for each in case["now"] if each["group"] == "year-5")


def test_what_a_teacher_blocked_and_the_head_confirmed_stays(school: Reporting) -> None:
    filed = school.call("teacher", "POST", "/reports", {**SEEN, "block": True}, 201)
    school.call("head", "POST", f"/cases/{filed['case']}/decision", {"outcome": "blocked", "reason": "yes"})
    school.at(48 * 60 + 20)
    assert not school.explained()["allowed"]
    assert [each.provisional for each in school.site.store.site_rules()] == [False]


def test_what_was_decided_can_be_taken_back_and_waits_again(school: Reporting) -> None:
    filed = school.call("pupil", "POST", "/reports", SEEN, 201)
    case = f"/cases/{filed['case']}"
    school.call("head", "POST", f"{case}/decision", {"outcome": "blocked", "reason": "a shooting game"})
    school.site.clock.set(NINE + timedelta(minutes=20))
    assert not school.explained()["allowed"]
    undone = school.call("head", "POST", f"{case}/undo", {"reason": "Year 6 programs it"})
    assert undone["decided"] is None
    assert school.explained()["allowed"]
    assert school.call("pupil", "GET", f"/reports/answers/{filed['receipt']}")["state"] == "waiting"


@pytest.mark.parametrize("site", ["apple.com", "co.uk", "cloudfront.net", "ashlane.example", "bit.ly", "192.0.2.7"])
def test_no_report_blocks_what_must_stay(school: Reporting, site: str) -> None:
    filed = school.call("teacher", "POST", "/reports", {"site": site, "block": True}, 201)
    assert filed["block"] is None
    assert filed["not_blocked"]
    assert school.site.store.site_rules() == ()


def test_a_protected_name_is_blocked_only_by_who_says_its_name(school: Reporting) -> None:
    filed = school.call("teacher", "POST", "/reports", {"site": "childline.org.uk", "block": True}, 201)
    assert filed["block"] is None
    decide, ask = f"/cases/{filed['case']}/decision", {"outcome": "blocked", "reason": "taken over by strangers"}
    assert "override" in school.call("head", "POST", decide, ask, 422)["detail"]
    decided = school.call("head", "POST", decide, {**ask, "override": ["childline.org.uk"]})
    assert decided["rule"]["overrides"] == "childline.org.uk"


def test_a_site_is_opened_for_one_year_group_with_an_end(school: Reporting) -> None:
    ask = {"site": "poki.com", "said": "we program games", "wanted_for": "year-5", "wanted_by": "2026-11-26"}
    filed = school.call("teacher", "POST", "/reports/unblock-requests", ask, 201)
    decide = f"/cases/{filed['case']}/decision"
    grant = {"outcome": "allowed", "reason": "programming", "scope": {"groups": ["year-5"]}}
    assert "end" in school.call("head", "POST", decide, grant, 422)["detail"]
    decided = school.call("head", "POST", decide, {**grant, "until": "2026-11-26T15:15:00Z"})
    assert decided["rule"]["scope"]["groups"] == ["year-5"]
    told = school.call("teacher", "GET", f"/reports/answers/{filed['receipt']}")
    assert (told["state"], told["title"]) == ("allowed", "The site is open.")


def test_already_blocked_is_said_only_where_it_is_so(school: Reporting) -> None:
    filed = school.call("pupil", "POST", "/reports", SEEN, 201)
    decide, ask = f"/cases/{filed['case']}/decision", {"outcome": "already", "reason": "it is"}
    assert "year-5" in school.call("head", "POST", decide, ask, 409)["detail"]
    rule = {"pattern": "poki.com", "allow": False, "scope": {"pupils": True}, "reason": "games"}
    school.call("head", "POST", "/site-rules", rule, 201)
    assert school.call("head", "POST", decide, ask)["decided"]["outcome"] == "already"


def test_what_may_be_illegal_goes_to_the_authority_as_hashes_and_is_shut_for_all(school: Reporting) -> None:
    filed = school.call("pupil", "POST", "/reports", SEEN, 201)
    case = f"/cases/{filed['case']}"
    school.call("head", "POST", f"{case}/decision", {"outcome": "referred", "reason": "told the police"})
    pack = school.call("head", "POST", f"{case}/referral")
    assert "poki.com" in pack["text"]
    assert "shoot each other" not in pack["text"]
    assert "/en/g/shooter" not in pack["text"]
    says = school.call("head", "GET", case)["now"]
    assert not any(each["allowed"] for each in says)
    logged = [row for row in school.site.store.audit(limit=500) if row.action == "case.refer"]
    assert [row.detail["sha256"] for row in logged] == [pack["sha256"]]


def test_the_place_of_a_report_is_joined_and_a_pupil_cannot_name_another(school: Reporting) -> None:
    mine = {**SEEN, "address": "10.20.0.11"}
    filed = school.call("teacher", "POST", "/reports", mine, 201)
    (voice,) = school.call("head", "GET", f"/cases/{filed['case']}")["reports"]
    assert (voice["device"], voice["group"]) == ("ipad-5-11", "year-5")
    other = school.call("pupil", "POST", "/reports", {**mine, "site": "other.example"}, 201)
    (voice,) = school.call("head", "GET", f"/cases/{other['case']}")["reports"]
    assert (voice["address"], voice["device"]) == ("testclient", "")


def test_who_reported_is_forgotten_a_year_after_the_answer(school: Reporting) -> None:
    filed = school.call("pupil", "POST", "/reports", SEEN, 201)
    school.call("head", "POST", f"/cases/{filed['case']}/decision", {"outcome": "blocked", "reason": "games"})
    school.at(366 * 24 * 60)
    (report,) = school.site.store.reports_of(filed["case"])
    assert (report.by, report.said, report.evidence, report.place.address) == ("", "", "", "")
    assert report.site == "www.poki.com"


def test_rules_come_up_for_review_on_their_day_and_when_nothing_meets_them(school: Reporting) -> None:
    made = {"pattern": "poki.com", "allow": False, "scope": {"pupils": True}, "reason": "games"}
    school.call("head", "POST", "/site-rules", {**made, "review_on": "2026-12-01"}, 201)
    school.call("head", "POST", "/site-rules", {**made, "pattern": "other.example"}, 201)
    assert school.call("head", "GET", "/site-rules/due")["items"] == []
    school.at(8 * 24 * 60)
    (due,) = school.call("head", "GET", "/site-rules/due")["items"]
    assert (due["rule"]["pattern"], due["suggest"]) == ("poki.com", "review")
    school.call("head", "POST", "/site-rules/r1/review", {"reason": "needed", "review_on": "2027-03-01"})
    assert school.call("head", "GET", "/site-rules/due")["items"] == []
    school.at(366 * 24 * 60)
    assert {each["suggest"] for each in school.call("head", "GET", "/site-rules/due")["items"]} == {"remove"}
