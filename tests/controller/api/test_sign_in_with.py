"""Sign-in by the school's own tenant: who gets in, as what, and everything a hostile service or link may try."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from starlette.testclient import TestClient

from controller.accounts import SYSTEM, Account
from controller.api.access import SESSION_COOKIE
from controller.settings import SignIn
from controller.settings_sign_in import OidcProvider
from controller.web import sign_in_with
from tests.fakes.identity_provider import (
    IdentityProvider,
    Sign,
    identity_provider,
    unsigned,
    with_a_strangers_key,
    with_the_public_key,
)
from tests.fakes.site import NINE, PASSWORD, FakeSite

TEACHERS, YEAR_5 = "group-of-teachers", "group-of-year-5"


@pytest.fixture
def service(site: FakeSite) -> Iterator[IdentityProvider]:
    with identity_provider(NINE.timestamp()) as started:
        site.sign_in = SignIn(
            oidc=(
                OidcProvider(
                    name="fake",
                    issuer=started.issuer,
                    credentials="oidc-fake",
                    console="http://localhost:8080",
                    tenant="tenant-1",
                    groups={"group-of-heads": "head", TEACHERS: "teacher"},
                    domains={"ashlane.example": "office"},
                    classes={YEAR_5: ("year-5", "year-99")},
                ),
            )
        )
        started.says = {"tid": "tenant-1", "groups": [TEACHERS, YEAR_5]}
        yield started


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


def sign_in(browser: TestClient, service: IdentityProvider, **more: str) -> Response:
    left = browser.get("/sign-in/with/fake")
    assert left.status_code == 303, left.text
    return browser.get("/sign-in/with/fake/back", params={**service.authorise(left.headers["location"]), **more})


def signed_in(browser: TestClient) -> bool:
    return SESSION_COOKIE in browser.cookies and browser.get("/").status_code == 200


def test_a_teacher_of_the_tenant_gets_in_with_role_and_classes(
    browser: TestClient, service: IdentityProvider, site: FakeSite
) -> None:
    assert sign_in(browser, service).status_code == 200
    assert signed_in(browser)
    (account,) = site.store.accounts()
    assert (account.role, account.groups, account.password_hash) == ("teacher", {"year-5"}, "")
    assert {row.action for row in site.store.audit()} >= {"account.put", "account.link", "session.begin"}


def test_the_sign_in_page_offers_the_service(browser: TestClient, service: IdentityProvider) -> None:
    assert "/sign-in/with/fake" in browser.get("/sign-in").text


def test_coming_again_is_the_same_account_and_follows_the_tenant(
    browser: TestClient, service: IdentityProvider, site: FakeSite
) -> None:
    sign_in(browser, service)
    service.says["groups"] = ["group-of-heads"]
    sign_in(browser, service)
    (account,) = site.store.accounts()
    assert account.role == "head"


LIES: dict[str, dict[str, Any]] = {
    "meant for another client": {"aud": "somebody-else"},
    "meant for several": {"aud": ["caretaker-client", "somebody-else"]},
    "authorised for another": {"azp": "somebody-else"},
    "from another issuer": {"iss": "https://login.example"},
    "from another tenant": {"tid": "tenant-2"},
    "of no tenant": {"tid": None},
    "expired": {"exp": NINE.timestamp() - 61},
    "without an end": {"exp": None},
    "from the future": {"iat": NINE.timestamp() + 3600},
    "not yet good": {"nbf": NINE.timestamp() + 3600},
    "an old one": {"iat": NINE.timestamp() - 3600},
    "of another sign-in": {"nonce": "another"},
    "without a nonce": {"nonce": None},
    "of nobody": {"sub": None},
    "of nobody, in blank": {"sub": ""},
    "times that are words": {"exp": "tomorrow"},
    "of no group that has a part here": {"groups": ["cleaners"]},
    "groups that are no list": {"groups": TEACHERS},
    "without groups": {"groups": None},
    "an e-mail nobody verified": {"groups": None, "email": "a@ashlane.example"},
    "an e-mail verified in words": {"groups": None, "email": "a@ashlane.example", "email_verified": "yes"},
    "an e-mail of another domain": {"groups": None, "email": "a@evil.example", "email_verified": True},
    "an e-mail with two ends": {"groups": None, "email": "a@evil@ashlane.example", "email_verified": True},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_not_right_in_everything_lets_nobody_in(
    lie: str, browser: TestClient, service: IdentityProvider, site: FakeSite
) -> None:
    service.says |= LIES[lie]
    assert sign_in(browser, service).status_code == 403
    assert not signed_in(browser)
    assert site.store.accounts() == ()
    assert site.store.audit(action="access.refused")


@pytest.mark.parametrize("sign", [unsigned, with_the_public_key, with_a_strangers_key])
def test_only_the_services_own_key_pair_signs(sign: Sign, browser: TestClient, service: IdentityProvider) -> None:
    service.sign = sign
    assert sign_in(browser, service).status_code == 403
    assert not signed_in(browser)


def test_a_verified_address_of_the_schools_domain_has_the_role_of_the_domain(
    browser: TestClient, service: IdentityProvider, site: FakeSite
) -> None:
    service.says = {"tid": "tenant-1", "email": "Office@AshLane.example", "email_verified": True}
    sign_in(browser, service)
    assert [(a.name, a.role) for a in site.store.accounts()] == [("office@ashlane.example", "office")]


def test_an_account_of_the_same_name_is_never_taken_over(
    browser: TestClient, service: IdentityProvider, site: FakeSite
) -> None:
    site.account("provider_admin", name="boss@ashlane.example", password=PASSWORD)
    service.says |= {"email": "boss@ashlane.example", "email_verified": True}
    assert sign_in(browser, service).status_code == 403
    site.store.link(service.issuer, "subject-1", "boss@ashlane.example", SYSTEM, NINE)
    assert sign_in(browser, service).status_code == 200
    assert site.store.account("boss@ashlane.example").role == "provider_admin"  # type: ignore[union-attr]


def test_a_shut_account_stays_shut(browser: TestClient, service: IdentityProvider, site: FakeSite) -> None:
    sign_in(browser, service)
    (account,) = site.store.accounts()
    site.store.put_account(Account(account.name, account.role, disabled=True), SYSTEM, NINE)
    browser.cookies.clear()
    assert sign_in(browser, service).status_code == 403


def test_a_state_is_good_once(browser: TestClient, service: IdentityProvider) -> None:
    left = browser.get("/sign-in/with/fake")
    brought = service.authorise(left.headers["location"])
    assert browser.get("/sign-in/with/fake/back", params=brought).status_code == 200
    browser.cookies.delete(SESSION_COOKIE)
    again = service.authorise(left.headers["location"])
    assert browser.get("/sign-in/with/fake/back", params=again).status_code == 403


def test_a_link_that_somebody_else_began_signs_nobody_in(
    app: FastAPI, browser: TestClient, service: IdentityProvider
) -> None:
    attacker = TestClient(app, follow_redirects=False)
    brought = service.authorise(attacker.get("/sign-in/with/fake").headers["location"])
    browser.get("/sign-in/with/fake")  # the victim has begun one of its own
    assert browser.get("/sign-in/with/fake/back", params=brought).status_code == 403
    assert not signed_in(browser)


def test_a_sign_in_that_took_too_long_is_begun_again(
    browser: TestClient, service: IdentityProvider, site: FakeSite
) -> None:
    brought = service.authorise(browser.get("/sign-in/with/fake").headers["location"])
    site.clock.advance(timedelta(minutes=11))
    assert browser.get("/sign-in/with/fake/back", params=brought).status_code == 403


def test_what_another_service_sends_back_is_not_taken(browser: TestClient, service: IdentityProvider) -> None:
    """RFC 9207: the answer says who gives it."""
    assert sign_in(browser, service, iss="https://login.example").status_code == 403
    assert sign_in(browser, service, iss=service.issuer).status_code == 200


def test_a_refusal_there_is_a_refusal_here_and_its_words_are_not_shown(
    browser: TestClient, service: IdentityProvider
) -> None:
    state = service.authorise(browser.get("/sign-in/with/fake").headers["location"])["state"]
    asked = {"state": state, "error": "access_denied", "error_description": "<b>pay here</b>"}
    answer = browser.get("/sign-in/with/fake/back", params=asked)
    assert (answer.status_code, "pay here" in answer.text) == (403, False)


def test_what_the_service_publishes_is_kept_and_a_new_key_is_found(
    browser: TestClient, service: IdentityProvider, site: FakeSite
) -> None:
    for _ in range(3):
        assert sign_in(browser, service).status_code == 200
    assert set(service.asked.values()) == {1}
    service.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    site.clock.advance(timedelta(minutes=2))
    service.now = site.clock.now().timestamp()
    assert sign_in(browser, service).status_code == 200
    assert service.asked == {"/.well-known/openid-configuration": 1, "/keys": 2}


@pytest.mark.parametrize(
    "metadata", [{"issuer": "https://login.example"}, {"token_endpoint": "http://10.0.0.1/token"}, {"jwks_uri": 7}]
)
def test_a_service_that_points_elsewhere_is_not_followed(
    metadata: dict[str, Any], browser: TestClient, service: IdentityProvider
) -> None:
    service.metadata = metadata
    answer = browser.get("/sign-in/with/fake")
    if answer.status_code == 303:
        answer = browser.get("/sign-in/with/fake/back", params=service.authorise(answer.headers["location"]))
    assert answer.status_code in (403, 503)
    assert not signed_in(browser)


def test_without_the_extra_it_is_said_what_to_install(
    browser: TestClient, service: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_with, "installed", lambda: False)
    answer = browser.get("/sign-in/with/fake")
    assert (answer.status_code, "caretaker[oidc]" in answer.text) == (503, True)


def test_no_such_service_is_a_page_that_is_not_there(browser: TestClient, service: IdentityProvider) -> None:
    assert browser.get("/sign-in/with/another").status_code == 404


GOOD = {"name": "x", "credentials": "x", "console": "https://c.example", "issuer": "https://login.example/t/v2.0"}
WRONG_SETTINGS: list[dict[str, Any]] = [
    {"issuer": "https://login.microsoftonline.com/common/v2.0"},
    {"issuer": "http://login.example"},
    {"issuer": "https://accounts.google.com"},
    {"groups": {"a": "emperor"}},
    {"domains": {"": "head"}},
    {"console": "ftp://c.example"},
    {"surprise": 1},
]


@pytest.mark.parametrize("change", WRONG_SETTINGS)
def test_settings_that_would_let_anybody_in_are_refused(change: dict[str, Any]) -> None:
    assert OidcProvider(**GOOD).redirect == "https://c.example/sign-in/with/x/back"
    with pytest.raises(ValidationError):
        OidcProvider(**{**GOOD, **change})
