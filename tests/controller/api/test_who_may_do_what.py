"""Every route, every role: who gets in, who does not, and that no route is in no case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount
from starlette.testclient import TestClient

from controller.accounts import ROLES, Account, TokenKind
from controller.api import app as whole
from controller.api.access import OPEN, SESSION_COOKIE, declared, guard
from controller.api.openapi import describe
from controller.model import Actor
from tests.controller.api.conftest import As
from tests.controller.api.pages import Page
from tests.fakes.site import IPAD, STRANGER, FakeSite

ANYBODY = set(ROLES)
LOOKS_AT_LESSONS = ANYBODY - {"pupil"}
OPENS = {"teacher", "safeguarding_lead", "head", "ict_lead", "technician", "provider_admin", "api_client"}
LOOKS_AT_DEVICES = ANYBODY - {"pupil"}
EXPLAINS = ANYBODY - {"pupil", "office"}
WORKS_ON_DEVICES = {"ict_lead", "technician", "provider_admin", "api_client"}
QUARANTINES = WORKS_ON_DEVICES | {"head"}
SEES_PLAN = WORKS_ON_DEVICES | {"head", "auditor"}
APPLIES = {"ict_lead", "technician", "provider_admin"}
READS_AUDIT = WORKS_ON_DEVICES | {"head", "safeguarding_lead", "auditor"}
SEES_ACCOUNTS = {"head", "ict_lead", "provider_admin", "auditor"}
KEEPS_ACCOUNTS = {"ict_lead", "provider_admin"}
KEEPS_QUERY_LOG = {"head", "safeguarding_lead", "provider_admin"}
SEES_COUNTS = WORKS_ON_DEVICES | {"head", "safeguarding_lead", "auditor"}
MEASURES = WORKS_ON_DEVICES | {"auditor"}

PASTORAL = {"head", "ict_lead", "safeguarding_lead", "provider_admin"}
ENDS_EMERGENCIES = PASTORAL | {"technician"}

SIGNATURE = {"person": "head", "signer": "staff", "version": "2026"}
TABLET = {"mac": "3c:22:fb:05:00:12", "name": "ipad-5-12", "kind": "school-ipad", "year_group": "year-5"}
LOOK = {"client": "ipad-5-11", "purpose": "incident 12"}
CASES: dict[str, tuple[str, str, Any, set[str]]] = {
    "open_window": ("POST", "/windows", {"group": "year-5", "minutes": 15}, OPENS),
    "list_windows": ("GET", "/windows", None, LOOKS_AT_LESSONS),
    "get_window": ("GET", "/windows/w1", None, LOOKS_AT_LESSONS),
    "extend_window": ("PATCH", "/windows/w1", {"minutes": 15}, OPENS),
    "end_window": ("POST", "/windows/w1/end", None, OPENS),
    "get_emergency": ("GET", "/emergency", None, LOOKS_AT_LESSONS),
    "declare_emergency": ("POST", "/emergency", {"why": "a lockdown"}, OPENS | {"office"}),
    "end_emergency": ("POST", "/emergency/end", {"reason": "all clear"}, ENDS_EMERGENCIES),
    "list_sanctions": ("GET", "/sanctions", None, PASTORAL | {"auditor"}),
    "impose_sanction": ("POST", "/sanctions", {"mac": IPAD, "days": 7, "reason": "games"}, PASTORAL),
    "get_sanction": ("GET", "/sanctions/s1", None, PASTORAL | {"auditor"}),
    "approve_sanction": ("POST", "/sanctions/s1/approve", None, PASTORAL),
    "end_sanction": ("POST", "/sanctions/s1/end", {"reason": "enough"}, PASTORAL),
    "appeal_sanction": ("POST", "/sanctions/s1/appeal", {"text": "It was somebody else."}, PASTORAL),
    "list_agreements": ("GET", "/agreements", None, PASTORAL | {"office", "auditor"}),
    "record_agreements": ("POST", "/agreements", {"signatures": [SIGNATURE]}, PASTORAL | {"office"}),
    "list_devices": ("GET", "/devices", None, LOOKS_AT_DEVICES),
    "get_device": ("GET", f"/devices/{IPAD}", None, LOOKS_AT_DEVICES),
    "register_devices": ("POST", "/devices", {"devices": [TABLET]}, WORKS_ON_DEVICES),
    "quarantine_device": ("POST", f"/devices/{IPAD}/quarantine", {"reason": "a virus"}, QUARANTINES),
    "release_device": ("POST", f"/devices/{IPAD}/release", {"reason": "clean"}, QUARANTINES),
    "record_sightings": ("POST", "/sightings", {"sightings": [{"mac": IPAD, "source": "dhcp"}]}, WORKS_ON_DEVICES),
    "act_on_devices": (
        "POST",
        "/devices/acts",
        {"act": "bar", "devices": [STRANGER], "reason": "found in a bag", "barred_as": "refused"},
        WORKS_ON_DEVICES,
    ),
    "import_rows": (
        "POST",
        "/imports",
        {"source": "sims", "people": [{"line": 2, "id": "13001", "name": "A pupil", "year_group": "year-5"}]},
        WORKS_ON_DEVICES,
    ),
    "list_imported": ("GET", "/imports/sims", None, WORKS_ON_DEVICES),
    "retire_imported": ("POST", "/imports/sims/retire", {"people": ["13001"], "reason": "left"}, WORKS_ON_DEVICES),
    "list_people": ("GET", "/people", None, WORKS_ON_DEVICES),
    "record_sign_ins": (
        "POST",
        "/sign-ins",
        {"sign_ins": [{"mac": IPAD, "began_at": "2026-11-24T08:55:00Z", "source": "radius", "year_group": "year-5"}]},
        WORKS_ON_DEVICES,
    ),
    "ask_who": ("GET", "/who?asked=10.20.0.11", None, READS_AUDIT),
    "list_alarms": ("GET", "/alarms", None, LOOKS_AT_DEVICES),
    "settle_alarm": ("POST", "/alarms/1/settle", {"reason": "looked at it"}, WORKS_ON_DEVICES),
    "identify_device": ("GET", f"/devices/{IPAD}/identity", None, LOOKS_AT_DEVICES),
    "list_decisions": ("GET", "/decisions", None, LOOKS_AT_DEVICES),
    "get_decision": ("GET", f"/decisions/{IPAD}", None, LOOKS_AT_DEVICES),
    "explain": ("GET", "/explain?client=10.20.0.11&name=bbc.co.uk", None, EXPLAINS),
    "get_plan": ("GET", "/plan", None, SEES_PLAN),
    "apply_plan": ("POST", "/plan/apply", {"fingerprint": "0" * 16}, APPLIES),
    "get_proof": ("GET", "/proof", None, SEES_PLAN),
    "list_pushes": ("GET", "/pushes", None, SEES_PLAN),
    "undo_push": ("POST", "/pushes/1/undo", {"reason": "the wrong room"}, APPLIES),
    "list_ports": ("GET", "/ports", None, SEES_PLAN),
    "say_of_port": (
        "POST",
        "/ports",
        {"switch": "sw-ict", "port": "Gi1/0/7", "protected": True, "reason": "the mixing desk"},
        APPLIES,
    ),
    "list_enforcement_points": ("GET", "/enforcement-points", None, LOOKS_AT_LESSONS),
    "list_audit": ("GET", "/audit", None, READS_AUDIT),
    "verify_audit": ("GET", "/audit/verify", None, READS_AUDIT),
    "get_policy": ("GET", "/policy", None, LOOKS_AT_LESSONS),
    "check_policy": ("POST", "/policy/check", "school: {}", KEEPS_ACCOUNTS),
    "search_query_log": ("POST", "/query-log/searches", LOOK, KEEPS_QUERY_LOG),
    "export_query_log": ("POST", "/query-log/exports", LOOK, KEEPS_QUERY_LOG),
    "erase_query_log": ("POST", "/query-log/erasures", LOOK, KEEPS_QUERY_LOG),
    "list_evidence_holds": ("GET", "/evidence-holds", None, KEEPS_QUERY_LOG),
    "make_evidence_hold": ("POST", "/evidence-holds", LOOK, KEEPS_QUERY_LOG),
    "export_evidence_hold": ("POST", "/evidence-holds/hold-9/export", {"purpose": "incident 12"}, KEEPS_QUERY_LOG),
    "release_evidence_hold": ("POST", "/evidence-holds/hold-9/release", {"purpose": "incident 12"}, KEEPS_QUERY_LOG),
    "list_query_counts": ("GET", "/query-counts", None, SEES_COUNTS),
    "list_safeguarding_events": ("GET", "/safeguarding-events", None, {"safeguarding_lead"}),
    "list_accounts": ("GET", "/accounts", None, SEES_ACCOUNTS),
    "get_own_account": ("GET", "/accounts/me", None, ANYBODY),
    "list_tokens": ("GET", "/tokens", None, SEES_ACCOUNTS),
    "make_token": ("POST", "/tokens", {"name": "probe", "scopes": ["windows:read"]}, KEEPS_ACCOUNTS),
    "revoke_token": ("DELETE", f"/tokens/{'0' * 16}", None, KEEPS_ACCOUNTS),
    "get_metrics": ("GET", "/metrics", None, MEASURES),
    "sign_out": ("DELETE", "/session", None, ANYBODY),
}
OPEN_TO_ALL = {"get_health", "sign_in"}

PAGES: dict[tuple[str, str], tuple[dict[str, str], set[str]]] = {
    ("GET", "/"): ({}, ANYBODY),
    ("GET", "/part/lessons"): ({}, LOOKS_AT_LESSONS),
    ("GET", "/part/quarantine"): ({}, LOOKS_AT_DEVICES),
    ("GET", "/part/points"): ({}, LOOKS_AT_LESSONS),
    ("POST", "/emergency/close"): ({"why": "a lockdown"}, OPENS | {"office"}),
    ("POST", "/emergency/open"): ({"reason": "all clear"}, ENDS_EMERGENCIES),
    ("POST", "/lessons/open"): ({"group": "year-5", "length": "15"}, OPENS),
    ("POST", "/lessons/{window_id}/extend"): ({}, OPENS),
    ("POST", "/lessons/{window_id}/end"): ({}, OPENS),
    ("GET", "/devices/{mac}"): ({}, LOOKS_AT_DEVICES),
    ("POST", "/devices/{mac}/register"): ({"name": "laptop", "kind": "school-laptop"}, WORKS_ON_DEVICES),
    ("POST", "/devices/{mac}/bar"): ({"barred_as": "lost", "reason": "left on the bus"}, WORKS_ON_DEVICES),
    ("POST", "/devices/{mac}/readmit"): ({"reason": "found"}, WORKS_ON_DEVICES),
    ("POST", "/devices/{mac}/quarantine"): ({"reason": "a virus"}, QUARANTINES),
    ("POST", "/devices/{mac}/release"): ({"reason": "clean"}, QUARANTINES),
    ("POST", "/sign-out"): ({}, ANYBODY),
}
OPEN_PAGES = {("GET", "/sign-in"), ("POST", "/sign-in")}
ELSEWHERE = {("GET", "/api/v1/openapi.json")}


def ask(client: TestClient, case: str) -> int:
    method, path, body, _ = CASES[case]
    if isinstance(body, str):
        return client.request(
            method, f"/api/v1{path}", content=body, headers={"Content-Type": "text/plain"}
        ).status_code
    return client.request(method, f"/api/v1{path}", json=body).status_code


def all_routes() -> list[APIRoute]:
    modules = (*whole.NOUNS, *whole.PAGES)
    routes = [route for module in modules for route in module.router.routes] + list(whole.document.routes)
    assert all(isinstance(route, APIRoute) for route in routes)
    return [route for route in routes if isinstance(route, APIRoute)]


def test_every_operation_of_the_document_is_in_one_case(app: FastAPI) -> None:
    paths = describe(app)["paths"].values()
    operations = {operation["operationId"] for path in paths for operation in path.values()}
    assert operations == set(CASES) | OPEN_TO_ALL


def test_every_page_is_in_one_case() -> None:
    shown = {(method, route.path) for route in all_routes() for method in route.methods if not route.include_in_schema}
    pages = {
        (method, route.path) for module in whole.PAGES for route in module.router.routes for method in route.methods
    }
    assert pages | shown == set(PAGES) | OPEN_PAGES | ELSEWHERE


def test_every_route_declares_what_it_needs_and_only_health_and_signing_in_are_open() -> None:
    rules = {(method, route.path): declared(route) for route in all_routes() for method in route.methods}
    assert None not in rules.values()
    open_routes = {where for where, rule in rules.items() if rule and rule[0] == OPEN}
    assert open_routes == {("GET", "/api/v1/health"), ("POST", "/api/v1/session"), *OPEN_PAGES}


def test_nothing_stands_beside_the_guarded_routers_but_the_static_files(app: FastAPI) -> None:
    beside = [route for route in app.routes if isinstance(route, Mount | APIRoute)]
    assert [getattr(route, "path", "") for route in beside] == ["/static"]


def test_a_route_that_declares_nothing_answers_nobody(app: FastAPI, site: FakeSite) -> None:
    from fastapi import APIRouter, Depends

    forgetful = APIRouter()
    forgetful.add_api_route("/api/v1/forgotten", lambda: {"secret": 1}, methods=["GET"])
    app.include_router(forgetful, dependencies=[Depends(guard)])
    lead = site.secret(site.account("ict_lead"))
    assert TestClient(app).get("/api/v1/forgotten", headers={"Authorization": f"Bearer {lead}"}).status_code == 403


POLICY_OPENS = {"teacher", "head", "ict_lead", "technician", "provider_admin"}
OPENING = {"open_window", "extend_window", "end_window"}


def expected(role: str) -> set[str]:
    """By scope; and a role that the policy gives no `may_open` opens nothing, whatever its scopes."""
    by_scope = {case for case, (*_, roles) in CASES.items() if role in roles}
    return by_scope if role in POLICY_OPENS else by_scope - OPENING


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_as_far_as_it_may_on_every_route(role: str, api: As) -> None:
    api("head").post("/api/v1/windows", json={"group": "year-5", "minutes": 15})
    client = api(role)
    statuses = {case: ask(client, case) for case in CASES}
    assert {case for case, status in statuses.items() if status != 403} == expected(role)
    assert 401 not in statuses.values()
    assert not [case for case, status in statuses.items() if status >= 500]


@pytest.mark.parametrize("case", CASES)
def test_nobody_gets_in_without_a_token_in_force(case: str, app: FastAPI, site: FakeSite) -> None:
    lead = site.account("ict_lead")
    revoked = site.secret(lead)
    site.store.revoke_token(site.store.tokens()[-1].id, _lead(), site.clock.now())
    expired, session = site.secret(lead, lasts=timedelta(seconds=1)), site.secret(lead, TokenKind.SESSION)
    site.clock.advance(timedelta(seconds=1))
    for secret in ("", "ct_", "ct_" + "x" * 43, revoked, expired, session, "x" * 5000, "\u00fc" * 20):
        client = TestClient(app, headers={"Authorization": f"Bearer {secret}".encode()})
        assert ask(client, case) == 401, secret
    with_cookie = TestClient(app, cookies={SESSION_COOKIE: session})
    assert ask(with_cookie, case) == 401


def test_a_shut_account_takes_its_tokens_along(api: As, site: FakeSite) -> None:
    client = api("ict_lead")
    assert ask(client, "list_windows") == 200
    site.store.put_account(Account("ict_lead", "ict_lead", disabled=True), _lead(), site.clock.now())
    assert ask(client, "list_windows") == 401


def test_broken_json_is_not_even_looked_at_without_a_token(stranger: TestClient) -> None:
    assert (
        stranger.post("/api/v1/windows", content=b"{", headers={"Content-Type": "application/json"}).status_code == 401
    )


@pytest.mark.parametrize(("group", "status"), [("year-5", 202), ("year-6", 403), ("year-1", 403), ("everybody", 403)])
def test_a_teacher_opens_own_classes_only(group: str, status: int, api: As) -> None:
    answer = api("teacher").post("/api/v1/windows", json={"group": group, "minutes": 15})
    assert answer.status_code == status


@pytest.mark.parametrize("case", ["extend_window", "end_window"])
@pytest.mark.parametrize(("group", "status"), [("year-5", 202), ("year-6", 403)])
def test_a_teacher_touches_windows_of_own_classes_only(case: str, group: str, status: int, api: As) -> None:
    api("head").post("/api/v1/windows", json={"group": group, "minutes": 15})
    assert ask(api("teacher"), case) == status


def test_every_refusal_is_in_the_audit_and_strangers_cannot_flood_it(
    api: As, stranger: TestClient, site: FakeSite
) -> None:
    teacher = api("teacher")
    assert ask(teacher, "get_plan") == 403
    assert ask(teacher, "open_window") == 202
    assert teacher.post("/api/v1/windows", json={"group": "year-6", "minutes": 15}).status_code == 403
    for _ in range(100):
        assert ask(stranger, "get_plan") == 401
    rows = site.store.audit(limit=500, action="access.refused")
    assert [(row.actor, row.subject) for row in rows[:2]] == [
        ("teacher", "GET /api/v1/plan"),
        ("teacher", "POST /api/v1/windows"),
    ]
    assert 1 < len([row for row in rows if row.actor == "nobody"]) <= 31


def fill(path: str) -> str:
    return path.format(mac=STRANGER, window_id="w1")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_as_far_as_it_may_on_every_page(role: str, console: As, api: As) -> None:
    api("head").post("/api/v1/windows", json={"group": "year-5", "minutes": 15})
    client = console(role)
    token = Page(client.get("/").text).form_token()
    let_in = set()
    for (method, path), (form, _) in PAGES.items():
        sent = {"data": {**form, "csrf": token}} if method == "POST" else {}
        status = client.request(method, fill(path), **sent).status_code
        assert status < 500
        if status != 403:
            let_in.add((method, path))
    by_scope = {page for page, (_, roles) in PAGES.items() if role in roles}
    assert let_in == {page for page in by_scope if role in POLICY_OPENS or not page[1].startswith("/lessons")}


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_pages_send_whoever_is_not_signed_in_to_the_sign_in_page(
    method: str, path: str, app: FastAPI, site: FakeSite
) -> None:
    lead = site.account("ict_lead")
    for secret in ("", "ct_" + "x" * 43, site.secret(lead)):  # the last one is a good token, but not of a session
        client = TestClient(app, cookies={SESSION_COOKIE: secret}, follow_redirects=False)
        client.headers["Authorization"] = f"Bearer {site.secret(lead)}"
        answer = client.request(method, fill(path))
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def _lead() -> Actor:
    return Actor("ict_lead", "ict_lead")
