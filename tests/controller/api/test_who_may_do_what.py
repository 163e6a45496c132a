"""The guard: tokens that are none, routes that declare nothing, own classes, refusals in the audit.

Who may ask what of whom stands in `authorisation/table.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient

from controller.accounts import Account, TokenKind
from controller.api import app as whole
from controller.api.access import OPEN, SESSION_COOKIE, declared, guard
from controller.model import Actor
from controller.web.doorway.app import make_doorway
from tests.controller.api.authorisation.table import DOORWAY, expectations, route_of
from tests.controller.api.authorisation.table import OPEN as OPEN_TO_ALL
from tests.controller.api.conftest import As
from tests.fakes.site import FakeSite

CASES: dict[str, tuple[str, str, Any]] = {
    "open_window": ("POST", "/windows", {"group": "year-5", "minutes": 15}),
    "list_windows": ("GET", "/windows", None),
    "extend_window": ("PATCH", "/windows/w1", {"minutes": 15}),
    "end_window": ("POST", "/windows/w1/end", None),
    "get_plan": ("GET", "/plan", None),
}
OPEN_PAGES = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/with/{provider}"),
    ("GET", "/sign-in/with/{provider}/back"),
}


def ask(client: TestClient, case: str) -> int:
    method, path, body = CASES[case]
    return client.request(method, f"/api/v1{path}", json=body).status_code


def routes_of(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """Of a router that was included too. Anything else than a route and the static files has no business here."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield from (f"{method} {route.path}" for method in route.methods)
        elif included := getattr(route, "original_router", None):
            yield from routes_of(included.routes)
        else:
            assert getattr(route, "path", "") in ("/static", "/doorway/static"), f"{route} stands beside the guard"


def test_every_route_stands_in_the_table_and_the_table_in_nothing_else(app: FastAPI) -> None:
    assert set(routes_of(app.routes)) == {route_of(row) for row in expectations()} | OPEN_TO_ALL


def test_the_door_shows_its_own_pages_and_nothing_of_api_or_console(app: FastAPI) -> None:
    assert set(routes_of(make_doorway(app.state.site).routes)) == DOORWAY


def all_routes() -> list[APIRoute]:
    modules = (*whole.NOUNS, *whole.PAGES)
    routes = [route for module in modules for route in module.router.routes] + list(whole.document.routes)
    assert all(isinstance(route, APIRoute) for route in routes)
    return [route for route in routes if isinstance(route, APIRoute)]


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


def _lead() -> Actor:
    return Actor("ict_lead", "ict_lead")
