"""The query log by the API: who may look, why, what it leaves in the audit; erasing, holding, counting."""

from __future__ import annotations

from typing import Any

import pytest

from controller.home import Home
from dns_filter.model import Code
from tests.controller.api.conftest import As
from tests.controller.query_log.conftest import NINE, filter_log, said
from tests.fakes.site import IPAD, FakeSite

LOOK = {"client": "ipad-5-11", "purpose": "incident 12, asked by the head", "since": "2026-11-24T00:00:00Z"}


@pytest.fixture(autouse=True)
def logged(site: FakeSite) -> FakeSite:
    with filter_log(Home(site.query_log.log.parent.parent.parent), NINE) as log:
        log.note(IPAD, said("www.wikipedia.org"), 0.01)
        log.note(IPAD, said("redlight.example", Code.CATEGORY, "adult"), 0.0)
        log.note("10.20.0.99", said("other.example"), 0.0)
    return site


def post(api: As, path: str, body: dict[str, Any], role: str = "head", status: int = 200) -> Any:
    answer = api(role).post(f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_head_looks_a_device_up_and_the_audit_says_why(site: FakeSite, api: As) -> None:
    found = post(api, "/query-log/searches", LOOK)
    assert {row["qname"] for row in found["items"]} == {"www.wikipedia.org", "redlight.example"}
    assert (found["more"], found["subject"]["clients"]) == (False, ["ipad-5-11"])
    (row,) = site.store.audit(action="query-log")
    assert (row.actor, row.action, row.subject) == ("head", "query-log.search", "ipad-5-11")
    assert row.detail["purpose"] == LOOK["purpose"]


@pytest.mark.parametrize("purpose", ["", "because", "x\n" * 10])
def test_nobody_looks_without_a_purpose(site: FakeSite, api: As, purpose: str) -> None:
    post(api, "/query-log/searches", {**LOOK, "purpose": purpose}, status=422)
    assert not site.store.audit(action="query-log")


@pytest.mark.parametrize("role", ["teacher", "ict_lead", "technician", "auditor", "office"])
def test_others_do_not_look_people_up(site: FakeSite, api: As, role: str) -> None:
    post(api, "/query-log/searches", LOOK, role, 403)
    assert site.store.audit(action="access.refused")


@pytest.mark.parametrize("client", ["year-5", "nobody"])
def test_a_look_is_about_one_subject(api: As, client: str) -> None:
    post(api, "/query-log/searches", {**LOOK, "client": client}, status=404)


def test_only_some_of_it(api: As) -> None:
    assert len(post(api, "/query-log/searches", {**LOOK, "blocked": True})["items"]) == 1
    assert len(post(api, "/query-log/searches", {**LOOK, "name": "wikipedia.org"})["items"]) == 1
    assert post(api, "/query-log/searches", {**LOOK, "limit": 1})["more"] is True
    post(api, "/query-log/searches", {**LOOK, "until": "2026-11-23T00:00:00Z"}, status=422)


def test_a_subject_gets_a_copy_of_everything(api: As) -> None:
    found = post(api, "/query-log/exports", {"client": IPAD, "purpose": "subject access request"})
    assert (len(found["queries"]), len(found["events"])) == (2, 1)
    assert found["fields"].keys() == found["queries"][0].keys()


def test_an_erasure_spares_evidence_until_it_is_released(site: FakeSite, api: As) -> None:
    made = post(api, "/evidence-holds", LOOK, status=201)
    assert (made["id"], made["rows"], made["by"]) == ("hold-1", 3, "head")
    erased = post(api, "/query-log/erasures", {"client": IPAD, "purpose": "request for erasure"})
    assert (erased["rows"], erased["held"]) == (0, 2)
    held = post(api, "/evidence-holds/hold-1/export", {"purpose": "for the police"})
    assert len(held["queries"]) == 2
    post(api, "/evidence-holds/hold-1/release", {"purpose": "incident 12 is closed"})
    assert api("head").get("/api/v1/evidence-holds").json() == {"items": []}
    erased = post(api, "/query-log/erasures", {"client": IPAD, "purpose": "request for erasure", "events": True})
    assert (erased["rows"], erased["held"], erased["events"]) == (2, 0, 1)
    assert post(api, "/query-log/searches", LOOK)["items"] == []
    actions = [row.action for row in site.store.audit(action="evidence")]
    assert actions == ["evidence.hold", "evidence.export", "evidence.release"]
    post(api, "/evidence-holds/hold-1/release", {"purpose": "incident 12 is closed"}, status=404)


def test_the_safeguarding_lead_alone_sees_events_by_name(site: FakeSite, api: As) -> None:
    found = api("safeguarding_lead").get("/api/v1/safeguarding-events").json()["items"]
    assert [(event["device"], event["qname"], event["category"]) for event in found] == [
        ("ipad-5-11", "redlight.example", "adult")
    ]
    assert api("head").get("/api/v1/safeguarding-events").status_code == 403
    assert len(site.store.audit(action="safeguarding.read")) == 1


def test_counts_are_for_everybody_who_reports(api: As) -> None:
    counted = api("auditor").get("/api/v1/query-counts", params={"by": "hour"}).json()
    assert sum(row["times"] for row in counted["items"]) == 3
    assert all(IPAD not in str(row) and "example" not in str(row) for row in counted["items"])
    too_long = {"by": "hour", "since": "2026-01-01T00:00:00Z"}
    assert api("auditor").get("/api/v1/query-counts", params=too_long).status_code == 422


def test_a_damaged_log_is_said_and_no_crash(site: FakeSite, api: As) -> None:
    (day,) = site.query_log.log.glob("*.sqlite")
    for beside in site.query_log.log.glob("*.sqlite-*"):
        beside.unlink()
    day.write_bytes(b"no database" * 100)
    post(api, "/query-log/searches", LOOK, status=503)
