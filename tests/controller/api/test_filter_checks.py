"""Checks of the filter by the API."""

from __future__ import annotations

from controller.check_filter.outcome import Finding, Run
from tests.controller.api.conftest import As
from tests.fakes.site import NINE, FakeSite

RUN = Run(
    school="s",
    where="filter node",
    at=NINE,
    policy="abc",
    epoch=7,
    names="n",
    lines=(),
    findings=(
        Finding(kind="open", subject="category games, level key-stage-2", text="1 of 5"),
        Finding(kind="untested", subject="category adult", text="no list"),
    ),
)


def test_the_newest_check_says_what_somebody_has_to_look_at(api: As, site: FakeSite) -> None:
    site.checks.kept.append(RUN)
    (told,) = api("head").get("/api/v1/filter-checks").json()["items"]
    assert (told["good"], told["epoch"], told["asked"]) == (False, 7, 0)
    assert [(each["kind"], each["alarming"]) for each in told["findings"]] == [("open", True), ("untested", False)]


def test_one_can_be_started_and_only_one_at_a_time(api: As, site: FakeSite) -> None:
    lead = api("ict_lead")
    assert lead.post("/api/v1/filter-checks").status_code == 202
    assert lead.get("/api/v1/filter-checks").json()["running"] is True
    assert lead.post("/api/v1/filter-checks").status_code == 409
    assert [row.actor for row in site.store.audit(action="filter.check.start")] == ["ict_lead"]


def test_a_limit_of_nothing_is_refused(api: As) -> None:
    assert api("head").get("/api/v1/filter-checks", params={"limit": 0}).status_code == 422


def test_the_first_page_says_what_the_last_check_found_to_whoever_may_know(console: As, site: FakeSite) -> None:
    assert "The filter was checked" not in console("head").get("/").text
    site.checks.kept.append(RUN)
    assert "The filter was checked 09:00: 0 questions, somebody has to look." in console("head").get("/").text
    site.checks.kept[0] = RUN.model_copy(update={"findings": ()})
    assert "all as it should be" in console("head").get("/part/points").text
    assert "The filter was checked" not in console("teacher").get("/").text
