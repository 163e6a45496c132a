"""A candidate policy at a test device first, then for everybody, then taken back: each seen at the filter (F13)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.waiting import until
from tests.walks.policy import POLICY
from tests.walks.school import IPAD_5, IPAD_6, KNOWN, School

pytestmark = pytest.mark.xdist_group("walk of a staged policy")

CANDIDATE = POLICY.replace("{pupils: closed, ks1", "{pupils: key-stage-2, ks1").replace("{service: tiktok}, ", "")
SITE = "bbc.co.uk"


def lead(school: School, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    reply = school.call("ict_lead", "POST", f"/policy/staged{path}", body)
    assert reply.status_code in {200, 202}, reply.text
    return dict(reply.json())


def stage(school: School, text: str) -> dict[str, Any]:
    return lead(school, "", {"text": text, "devices": [KNOWN[IPAD_5].mac]})


def explained(school: School, client: str) -> dict[str, Any]:
    return dict(school.get("ict_lead", f"/explain?client={client}&name={SITE}"))


def test_a_candidate_is_met_by_the_test_device_alone_until_it_is_dropped(school: School) -> None:
    assert school.ask(IPAD_5, SITE).blocked
    staged = stage(school, CANDIDATE)
    assert staged["proofs"]["segregation"]
    until(lambda: school.ask(IPAD_5, SITE).answered)
    assert school.ask(IPAD_6, SITE).blocked
    told, others = explained(school, IPAD_5), explained(school, IPAD_6)
    assert (told["allowed"], others["allowed"]) == (True, False)
    assert "a staged candidate of the policy decides for it" in told["note"]
    assert others["note"] == ""
    lead(school, "/drop")
    until(lambda: school.ask(IPAD_5, SITE).blocked)
    assert explained(school, IPAD_5)["note"] == ""


def test_not_even_a_test_device_meets_what_is_mandatory_to_block(school: School) -> None:
    opener = CANDIDATE.replace("mandatory: [terrorism]", "mandatory: []")
    body = {"text": opener, "devices": [KNOWN[IPAD_5].mac]}
    assert school.call("ict_lead", "POST", "/policy/staged", body).status_code == 409
    stage(school, CANDIDATE)
    until(lambda: school.ask(IPAD_5, SITE).answered)
    assert school.ask(IPAD_5, "hate.example").blocked
    assert school.ask(IPAD_5, "roblox.com").blocked
    lead(school, "/drop")
    until(lambda: school.ask(IPAD_5, SITE).blocked)


def test_a_promoted_candidate_is_everybodys_and_the_one_before_can_be_brought_back(school: School) -> None:
    original = school.home.policy.read_text()
    stage(school, CANDIDATE)
    until(lambda: school.ask(IPAD_5, SITE).answered)
    lead(school, "/promote")
    until(lambda: school.ask(IPAD_6, SITE).answered)
    assert school.home.policy.read_text() == CANDIDATE
    until(lambda: explained(school, IPAD_5)["note"] == "")
    promoted, before = school.get("ict_lead", "/policy/history?limit=2")["items"]
    undone = school.call(
        "ict_lead", "POST", f"/policy/history/{before['number']}/restore", {"running": promoted["sha256"]}
    )
    assert undone.status_code == 200, undone.text
    until(lambda: school.ask(IPAD_6, SITE).blocked)
    assert school.home.policy.read_text() == original
