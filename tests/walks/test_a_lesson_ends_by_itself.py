"""The third walk, to its end: filter and gateway let Year 5 out, and close again with nobody left to say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.waiting import until
from tests.walks.school import IPAD_5, IPAD_6, School

pytestmark = pytest.mark.xdist_group("walk of a lesson to its end")

LASTS = timedelta(seconds=20)


def test_a_lesson_closes_by_itself_with_the_whole_controller_gone(school: School) -> None:
    assert school.ask(IPAD_5, "bbc.co.uk").blocked
    until(lambda: IPAD_5 not in school.let_out())
    closes_at = school.site.clock.now() + LASTS
    ask = {"group": "year-5", "until": closes_at.isoformat(), "why": "computing"}
    opened = school.call("teacher", "POST", "/windows", ask)
    assert opened.status_code == 202, opened.text
    window = f"/windows/{opened.json()['id']}"

    until(lambda: school.ask(IPAD_5, "bbc.co.uk").answered)
    assert school.ask(IPAD_5, "roblox.com").blocked
    assert school.ask(IPAD_6, "bbc.co.uk").blocked
    until(lambda: IPAD_5 in school.let_out())
    until(lambda: {step["reach"] for step in school.get("teacher", window)["progress"]} == {"in-force"})
    reached = school.get("teacher", window)["progress"]
    assert [(step["point"], step["ends_by_itself"]) for step in reached] == [("dns-filter", True), ("gateway", True)]
    left = (closes_at - school.site.clock.now()).total_seconds()
    assert school.ask(IPAD_5, "bbc.co.uk").ttl <= max(1, left)
    assert school.let_out()[IPAD_5] <= left + 1

    clock = school.site.clock
    school.leave_controller()
    assert clock.now() < closes_at, "too slow a machine: the lesson was over before the controller was gone"
    assert school.ask(IPAD_5, "bbc.co.uk").answered
    until(lambda: clock.now() >= closes_at + timedelta(seconds=1))
    assert school.ask(IPAD_5, "bbc.co.uk").blocked
    until(lambda: clock.now() >= closes_at + timedelta(seconds=2))
    assert IPAD_5 not in school.let_out()
