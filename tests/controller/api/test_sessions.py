"""Sessions: seen, ended everywhere, ended by a new password; accounts changed by those who may do as much."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.controller.api.conftest import As
from tests.fakes.site import PASSWORD, FakeSite

ME = "/api/v1/accounts/me"


@pytest.fixture
def signed_in(stranger: TestClient, site: FakeSite) -> TestClient:
    site.account("teacher", frozenset({"year-5"}), password=PASSWORD)
    return again(stranger)


def again(client: TestClient, password: str = PASSWORD) -> TestClient:
    answer = client.post("/api/v1/session", json={"name": "teacher", "password": password})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return client


def test_a_new_password_ends_every_session_and_the_old_password(signed_in: TestClient) -> None:
    body = {"password": PASSWORD, "becomes": "four other long words"}
    assert signed_in.post(f"{ME}/password", json=body).json() == {"ended": 1}
    assert signed_in.get(ME).status_code == 401
    del signed_in.headers["Authorization"]
    assert signed_in.post("/api/v1/session", json={"name": "teacher", "password": PASSWORD}).status_code == 401
    assert again(signed_in, "four other long words").get(ME).status_code == 200


@pytest.mark.parametrize(("old", "new", "status"), [("wrong", "four other words", 403), (PASSWORD, "short", 422)])
def test_a_password_is_changed_by_who_knows_it_to_one_that_holds(
    old: str, new: str, status: int, signed_in: TestClient
) -> None:
    assert signed_in.post(f"{ME}/password", json={"password": old, "becomes": new}).status_code == status
    assert signed_in.get(ME).status_code == 200


def test_signing_out_everywhere_ends_all_and_leaves_programs_alone(
    signed_in: TestClient, app: FastAPI, site: FakeSite
) -> None:
    again(TestClient(app))
    program = site.secret(site.account("teacher", frozenset({"year-5"}), password=PASSWORD))
    again(signed_in)
    assert len(signed_in.get(f"{ME}/sessions").json()["items"]) == 1  # the new hash ended the others
    again(TestClient(app))
    assert signed_in.post(f"{ME}/sign-out").json() == {"ended": 2}
    assert signed_in.get(ME).status_code == 401
    assert TestClient(app, headers={"Authorization": f"Bearer {program}"}).get(ME).status_code == 200


def test_a_lost_laptop_is_signed_out_by_who_keeps_accounts(signed_in: TestClient, api: As, site: FakeSite) -> None:
    answer = api("ict_lead").post("/api/v1/accounts/teacher/sign-out", json={"reason": "lost on the train"})
    assert answer.json() == {"ended": 1}
    assert signed_in.get(ME).status_code == 401
    row = site.store.audit(action="account.sign-out")[0]
    assert (row.actor, row.detail["reason"]) == ("ict_lead", "lost on the train")


def test_shutting_an_account_ends_what_it_opened_with_its_password(signed_in: TestClient, api: As) -> None:
    body = {"role": "teacher", "groups": ["year-5"], "disabled": True, "reason": "left the school"}
    assert api("ict_lead").put("/api/v1/accounts/teacher", json=body).json()["disabled"] is True
    assert signed_in.get(ME).status_code == 401


@pytest.mark.parametrize(
    ("role", "status"), [("teacher", 200), ("office", 200), ("head", 403), ("provider_admin", 403)]
)
def test_nobody_makes_an_account_that_may_do_more(role: str, status: int, api: As) -> None:
    body = {"role": role, "password": "a long new password", "reason": "new in September"}
    assert api("ict_lead").put("/api/v1/accounts/new-one", json=body).status_code == status


def test_nobody_changes_the_own_account_or_one_above(api: As) -> None:
    lead = api("ict_lead")
    api("provider_admin")
    for name in ("ict_lead", "provider_admin"):
        body = {"role": "technician", "reason": "only a try"}
        assert lead.put(f"/api/v1/accounts/{name}", json=body).status_code == 403


def test_strangers_cannot_keep_somebody_out_where_that_person_signed_in_before(app: FastAPI, site: FakeSite) -> None:
    site.account("teacher", password=PASSWORD)
    own = TestClient(app, client=("10.30.0.5", 5000))
    assert again(own).get(ME).status_code == 200
    for number in range(12):
        stranger = TestClient(app, client=(f"10.20.1.{number}", 5000))
        stranger.post("/api/v1/session", json={"name": "teacher", "password": "wrong"})
    tried = {"name": "teacher", "password": PASSWORD}
    assert TestClient(app, client=("10.20.2.1", 5000)).post("/api/v1/session", json=tried).status_code == 429
    assert own.post("/api/v1/session", json=tried).status_code == 201
