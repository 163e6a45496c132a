"""Letting devices in for a while, exempting, barring and readmitting them: with a person, a reason and an end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from controller.policy.file import parse
from inventory.model import Admission, BarredAs, Mac
from tests.controller.api.conftest import As
from tests.fakes.site import IPAD, NINE, POLICY, STRANGER, FakeSite, intended

WITH_VISITORS = POLICY.replace(
    "  printer: {segment: things}",
    "  printer: {segment: things}\n  visiting-laptop: {segment: guest, needs: [permission]}",
)
FRIDAY = "2026-11-27T16:00:00Z"
LAPTOP: dict[str, Any] = {"mac": STRANGER, "name": "governor's laptop", "kind": "visiting-laptop", "role": "teacher"}


@pytest.fixture
def visitors(site: FakeSite) -> FakeSite:
    site.policy = parse(WITH_VISITORS, "school.yaml").policy
    return site


def act(api: As, word: str, *macs: str, **more: str) -> Any:
    body = {"act": word, "devices": list(macs), "reason": "agreed with the head", **more}
    return api("technician").post("/api/v1/devices/acts", json=body)


def test_a_device_from_home_is_let_in_only_with_an_end(api: As, visitors: FakeSite) -> None:
    refused = api("technician").post("/api/v1/devices", json={"devices": [LAPTOP]})
    assert (refused.status_code, "D3" in refused.json()["detail"]) == (422, True)
    let_in = api("technician").post("/api/v1/devices", json={"devices": [{**LAPTOP, "until": FRIDAY}]})
    assert let_in.status_code == 201
    assert let_in.json()["items"][0]["approval"] == {"by": "technician", "reason": "", "until": FRIDAY}


def test_when_the_permission_is_over_it_rests_in_quarantine_by_itself(api: As, visitors: FakeSite) -> None:
    api("technician").post("/api/v1/devices", json={"devices": [{**LAPTOP, "until": "2026-11-24T12:00:00Z"}]})
    before = intended(visitors).decisions[STRANGER]
    assert (before.segment, before.until is not None and before.until <= NINE + timedelta(hours=3)) == ("guest", True)
    visitors.clock.advance(timedelta(hours=3))
    after = intended(visitors).decisions[STRANGER]
    assert (after.segment, after.because.rule, after.internet) == ("quarantine", "inventory.approval", False)
    act(api, "approve", STRANGER, until=FRIDAY)
    assert intended(visitors).decisions[STRANGER].segment == "guest"


def test_the_filter_closes_it_without_a_controller(api: As, visitors: FakeSite) -> None:
    """The end of a permission stands in the published table: a grant with an end, not a promise of the loop."""
    api("technician").post("/api/v1/devices", json={"devices": [{**LAPTOP, "until": "2026-11-24T12:00:00Z"}]})
    table = intended(visitors).table
    cohort = table.cohorts[table.bindings["10.99.0.9"].cohort]
    end = (NINE + timedelta(hours=3)).timestamp()
    assert cohort.resting == "quarantine"
    assert max(grant.closes_at for grant in cohort.grants) == end


@pytest.mark.parametrize("word", ["lost", "stolen", "retired", "refused"])
def test_a_barred_device_is_out_and_stays_out_until_it_is_readmitted(api: As, site: FakeSite, word: str) -> None:
    assert act(api, "bar", IPAD, barred_as=word).status_code == 202
    device = site.inventory().devices[Mac(IPAD)]
    assert (device.admission, device.barred_as) == (Admission.BARRED, BarredAs(word))
    assert intended(site).decisions[IPAD].because.clauses == ("W6",)
    again = {"mac": IPAD, "name": "ipad", "kind": "school-ipad", "year_group": "year-5"}
    assert api("technician").post("/api/v1/devices", json={"devices": [again]}).status_code == 409
    assert act(api, "readmit", IPAD).status_code == 202
    assert site.inventory().devices[Mac(IPAD)].admission is Admission.REGISTERED


def test_an_exemption_names_person_reason_and_end(api: As, site: FakeSite) -> None:
    act(api, "exempt", IPAD, until=FRIDAY)
    shown = api("teacher").get(f"/api/v1/devices/{IPAD}").json()["exemption"]
    assert shown == {"by": "technician", "reason": "agreed with the head", "until": FRIDAY}
    act(api, "end-exemption", IPAD)
    assert site.inventory().devices[Mac(IPAD)].exemption is None


def test_an_act_on_many_is_all_or_none(api: As, site: FakeSite) -> None:
    before = site.inventory()
    assert act(api, "bar", IPAD, "02:00:00:00:00:99", barred_as="lost").status_code == 404
    assert site.inventory() is before
    assert act(api, "quarantine", IPAD, STRANGER).status_code == 202
    assert all(device.hold for device in site.inventory().devices.values())
    assert len(site.store.audit(action="device.quarantine")) == 2
    assert act(api, "release", IPAD, STRANGER).status_code == 202


@pytest.mark.parametrize(
    ("word", "more", "status"),
    [
        ("approve", {}, 422),
        ("approve", {"until": "2026-11-24T09:00:00Z"}, 422),
        ("approve", {"until": "2028-11-24T09:00:00Z"}, 422),
        ("exempt", {"until": "2026-11-24T08:59:59Z"}, 422),
        ("bar", {}, 422),
        ("bar", {"barred_as": "lost", "until": FRIDAY}, 422),
        ("readmit", {}, 409),
    ],
)
def test_what_opens_without_an_end_or_says_half_is_refused(
    api: As, site: FakeSite, word: str, more: dict[str, str], status: int
) -> None:
    before = site.inventory()
    assert act(api, word, IPAD, **more).status_code == status
    assert site.inventory() is before


def test_a_stranger_is_not_approved_before_it_is_registered(api: As) -> None:
    assert act(api, "approve", STRANGER, until=FRIDAY).status_code == 409


def test_who_had_an_address_is_answered_by_the_schools_own_clock(api: As, site: FakeSite) -> None:
    site.clock.advance(timedelta(days=1))
    for at in ("2026-11-24 09:01", "2026-11-24T09:01:00Z", "2026-11-24T10:01:00+01:00"):
        found = api("technician").get("/api/v1/who", params={"asked": "10.20.0.11", "at": at}).json()
        assert (found["at"], found["items"][0]["mac"]) == ("2026-11-24T09:01:00Z", IPAD)
    assert found["items"][0]["group"] == "year-5"
    for wrong in ("noon", "2030-01-01 10:00", "0001-01-01"):
        assert api("technician").get("/api/v1/who", params={"asked": "10.20.0.11", "at": wrong}).status_code == 422
    assert api("technician").get("/api/v1/who", params={"asked": "nobody"}).status_code == 422


def test_a_device_is_identified_by_what_it_told(api: As, site: FakeSite) -> None:
    told = {"mac": IPAD, "source": "dhcp", "fingerprint": "1,121,3,6,15,119,252", "vendor_class": "AAPLBSDPC"}
    assert api("technician").post("/api/v1/sightings", json={"sightings": [told]}).status_code == 202
    found = api("teacher").get(f"/api/v1/devices/{IPAD}/identity").json()
    assert (found["vendor"], found["looks"], found["pinned"]) == ("Apple, Inc.", "Apple device", False)
    assert found["confidence"] > 0.9
