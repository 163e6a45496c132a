"""What a probe in a segment found: signed by a station, judged, kept beside the checks of the filter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from controller.addresses import Endpoint
from controller.check_filter.daily import FilterChecks
from controller.check_filter.from_segment import run_of
from controller.check_filter.outcome import Finding, Run
from controller.check_filter.routes import Route, findings
from controller.check_filter.signed import sign
from inventory.receipt_seal import public_key
from tests.controller.api.conftest import As
from tests.fakes.site import NINE, FakeSite

SCHOOL = "Ash Lane Primary School"
KEY, STRANGERS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
GOOGLE = Route("udp", Endpoint("8.8.8.8", 53))


def tried(*opened: Route, segment: str = "pupils", school: str = SCHOOL, now: datetime = NINE) -> Run:
    return run_of(school, segment, 24, opened, findings(segment, opened), now)


@pytest.fixture
def desk(api: As, site: FakeSite) -> TestClient:
    """Somebody at a machine that was enrolled as a station."""
    site.home.make()
    site.checks = FilterChecks(site.home)  # type: ignore[assignment]
    desk = api("ict_lead")
    assert desk.post("/api/v1/stations", json={"name": "probe-1", "key": public_key(KEY)}).status_code == 201
    return desk


def hand_in(desk: TestClient, run: Run, key: Ed25519PrivateKey = KEY, /, **changed: Any) -> Any:
    record = sign(run, key).model_dump(mode="json") | changed
    return desk.post("/api/v1/filter-checks/routes", json={"record": record})


def test_a_probe_that_found_every_way_shut_shows_f10(desk: TestClient) -> None:
    assert hand_in(desk, tried()).status_code == 201
    (kept,) = desk.get("/api/v1/filter-checks").json()["items"]
    assert (kept["where"], kept["asked"], kept["good"]) == ("segment pupils", 24, True)
    told = desk.get("/api/v1/clauses/F10").json()
    assert (told["state"], told["proofs"][0]["source"]) == ("shown", "ways past the filter")


def test_an_open_way_is_an_alarm_and_stands_in_the_history(desk: TestClient, site: FakeSite) -> None:
    assert hand_in(desk, tried(GOOGLE)).json()["good"] is False
    (alarm,) = site.store.alarms(5)
    assert "udp to 8.8.8.8:53, from pupils" in alarm.subject
    assert desk.get("/api/v1/clauses/F10").json()["state"] == "not kept"


def test_the_same_record_twice_is_one_and_another_in_its_place_is_refused(desk: TestClient, site: FakeSite) -> None:
    assert [hand_in(desk, tried(GOOGLE)).status_code for _ in range(2)] == [201, 201]
    assert hand_in(desk, tried()).status_code == 409
    assert len(site.store.acts("filter.routes")) == 1
    assert len(desk.get("/api/v1/filter-checks").json()["items"]) == 1


def test_a_record_that_was_changed_after_it_was_signed_is_refused(desk: TestClient) -> None:
    better = tried().model_dump(mode="json")
    assert hand_in(desk, tried(GOOGLE), run=better).status_code == 422
    assert desk.get("/api/v1/filter-checks").json()["items"] == []


LIE = Finding(kind="open", subject="category adult", text="let through", clauses=("F1",))


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (tried(school="Another School"), "another school"),
        (tried(segment="nowhere"), "no segment"),
        (tried().model_copy(update={"where": "filter node"}), "no segment"),
        (tried(now=NINE + timedelta(minutes=6)), "future"),
        (tried(now=NINE - timedelta(hours=1)), "older than the station"),
        (tried().model_copy(update={"findings": (LIE,)}), "something else"),
        (tried().model_copy(update={"lines": tried().lines * 2}), "something else"),
    ],
)
def test_a_station_says_what_it_saw_where_it_stands_and_no_more(desk: TestClient, run: Run, why: str) -> None:
    refused = hand_in(desk, run)
    assert refused.status_code == 409
    assert why in refused.json()["detail"]


def test_a_stranger_and_a_revoked_station_are_refused_and_it_is_audited(desk: TestClient, site: FakeSite) -> None:
    assert "No station" in hand_in(desk, tried(), STRANGERS).json()["detail"]
    desk.post("/api/v1/stations/probe-1/revoke", json={"reason": "stolen"})
    assert "revoked" in hand_in(desk, tried()).json()["detail"]
    assert len(site.store.acts("filter.routes.refuse")) == 2
