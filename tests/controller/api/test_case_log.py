"""What a reporter's device asked for around the report: for whoever may, for a purpose, as far as it was written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dns_filter.model import Code
from tests.controller.api.conftest import As
from tests.controller.query_log.conftest import filter_log, said
from tests.fakes.site import IPAD, NINE, FakeSite

ASK = {"purpose": "case c1: how it came about"}


@pytest.fixture
def case(api: As, site: FakeSite) -> str:
    """Reported at nine from an iPad of Year 5, which asked for several things that morning."""
    site.home.make()
    told = (
        (-11, "too-early.example"),
        (-9, "www.wikipedia.org"),
        (-1, "www.poki.com"),
        (9, "after.example"),
        (11, "too-late.example"),
    )
    for minutes, name in told:
        with filter_log(site.home, NINE + timedelta(minutes=minutes)) as log:
            blocked = name == "www.poki.com"
            log.note(str(IPAD), said(name, Code.CATEGORY, "games") if blocked else said(name), 0.01)
            log.note("3c:22:fb:06:00:61", said("somebody-elses.example"), 0.01)
    seen = {"site": "www.poki.com", "said": "they shoot", "address": "10.20.0.11"}
    filed = api("teacher").post("/api/v1/reports", json=seen).json()
    return str(filed["case"])


def around(api: As, case: str, **more: Any) -> Any:
    (found,) = api("head").post(f"/api/v1/cases/{case}/around", json={**ASK, **more}).json()["items"]
    return found


def test_ten_minutes_before_and_after_of_this_device_alone(api: As, case: str) -> None:
    found = around(api, case)
    assert found["device"] == "ipad-5-11"
    assert [row["qname"] for row in found["rows"]] == ["www.wikipedia.org", "www.poki.com", "after.example"]
    assert [row["qname"] for row in around(api, case, minutes=2)["rows"]] == ["www.poki.com"]


def test_the_look_stands_in_the_audit_with_its_purpose_before_anything_is_shown(
    api: As, site: FakeSite, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    around(api, case)
    (row,) = site.store.acts("query-log.search")
    assert (row.subject, row.detail["purpose"], row.detail["case"]) == ("ipad-5-11", ASK["purpose"], case)
    assert api("head").post(f"/api/v1/cases/{case}/around", json={"purpose": ""}).status_code == 422


@pytest.mark.parametrize("role", ["teacher", "ict_lead", "technician", "auditor"])
def test_who_may_not_read_the_log_does_not_read_it_by_way_of_a_case(api: As, case: str, role: str) -> None:
    assert api(role).post(f"/api/v1/cases/{case}/around", json=ASK).status_code == 403


@pytest.mark.parametrize(
    ("privacy", "level", "silence", "rows"),
    [
        ({"query_log": "off"}, None, "keeps no query log", 0),
        ({}, "off", "lets nothing be written down", 0),
        ({}, "blocked", "only what was blocked", 3),
        ({}, "full", "", 3),
    ],
)
def test_what_the_policy_keeps_from_being_written_down_is_said(
    api: As, site: FakeSite, case: str, privacy: dict[str, Any], level: Any, silence: str, rows: int
) -> None:
    policy = site.policy
    ks2 = policy.access_levels["key-stage-2"].model_copy(update={"query_log": level})
    site.policy = policy.model_copy(
        update={
            "privacy": policy.privacy.model_copy(update=privacy),
            "access_levels": {**policy.access_levels, "key-stage-2": ks2},
        }
    )
    found = around(api, case)
    assert silence in found["silence"]
    assert bool(found["silence"]) == bool(silence)
    assert len(found["rows"]) == rows
    assert len(site.store.acts("query-log.search")) == (1 if rows else 0)


def test_a_report_from_nowhere_shows_nobodys_rows(api: As, site: FakeSite, case: str) -> None:
    site.clock.set(NINE + timedelta(days=400))
    site.store.forget_reporters(site.clock.now(), site.clock.now())
    api("head").post(f"/api/v1/cases/{case}/decision", json={"outcome": "wrong", "reason": "a joke"})
    site.store.forget_reporters(site.clock.now() + timedelta(days=1), site.clock.now())
    found = around(api, case)
    assert (found["rows"], found["silence"]) == ([], "Nobody knows from which device this was reported.")


def test_the_page_asks_what_for_and_shows_the_rows(console: As, case: str) -> None:
    from tests.controller.api.pages import Page

    head = console("head")
    asked = Page(head.get(f"/cases/{case}").text)
    shown = head.post(f"/cases/{case}/around", data={"csrf": asked.form_token(), **ASK})
    assert "www.wikipedia.org" in shown.text
    assert "www.wikipedia.org" not in asked.text
    assert f'action="/cases/{case}/around"' not in console("technician").get(f"/cases/{case}").text
