"""Junk of every shape at every route: refused in words, never a fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from controller.api.app import make_app
from tests.controller.api.test_who_may_do_what import CASES
from tests.fakes.site import open_site

WORDS = ["year-5", "3c:22:fb:05:00:11", "bell", "2026-11-24T10:00:00Z", "\ud800", "9999-12-31T23:59:59Z", "-1", "1e9"]
TEXT = st.text(max_size=30) | st.sampled_from(WORDS)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
KEYS = ["group", "minutes", "until", "why", "focus", "devices", "mac", "name", "kind", "sightings", "source", "reason"]
BODIES = st.dictionaries(st.sampled_from(KEYS) | TEXT, VALUES, max_size=5) | VALUES
WRITES = sorted(case for case, (method, *_) in CASES.items() if method in {"POST", "PATCH"})
PARAMETERS = {
    "/windows": ["from", "to", "group"],
    "/devices": ["admission", "kind", "year_group", "room", "quarantined", "find", "after", "limit"],
    "/decisions": ["group", "after", "limit"],
    "/audit": ["after", "limit", "action", "newest"],
    "/explain": ["client", "name", "type", "at"],
}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def lead(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("school")
    site = open_site(folder)
    token = site.secret(site.account("ict_lead"))
    yield TestClient(make_app(site), headers={"Authorization": f"Bearer {token}"})
    site.store.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=st.sampled_from(WRITES), body=BODIES)
def test_no_body_is_a_fault(lead: TestClient, case: str, body: object) -> None:
    import json

    method, path, *_ = CASES[case]
    content = json.dumps(body).encode("utf-8", "surrogatepass")
    assert lead.request(method, f"/api/v1{path}", content=content, headers=JSON).status_code < 500


@given(noun=st.sampled_from(sorted(PARAMETERS)), data=st.data())
def test_no_parameter_is_a_fault(lead: TestClient, noun: str, data: st.DataObject) -> None:
    right = {"client": "year-5", "name": "bbc.co.uk"} if noun == "/explain" else {}
    names = data.draw(st.lists(st.sampled_from(PARAMETERS[noun]), unique=True, min_size=1, max_size=3))
    junk = {name: _sendable(data.draw(TEXT)) for name in names}
    assert lead.get(f"/api/v1{noun}", params=right | junk).status_code < 500


@given(noun=st.sampled_from(["windows", "devices", "decisions"]), text=TEXT)
def test_no_address_is_a_fault(lead: TestClient, noun: str, text: str) -> None:
    from urllib.parse import quote

    assert lead.get(f"/api/v1/{noun}/{quote(_sendable(text), safe='')}").status_code < 500


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
