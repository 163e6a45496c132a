"""Signing in: throttled, sessions that end, forms that only our own pages can send."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from controller.accounts import TokenKind
from controller.api.access import SESSION_COOKIE
from tests.controller.api.conftest import As
from tests.controller.api.pages import Page
from tests.fakes.site import NINE, PASSWORD, FakeSite

ORIGIN = {"Origin": "http://testserver"}


def try_password(client: TestClient, name: str, password: str) -> int:
    return client.post("/api/v1/session", json={"name": name, "password": password}).status_code


def test_a_name_and_a_password_give_a_token_that_opens_the_api(stranger: TestClient, site: FakeSite) -> None:
    site.account("teacher", frozenset({"year-5"}), password=PASSWORD)
    answer = stranger.post("/api/v1/session", json={"name": "teacher", "password": PASSWORD})
    assert (answer.status_code, answer.json()["groups"]) == (201, ["year-5"])
    assert "windows:open" in answer.json()["scopes"]
    token = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert stranger.get("/api/v1/accounts/me", headers=token).json()["name"] == "teacher"
    assert answer.json()["expires_at"] == "2026-11-24T19:00:00Z"
    site.clock.advance(timedelta(hours=10))
    assert stranger.get("/api/v1/accounts/me", headers=token).status_code == 401


def test_wrong_name_and_wrong_password_are_told_apart_by_nobody(stranger: TestClient, site: FakeSite) -> None:
    site.account("teacher", password=PASSWORD)
    site.account("technician")  # no password at all: tokens only
    answers = [
        stranger.post("/api/v1/session", json={"name": name, "password": password}).json() | {"request_id": ""}
        for name, password in (("teacher", "wrong"), ("nobody", PASSWORD), ("technician", "x" * 12))
    ]
    assert answers[0] == answers[1] == answers[2]
    tried = [row.detail.get("account") for row in site.store.audit(limit=100, action="access.refused")]
    assert tried == ["teacher", None, "technician"]


def test_the_eleventh_try_in_a_minute_is_refused_even_with_the_right_password(app: FastAPI, site: FakeSite) -> None:
    site.account("teacher", password=PASSWORD)
    for number in range(10):
        client = TestClient(app, client=(f"10.30.0.{number}", 5000))
        assert try_password(client, "teacher", "wrong password") == 401
    late = TestClient(app, client=("10.30.0.99", 5000))
    answer = late.post("/api/v1/session", json={"name": "Teacher", "password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_one_address_has_ten_tries_a_minute_whatever_names_it_tries(app: FastAPI) -> None:
    client = TestClient(app, client=("10.30.0.7", 5000))
    assert [try_password(client, f"name-{n}", "wrong") for n in range(12)] == [401] * 10 + [429] * 2


def test_the_page_signs_in_with_a_cookie_that_scripts_and_other_sites_never_see(app: FastAPI, site: FakeSite) -> None:
    site.account("teacher", password=PASSWORD)
    browser = TestClient(app, follow_redirects=False)
    answer = browser.post("/sign-in", data={"name": "teacher", "password": PASSWORD}, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "secure" not in cookie
    assert browser.get("/").status_code == 200
    secure = TestClient(app, base_url="https://testserver", headers={"Origin": "https://testserver"})
    answer = secure.post("/sign-in", data={"name": "teacher", "password": PASSWORD}, follow_redirects=False)
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "strict-transport-security" in answer.headers


def test_a_wrong_password_comes_back_to_the_form_with_words(stranger: TestClient) -> None:
    answer = stranger.post("/sign-in", data={"name": "teacher", "password": "wrong"}, headers=ORIGIN)
    page = Page(answer.text)
    assert answer.status_code == 401
    assert "do not fit together" in page.text
    assert "wrong" not in [field.get("value") for field in page.all("input")]
    assert stranger.post("/sign-in", data={"name": ""}, headers=ORIGIN).status_code == 422


def test_signing_out_ends_the_session_everywhere(console: As) -> None:
    browser = console("teacher")
    secret = browser.cookies[SESSION_COOKIE]
    token = Page(browser.get("/").text).form_token()
    assert browser.post("/sign-out", data={"csrf": token}).headers["location"] == "/sign-in"
    browser.cookies.set(SESSION_COOKIE, secret)
    assert browser.get("/").status_code == 303


def test_a_session_ends_by_itself_and_at_once_when_the_password_changes(console: As, site: FakeSite) -> None:
    browser = console("teacher")
    assert browser.get("/").status_code == 200
    site.account("teacher", password="another long password")
    assert browser.get("/").status_code == 303
    again = console("teacher")
    site.clock.advance(timedelta(hours=10))
    assert again.get("/").status_code == 303


def test_a_part_of_a_page_takes_the_whole_page_to_the_sign_in(stranger: TestClient) -> None:
    answer = stranger.get("/part/lessons", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://testserver"},
    {"Origin": "http://testserver:81"},
    {"Origin": ""},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_no_other_site_opens_a_lesson_or_signs_somebody_in(
    headers: dict[str, str], console: As, site: FakeSite
) -> None:
    browser = console("teacher")
    token = Page(browser.get("/").text).form_token()
    form = {"group": "year-5", "length": "15", "csrf": token}
    assert browser.post("/lessons/open", data=form, headers=headers).status_code == 403
    assert browser.post("/sign-in", data={"name": "teacher", "password": PASSWORD}, headers=headers).status_code == 403
    assert site.store.windows(NINE, NINE + timedelta(days=1)) == ()


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "\u00fc", None])
def test_a_form_without_the_token_of_this_session_does_nothing(token: str | None, console: As, site: FakeSite) -> None:
    form = {"group": "year-5", "length": "15"} | ({"csrf": token} if token is not None else {})
    assert console("teacher").post("/lessons/open", data=form).status_code == 403
    assert site.store.windows(NINE, NINE + timedelta(days=1)) == ()


def test_the_token_of_a_colleagues_page_does_not_fit(console: As) -> None:
    colleagues = Page(console("head").get("/").text).form_token()
    form = {"group": "year-5", "length": "15", "csrf": colleagues}
    assert console("teacher").post("/lessons/open", data=form).status_code == 403


def test_a_page_loaded_over_plain_http_on_the_network_still_works(console: As) -> None:
    browser = console("teacher")
    token = Page(browser.get("/").text).form_token()
    form = {"group": "year-5", "length": "15", "csrf": token}
    assert browser.post("/lessons/open", data=form, headers=ORIGIN).status_code == 303
    fetched = {"Sec-Fetch-Site": "same-origin"}
    assert browser.post("/lessons/open", data=form, headers=fetched).status_code == 303


def test_a_session_is_of_no_use_as_a_bearer_token_nor_the_other_way_round(app: FastAPI, site: FakeSite) -> None:
    lead = site.account("ict_lead")
    session, token = site.secret(lead, TokenKind.SESSION), site.secret(lead)
    assert TestClient(app).get("/api/v1/windows", headers={"Authorization": f"Bearer {session}"}).status_code == 401
    assert TestClient(app, cookies={SESSION_COOKIE: session}).get("/api/v1/windows").status_code == 401
    assert TestClient(app, cookies={SESSION_COOKIE: token}, follow_redirects=False).get("/").status_code == 303
