"""The second factor: enrolled with the password, asked for at every sign-in, each code good once."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from controller.accounts import TokenKind
from controller.api.access import SESSION_COOKIE
from controller.settings import SignIn
from tests.controller.api.pages import Page
from tests.fakes.site import PASSWORD, FakeSite

STEP = timedelta(seconds=30)
SESSION = "/api/v1/session"
MINE = "/api/v1/accounts/me/second-factor"


@pytest.fixture
def head(app: FastAPI, site: FakeSite) -> TestClient:
    secret = site.secret(site.account("head", password=PASSWORD))
    return TestClient(app, headers={"Authorization": f"Bearer {secret}"})


def code(secret: str, site: FakeSite, after: timedelta = timedelta(0)) -> str:
    return pyotp.TOTP(secret).at(site.clock.now() + after)


def enrol(head: TestClient, site: FakeSite) -> tuple[str, list[str]]:
    """The secret and the recovery codes; the clock stands three steps later."""
    begun = head.post(MINE, json={"password": PASSWORD}).json()
    done = head.post(f"{MINE}/confirm", json={"code": code(begun["secret"], site)})
    assert done.status_code == 200
    site.clock.advance(3 * STEP)
    return begun["secret"], done.json()["recovery_codes"]


def sign_in(client: TestClient, given: str | None = None, password: str = PASSWORD) -> int:
    body = {"name": "head", "password": password} | ({"code": given} if given is not None else {})
    return client.post(SESSION, json=body).status_code


def test_once_confirmed_a_password_alone_opens_nothing(head: TestClient, stranger: TestClient, site: FakeSite) -> None:
    assert sign_in(stranger) == 201
    secret, _ = enrol(head, site)
    answer = stranger.post(SESSION, json={"name": "head", "password": PASSWORD})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:caretaker:second-factor")
    assert sign_in(stranger, code(secret, site)) == 201


def test_only_who_knows_the_password_hears_of_the_second_factor(
    head: TestClient, stranger: TestClient, site: FakeSite
) -> None:
    enrol(head, site)
    answer = stranger.post(SESSION, json={"name": "head", "password": "wrong"})
    assert answer.json()["type"] == "urn:caretaker:not-signed-in"


def test_begun_but_not_confirmed_it_asks_nobody(head: TestClient, stranger: TestClient, site: FakeSite) -> None:
    head.post(MINE, json={"password": PASSWORD})
    assert head.post(f"{MINE}/confirm", json={"code": "000000"}).status_code == 403
    assert sign_in(stranger) == 201
    assert head.get(MINE).json() == {"on": False, "needed": False, "recovery_left": 0}


def test_a_code_that_was_used_is_worth_nothing_and_neither_are_older_ones(
    head: TestClient, stranger: TestClient, site: FakeSite
) -> None:
    secret, _ = enrol(head, site)
    now = code(secret, site)
    assert sign_in(stranger, now) == 201
    assert sign_in(stranger, now) == 401
    assert sign_in(stranger, code(secret, site, -STEP)) == 401
    site.clock.advance(STEP)
    assert sign_in(stranger, code(secret, site)) == 201


def test_the_code_of_the_confirmation_is_used_up_too(head: TestClient, stranger: TestClient, site: FakeSite) -> None:
    begun = head.post(MINE, json={"password": PASSWORD}).json()
    first = code(begun["secret"], site)
    head.post(f"{MINE}/confirm", json={"code": first})
    assert sign_in(stranger, first) == 401


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 201), (0, 201), (1, 201), (2, 401)])
def test_a_phones_clock_may_be_one_step_off(
    steps: int, status: int, head: TestClient, stranger: TestClient, site: FakeSite
) -> None:
    secret, _ = enrol(head, site)
    assert sign_in(stranger, code(secret, site, steps * STEP)) == status


@pytest.mark.parametrize("given", ["", "12345", "abcdef", "１２３４５６", "0" * 40, "-1", "\x00" * 6])
def test_what_is_no_code_is_refused_in_words(
    given: str, head: TestClient, stranger: TestClient, site: FakeSite
) -> None:
    enrol(head, site)
    assert sign_in(stranger, given) == 401


def test_each_recovery_code_is_good_once(head: TestClient, stranger: TestClient, site: FakeSite) -> None:
    _, codes = enrol(head, site)
    assert len(set(codes)) == 10
    assert sign_in(stranger, codes[3].upper().replace("-", " ")) == 201
    assert sign_in(stranger, codes[3]) == 401
    assert head.get(MINE).json()["recovery_left"] == 9


def test_it_is_begun_and_taken_off_with_the_password_only(
    head: TestClient, stranger: TestClient, site: FakeSite
) -> None:
    assert head.post(MINE, json={"password": "wrong password"}).status_code == 403
    enrol(head, site)
    assert head.post(MINE, json={"password": PASSWORD}).status_code == 409
    assert head.post(f"{MINE}/off", json={"password": "wrong password"}).status_code == 403
    assert head.post(f"{MINE}/off", json={"password": PASSWORD}).json()["on"] is False
    assert sign_in(stranger) == 201


def test_a_lost_phone_is_taken_off_by_who_keeps_accounts_and_signs_out_everywhere(
    head: TestClient, app: FastAPI, site: FakeSite
) -> None:
    enrol(head, site)
    session = site.secret(site.account("head", password=PASSWORD), TokenKind.SESSION)
    browser = TestClient(app, cookies={SESSION_COOKIE: session}, follow_redirects=False)
    admin = {"Authorization": f"Bearer {site.secret(site.account('provider_admin'))}"}
    answer = TestClient(app).post(
        "/api/v1/accounts/head/second-factor/off", json={"reason": "came and asked"}, headers=admin
    )
    assert answer.json()["on"] is False
    assert browser.get("/").status_code == 303
    assert site.store.audit(action="second-factor.end")[0].actor == "provider_admin"


def test_nobody_takes_it_off_an_account_that_may_do_more(head: TestClient, app: FastAPI, site: FakeSite) -> None:
    enrol(head, site)
    lead = {"Authorization": f"Bearer {site.secret(site.account('ict_lead'))}"}
    answer = TestClient(app).post(
        "/api/v1/accounts/head/second-factor/off", json={"reason": "only a try"}, headers=lead
    )
    assert answer.status_code == 403


def test_a_role_that_needs_one_can_do_nothing_but_enrol(stranger: TestClient, site: FakeSite) -> None:
    site.sign_in = SignIn(second_factor=("head",))
    site.account("head", password=PASSWORD)
    token = stranger.post(SESSION, json={"name": "head", "password": PASSWORD}).json()
    assert token["scopes"] == []
    client = {"Authorization": f"Bearer {token['token']}"}
    assert stranger.get("/api/v1/windows", headers=client).status_code == 403
    begun = stranger.post(MINE, json={"password": PASSWORD}, headers=client).json()
    assert stranger.post(f"{MINE}/confirm", json={"code": code(begun["secret"], site)}, headers=client).is_success
    assert stranger.get("/api/v1/windows", headers=client).status_code == 403  # until signed in anew
    site.clock.advance(STEP)
    again = {"name": "head", "password": PASSWORD, "code": code(begun["secret"], site)}
    assert "windows:read" in stranger.post(SESSION, json=again).json()["scopes"]


def test_no_secret_and_no_code_is_kept_in_the_clear(head: TestClient, site: FakeSite) -> None:
    secret, codes = enrol(head, site)
    kept = [path.read_bytes() for path in site.home.root.rglob("*") if path.is_file()]
    for text in (secret, *codes):
        assert not any(text.encode() in raw for raw in kept)
    told = [str(row.detail) for row in site.store.audit(limit=500)]
    assert not any(text in line for text in (secret, *codes) for line in told)


def test_the_page_enrols_too(app: FastAPI, site: FakeSite) -> None:
    session = site.secret(site.account("head", password=PASSWORD), TokenKind.SESSION)
    browser = TestClient(app, headers={"Origin": "http://testserver"}, cookies={SESSION_COOKIE: session})
    csrf = Page(browser.get("/account").text).form_token()
    shown = browser.post("/account/second-factor", data={"csrf": csrf, "password": PASSWORD})
    page = Page(shown.text)
    assert len(page.all("svg")) == 1
    secret = next(text for tag, text in page.texts if tag == "code")
    done = browser.post("/account/second-factor/confirm", data={"csrf": csrf, "code": code(secret, site)})
    assert len([tag for tag, _ in Page(done.text).texts if tag == "code"]) == 10
    assert "Recovery codes left: 10" in Page(browser.get("/account").text).text


def test_guessing_codes_is_as_slow_as_guessing_passwords(head: TestClient, app: FastAPI, site: FakeSite) -> None:
    enrol(head, site)
    client = TestClient(app, client=("10.30.0.8", 5000))
    statuses = [sign_in(client, f"{number:06}") for number in range(12)]
    assert statuses == sorted(statuses)
    assert (statuses[0], statuses[-1], statuses.count(401) <= 10) == (401, 429, True)
