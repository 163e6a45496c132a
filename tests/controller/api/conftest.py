"""A school at nine on a Tuesday, its app, and somebody of every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from controller.accounts import TokenKind
from controller.api.access import SESSION_COOKIE
from controller.api.app import make_app
from tests.fakes.site import PASSWORD, FakeSite, open_site

OWN = frozenset({"year-5"})
As = Callable[[str], TestClient]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FakeSite]:
    opened = open_site(tmp_path)
    yield opened
    opened.store.close()


@pytest.fixture
def app(site: FakeSite) -> FastAPI:
    return make_app(site)


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    """Nobody signed in."""
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def api(app: FastAPI, site: FakeSite) -> As:
    """`api("teacher")`: a client of the API with a token of that role."""

    def sign_in(role: str) -> TestClient:
        secret = site.secret(site.account(role, OWN if role == "teacher" else frozenset()))
        return TestClient(app, headers={"Authorization": f"Bearer {secret}"}, follow_redirects=False)

    return sign_in


@pytest.fixture
def console(app: FastAPI, site: FakeSite) -> As:
    """`console("teacher")`: a browser with a session of that role, sending what browsers send."""

    def sign_in(role: str) -> TestClient:
        account = site.account(role, OWN if role == "teacher" else frozenset(), password=PASSWORD)
        client = TestClient(app, headers={"Origin": "http://testserver"}, follow_redirects=False)
        client.cookies.set(SESSION_COOKIE, site.secret(account, TokenKind.SESSION))
        return client

    return sign_in
