"""Explain by the API: for whom, what decided, when it changes, and for which reader."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from controller import table_history
from dns_filter.model import Query
from dns_filter.names import to_wire
from dns_filter.trace import trace
from tests.controller.api.conftest import As
from tests.fakes.domain_table import FakeDomainTable
from tests.fakes.site import IPAD, NINE, STRANGER, FakeSite, intended

NAMES = FakeDomainTable({"games": ["roblox.com"], "gambling": ["bets.example"], "terrorism": ["terror.example"]})
IN_LESSON = "2026-11-24T09:20:00Z"


@pytest.fixture
def listed(site: FakeSite, monkeypatch: pytest.MonkeyPatch) -> FakeSite:
    monkeypatch.setattr(site, "names", lambda: NAMES)
    return site


def ask(api: As, **asked: str) -> dict[str, Any]:
    answer = api("teacher").get("/api/v1/explain", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_year_5_ipad_before_its_lesson(listed: FakeSite, api: As) -> None:
    told = ask(api, client="10.20.0.11", name="bbc.co.uk")
    assert (told["allowed"], told["verdict"]["code"], told["client"]["mac"]) == (False, "closed", IPAD)
    assert {clause["id"] for clause in told["clauses"]} == {"T1", "T2"}
    assert (told["changes"]["at"], told["changes"]["allowed"]) == ("2026-11-24T09:15:00Z", True)
    assert "opens a lesson for year-5" in told["allowed_if"]
    assert all(told["texts"].values())


def test_the_same_ipad_in_its_lesson_asks_for_a_game(listed: FakeSite, api: As) -> None:
    told = ask(api, client="ipad-5-11", name="www.Roblox.com", type="https", at=IN_LESSON)
    assert (told["verdict"]["code"], told["verdict"]["matched"].rstrip(".")) == ("category", "roblox.com")
    assert told["verdict"]["categories"] == ["games"]
    assert told["reply"]["ede"] is not None
    assert told["reply"]["ttl"] <= 10
    assert [step["step"] for step in told["steps"] if step["decided"]] == [told["verdict"]["step"]]
    assert (told["type"], told["window"] is not None) == ("HTTPS", True)


@pytest.mark.parametrize("name", ["bbc.co.uk", "roblox.com", "terror.example", "bets.example"])
@pytest.mark.parametrize("client", ["10.20.0.11", "10.99.0.9", "10.30.0.1"])
def test_explain_says_what_the_filter_does(name: str, client: str, listed: FakeSite, api: As) -> None:
    told = ask(api, client=client, name=name, at=IN_LESSON)
    live = trace(
        Query(to_wire(name), 1, client, (NINE + timedelta(minutes=20)).timestamp()), intended(listed).table, NAMES
    )
    assert (told["verdict"]["code"], told["verdict"]["rule"]) == (live.verdict.code, live.verdict.rule)
    assert (told["reply"]["ttl"], told["reply"]["ede"]) == (live.ttl.final, live.ede)


@pytest.mark.parametrize("client", [IPAD, "3C-22-FB-05-00-11", "ipad-5-11", "year-5", "teacher", STRANGER, "10.9.9.9"])
def test_a_client_is_named_in_any_way(client: str, listed: FakeSite, api: As) -> None:
    assert ask(api, client=client, name="bbc.co.uk")["client"]["asked"] == client


@pytest.mark.parametrize("at", ["2026-10-06T08:20:00Z", "2027-03-02T09:20:00Z"])
def test_another_moment_than_the_table_knows_is_computed_and_said_so(at: str, listed: FakeSite, api: As) -> None:
    assert ask(api, client="year-5", name="bbc.co.uk", at=at)["note"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"name": "x.."}, 422),
        ({"name": "x" * 64 + ".uk"}, 422),
        ({"type": "WIZARD"}, 422),
        ({"type": "TYPE65536"}, 422),
        ({"client": "nobody-we-know"}, 404),
        ({"client": "3c:22:fb:00:00:99"}, 404),
        ({"at": "2035-01-01T00:00:00Z"}, 422),
        ({"at": "2026-11-24T09:20:00"}, 422),
        ({"at": "9999-12-31T23:59:59-23:59"}, 422),
        ({"at": "0001-01-01T00:00:00+23:59"}, 422),
    ],
)
def test_what_cannot_be_explained_is_said_in_words(asked: dict[str, str], status: int, api: As) -> None:
    answer = api("teacher").get("/api/v1/explain", params={"client": "year-5", "name": "bbc.co.uk", **asked})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["todo"] or answer.json()["detail"]


def test_nothing_is_explained_before_the_first_turn_of_the_loop(site: FakeSite, api: As) -> None:
    site.loop.turned = False
    answer = api("teacher").get("/api/v1/explain", params={"client": "year-5", "name": "bbc.co.uk"})
    assert answer.status_code == 503


def test_a_moment_that_is_past_is_explained_by_the_table_of_then(listed: FakeSite, api: As) -> None:
    then = intended(listed).table.model_copy(update={"epoch": 77, "bindings": {}})
    table_history.keep(listed.home.table_history, then, listed.policy)
    listed.clock.set(listed.clock.now() + timedelta(hours=2))
    told = ask(api, client="10.20.0.11", name="bbc.co.uk", at="2026-11-24T09:20:00Z")
    assert (told["epoch"], told["client"]["sure"], told["verdict"]["code"]) == (77, "nobody", "unknown-device")
    assert "epoch 77" in told["note"]
    today = ask(api, client="10.20.0.11", name="bbc.co.uk")
    assert (today["epoch"], today["note"]) == (1, "")
