"""Which rule of the school's policies is kept by what, and what shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from controller.accounts import SYSTEM
from controller.check_filter.outcome import Finding, Line, Run
from controller.clauses import CLAUSES
from controller.compliance.kept_by import KEPT_BY
from controller.compliance.of_acts import WORDS
from tests.controller.api.conftest import As
from tests.fakes.site import NINE, FakeSite


def test_every_clause_says_what_keeps_it_and_every_act_has_its_words() -> None:
    assert KEPT_BY.keys() == CLAUSES.keys()
    assert all(keeping.by for keeping in KEPT_BY.values())
    assert {action for keeping in KEPT_BY.values() for action in keeping.acts} <= WORDS.keys()


def checked(minutes: int, right: int, *findings: Finding, where: str = "filter node") -> Run:
    line = Line(
        seat="level key-stage-2", subject="category games", expect="blocked", asked=12, right=right, clauses=("F1",)
    )
    return Run(
        school="s", where=where, at=NINE + timedelta(minutes=minutes), policy="p", epoch=7, names="n",
        lines=(line,), findings=findings,
    )  # fmt: skip


OPEN = Finding(kind="open", subject="category games, level key-stage-2", text="1 of 12", clauses=("F1",))


def clause(api: As, wanted: str) -> dict[str, Any]:
    found: dict[str, Any] = api("head").get(f"/api/v1/clauses/{wanted}").json()
    return found


def test_where_nothing_is_on_record_it_is_said(api: As, console: As) -> None:
    found = api("head").get("/api/v1/clauses").json()["items"]
    assert [each["id"] for each in found] == list(CLAUSES)
    shown = {each["id"] for each in found if each["state"] != "no proof yet"}
    assert shown == {"W1", "D3"}, "an iPad was registered, and nothing else has happened yet"
    assert "Nothing on record shows it yet." in console("head").get("/clauses/F1").text


def test_a_check_shows_the_clauses_that_it_asked_about_and_itself(api: As, site: FakeSite) -> None:
    site.checks.kept.append(checked(0, 12))
    told = clause(api, "F1")
    assert (told["state"], told["proofs"][0]["text"]) == ("shown", "12 of 12 questions came back as they must")
    assert clause(api, "f12")["state"] == "shown"
    assert clause(api, "F6")["state"] == "no proof yet"


def test_the_newest_check_counts_and_a_bad_one_is_said(api: As, console: As, site: FakeSite) -> None:
    site.checks.kept += [checked(5, 11, OPEN), checked(0, 12)]
    told = clause(api, "F1")
    assert told["state"] == "not kept"
    assert [each["good"] for each in told["proofs"]] == [False, True]
    assert "category games, level key-stage-2" in console("head").get("/clauses/F1").text


def test_a_way_past_the_filter_is_no_less_bad_because_the_filter_was_checked_later(api: As, site: FakeSite) -> None:
    way = Finding(kind="route", subject="udp to 8.8.8.8:53, from pupils", text="answered", clauses=("F10",))
    site.checks.routed.append(checked(0, 12, way, where="segment pupils"))
    filtered = checked(5, 12)
    canaries = filtered.lines[0].model_copy(update={"clauses": ("F10",)})
    site.checks.kept.append(filtered.model_copy(update={"lines": (canaries,)}))
    assert clause(api, "F10")["state"] == "not kept"


@pytest.mark.parametrize(
    ("action", "subject", "detail", "shown"),
    [
        ("sanction.impose", "s1", {"becomes": {"person": "child-5"}}, "W5"),
        ("query-log.search", "A child of Year 5", {"purpose": "about child-5"}, "M2"),
        ("receipt.take", "USB drive of child-5", {"verdict": "clean", "let_in": True, "receipt": 3}, "D2"),
    ],
)
def test_an_act_shows_a_clause_and_names_no_child(
    api: As, console: As, site: FakeSite, action: str, subject: str, detail: dict[str, object], shown: str
) -> None:
    site.store.record(SYSTEM, action, subject, detail, NINE)
    assert clause(api, shown)["state"] == "shown"
    page = console("head").get(f"/clauses/{shown}").text
    assert "child-5" not in page
    assert "A child of Year 5" not in page


def test_a_push_that_was_not_read_back_as_meant_is_no_proof_of_quarantine(api: As, site: FakeSite) -> None:
    site.store.record(SYSTEM, "push.end", "sw-ict", {"push": 1, "outcome": "failed: refused"}, NINE)
    assert clause(api, "D1")["state"] == "not kept"


def test_a_clause_that_is_none_is_not_found(api: As) -> None:
    assert api("head").get("/api/v1/clauses/F99").status_code == 404


def test_the_head_prints_one_page_with_every_rule(console: As) -> None:
    head = console("head")
    assert "Our rules" in head.get("/").text
    page = head.get("/clauses").text
    assert all(f'href="/clauses/{each}"' in page for each in CLAUSES)
    assert console("teacher").get("/clauses").status_code == 403
