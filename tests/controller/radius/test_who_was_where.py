"""“Who had 10.5.0.23 on Tuesday at 10:05, on which port, signed in as which year group, and how sure are we?”"""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from controller.accounts import SYSTEM
from inventory.model import Person, PersonId, YearGroupId
from tests.controller.api.conftest import As, api, app, site  # noqa: F401 (fixtures)
from tests.fakes.site import FakeSite

MAC = "3C-22-FB-05-00-11"


def told(**more: str) -> dict[str, object]:
    values = {"Calling-Station-Id": MAC, "Caretaker-Client": "sw-ict", "NAS-Port-Id": "GigabitEthernet1/0/7", **more}
    return {name.replace("_", "-"): {"type": "string", "value": [value]} for name, value in values.items()}


@pytest.fixture
def freeradius(api: As) -> TestClient:  # noqa: F811
    return api("api_client")


def test_radius_alone_answers_it(site: FakeSite, api: As, freeradius: TestClient) -> None:  # noqa: F811
    child = Person(PersonId("child-6-01"), "A child", year_group=YearGroupId("year-6"))
    site.store.put_people((child,), SYSTEM, site.clock.now())
    for minutes, step in ((59, "Start"), (6, "Interim-Update"), (25, "Interim-Update"), (10, "Stop")):
        site.clock.advance(timedelta(minutes=minutes))
        if step == "Start":
            asked = freeradius.post("/api/v1/radius/decisions", json=told(Caretaker_Person="child-6-01"))
            assert asked.json()["reply:Tunnel-Private-Group-Id:0"]["value"] == ["20"]
        words = told(Acct_Status_Type=step, Framed_IP_Address="10.5.0.23", Acct_Session_Id="A1")
        assert freeradius.post("/api/v1/radius/accounting", json=words).status_code == 200
    site.clock.advance(timedelta(hours=4))
    (held,) = api("safeguarding_lead").get("/api/v1/who?asked=10.5.0.23&at=2026-11-24 10:05").json()["items"]
    assert (held["name"], held["switch"], held["port"]) == ("ipad-5-11", "sw-ict", "Gi1/0/7")
    assert (held["person"], held["group"], held["certainty"]) == ("child-6-01", "year-6", "sure")
    assert "signed in since 09:59 UTC as a person of year-6 (radius)" in held["reasons"]
    (later,) = api("safeguarding_lead").get("/api/v1/who?asked=10.5.0.23&at=2026-11-24 10:45").json()["items"]
    # It has left: nobody is signed in, and whether it still had the address nobody saw.
    assert (later["group"], later["certainty"]) == ("year-5", "unsure")
