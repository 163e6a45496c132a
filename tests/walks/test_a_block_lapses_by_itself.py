"""A member of staff's report is in force at the filter at once, and ends there with nobody left to say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.waiting import until
from tests.walks.policy import POLICY
from tests.walks.school import IPAD_5, LAPTOP, School

pytestmark = pytest.mark.xdist_group("walk of a report to its end")

LASTS = 20


def test_a_teachers_block_lapses_with_the_whole_controller_gone(school: School) -> None:
    school.home.policy.write_text(f"{POLICY}reports: {{provisional_block: {LASTS}s}}\n")
    until(lambda: school.site.policy.reports.provisional_block.total_seconds() == LASTS)  # type: ignore[union-attr]
    assert school.call("teacher", "POST", "/windows", {"group": "year-5", "minutes": 30}).status_code == 202
    until(lambda: school.ask(IPAD_5, "chess.example").answered)

    filed = school.call("teacher", "POST", "/reports", {"site": "https://www.chess.example/x", "block": True})
    assert filed.status_code == 201, filed.text
    assert filed.json()["block"]["pattern"] == "chess.example"
    until(lambda: school.ask(IPAD_5, "chess.example").blocked)
    assert school.ask(LAPTOP, "chess.example").answered, "only pupils"
    assert school.ask(IPAD_5, "bbc.co.uk").answered, "only this site"

    clock, ends = school.site.clock, school.site.store.site_rules()[0].until
    assert ends is not None
    school.leave_controller()
    assert clock.now() < ends, "too slow a machine: the block was over before the controller was gone"
    assert school.ask(IPAD_5, "chess.example").blocked
    assert school.ask(IPAD_5, "chess.example").ttl <= LASTS
    until(lambda: clock.now() >= ends + timedelta(seconds=1))
    assert school.ask(IPAD_5, "chess.example").answered
