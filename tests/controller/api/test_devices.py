"""Devices, decisions and sightings by the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from controller.accounts import SYSTEM
from controller.push.moments import Moments
from inventory.model import Admission, Mac, Person, PersonId, PortRef, Sighting, SwitchName
from tests.controller.api.conftest import As
from tests.fakes.site import IPAD, NINE, STRANGER, FakeSite

DEVICES = "/api/v1/devices"
TABLET = {"mac": "3C-22-FB-05-00-12", "name": "ipad-5-12", "kind": "school-ipad", "year_group": "year-5"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [STRANGER, IPAD]),
        ({"admission": "unknown"}, [STRANGER]),
        ({"kind": "school-ipad"}, [IPAD]),
        ({"year_group": "year-5"}, [IPAD]),
        ({"year_group": "year-6"}, []),
        ({"quarantined": "true"}, [STRANGER]),
        ({"quarantined": "false"}, [IPAD]),
        ({"find": "SOMEBODYS"}, [STRANGER]),
        ({"find": "10.20.0.11"}, [IPAD]),
        ({"find": "nobody has this"}, []),
    ],
)
def test_the_list_is_filtered(asked: dict[str, str], found: list[str], api: As) -> None:
    answer = api("teacher").get(DEVICES, params=asked).json()
    assert [row["mac"] for row in answer["items"]] == found
    assert (answer["total"], answer["next"]) == (len(found), None)


def test_a_device_in_quarantine_is_shown_with_the_five_moments_of_it(api: As, site: FakeSite) -> None:
    assert api("teacher").get(f"{DEVICES}/{STRANGER}").json()["quarantine"] is None
    number = site.store.begin_push("sw-ict", ["a line"], SYSTEM, NINE, moves=(("Gi1/0/7", 20, 999),))
    moments = [NINE + timedelta(milliseconds=each) for each in (-300, -100, 0, 80, 270)]
    site.store.end_push(number, "verified", NINE, Moments(*moments))
    shown = api("teacher").get(f"{DEVICES}/{STRANGER}").json()["quarantine"]
    assert (shown["push"], shown["device"], shown["outcome"], shown["seconds"]) == (number, "sw-ict", "verified", 0.57)
    told = [shown[name] for name in ("seen", "decided", "pushed", "acknowledged", "verified")]
    assert [datetime.fromisoformat(each) for each in told] == moments
    site.store.begin_push("sw-ict", ["a line"], SYSTEM, NINE, moves=(("Gi1/0/7", 999, 20),))
    assert api("teacher").get(f"{DEVICES}/{STRANGER}").json()["quarantine"] is None, "it was moved out again since"


def test_a_device_that_is_let_in_has_no_moments_of_a_quarantine_that_is_over(api: As, site: FakeSite) -> None:
    port = PortRef(SwitchName("sw-ict"), "Gi1/0/5")
    site.store.record_sightings((Sighting(Mac(IPAD), NINE, "switch-table", port, 20),), NINE)
    site.store.begin_push("sw-ict", ["a line"], SYSTEM, NINE, moves=(("Gi1/0/5", 20, 999),))
    assert api("teacher").get(f"{DEVICES}/{IPAD}").json()["quarantine"] is None


def test_pages_follow_each_other_until_all_are_shown(api: As) -> None:
    lead = api("ict_lead")
    many = [{**TABLET, "mac": f"3c:22:fb:05:01:{n:02x}", "name": f"ipad-{n}"} for n in range(10)]
    assert lead.post(DEVICES, json={"devices": many}).status_code == 201
    seen, after = [], ""
    while after is not None:
        page = lead.get(DEVICES, params={"limit": 5, "after": after}).json()
        seen += [row["mac"] for row in page["items"]]
        after = page["next"]
        assert page["total"] == 12
    assert seen == sorted(seen)
    assert len(seen) == 12


def test_a_device_is_shown_with_its_place_and_the_reason_for_what_is_decided(api: As) -> None:
    shown = api("teacher").get(f"{DEVICES}/{STRANGER}").json()
    assert (shown["place"]["port"], shown["place"]["vlan"]) == ("Gi1/0/7", 999)
    assert shown["decision"]["because"]["text"] == "Nobody has registered this device."
    assert api("teacher").get(f"/api/v1/decisions/{STRANGER}").json() == shown["decision"]


def test_registering_lets_a_device_in_by_any_spelling_of_its_mac(api: As, site: FakeSite) -> None:
    answer = api("technician").post(DEVICES, json={"devices": [TABLET], "reason": "new trolley"})
    assert (answer.status_code, answer.json()["items"][0]["mac"]) == (201, "3c:22:fb:05:00:12")
    assert site.store.latest_audit(1)[0].action == "device.register"
    assert site.loop.woken == ["device.register"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"kind": "toaster"}, 422),
        ({"year_group": "year-9"}, 422),
        ({"year_group": None, "role": "wizard"}, 422),
        ({"year_group": None, "person": "p-404"}, 422),
        ({"role": "teacher"}, 422),
        ({"mac": "01:00:5e:00:00:01"}, 422),
        ({"mac": "not a mac"}, 422),
        ({"name": ""}, 422),
        ({"admission": "registered"}, 422),
    ],
)
def test_one_wrong_device_refuses_the_whole_list(change: dict[str, str], status: int, api: As, site: FakeSite) -> None:
    right = {**TABLET, "mac": "3c:22:fb:05:00:13"}
    answer = api("ict_lead").post(DEVICES, json={"devices": [right, {**TABLET, **change}]})
    assert answer.status_code == status
    assert len(site.inventory().devices) == 2


def test_a_barred_device_is_not_let_in_by_registering_it_again(api: As, site: FakeSite) -> None:
    barred = replace(site.inventory().devices[IPAD], admission=Admission.BARRED)
    site.store.put_devices((barred,), SYSTEM, NINE)
    assert api("ict_lead").post(DEVICES, json={"devices": [{**TABLET, "mac": IPAD}]}).status_code == 409
    assert site.inventory().devices[IPAD].admission is Admission.BARRED


def test_quarantine_by_hand_names_who_and_why_and_survives_registering(api: As, site: FakeSite) -> None:
    lead = api("ict_lead")
    answer = lead.post(f"{DEVICES}/{IPAD}/quarantine", json={"reason": "virus warning"})
    assert answer.status_code == 202
    assert answer.json()["hold"] == {"by": "ict_lead", "reason": "virus warning", "since": "2026-11-24T09:00:00Z"}
    assert answer.json()["decision"]["segment"] == "quarantine"
    assert lead.post(DEVICES, json={"devices": [{**TABLET, "mac": IPAD}]}).json()["items"][0]["hold"] is not None
    api("head").post(f"{DEVICES}/{IPAD}/quarantine", json={"reason": "another reason"})
    assert site.inventory().devices[IPAD].hold.by == "ict_lead"
    released = lead.post(f"{DEVICES}/{IPAD}/release", json={"reason": "scanned and clean"})
    assert (released.status_code, released.json()["hold"]) == (202, None)
    assert [row.action for row in site.store.latest_audit(1)] == ["device.release"]
    assert lead.post(f"{DEVICES}/{IPAD}/release", json={"reason": "again"}).status_code == 202


def test_a_person_from_the_roster_can_be_named(api: As, site: FakeSite) -> None:
    site.store.put_people((Person(PersonId("s-7"), "Year 6 teacher", role="teacher"),), SYSTEM, NINE)
    laptop = {"mac": "3c:22:fb:05:00:20", "name": "laptop", "kind": "school-laptop", "person": "s-7"}
    assert api("ict_lead").post(DEVICES, json={"devices": [laptop]}).json()["items"][0]["person"] == "s-7"


def test_a_device_nobody_knows_is_not_found(api: As) -> None:
    for client, method, path in ((api("ict_lead"), "GET", ""), (api("ict_lead"), "POST", "/quarantine")):
        body = {"reason": "why"} if path else None
        answer = client.request(method, f"{DEVICES}/3c:22:fb:00:00:99{path}", json=body)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:caretaker:not-found")


def test_nothing_is_decided_before_the_first_turn_of_the_loop(api: As, site: FakeSite) -> None:
    site.loop.turned = False
    teacher = api("teacher")
    assert teacher.get(f"{DEVICES}/{IPAD}").json()["decision"] is None
    assert teacher.get("/api/v1/decisions").json() == {"items": [], "next": None}
    assert teacher.get(f"/api/v1/decisions/{IPAD}").status_code == 404
    assert teacher.get("/api/v1/health").json() == {"status": "starting"}


def test_decisions_are_listed_by_group(api: As) -> None:
    rows = api("teacher").get("/api/v1/decisions", params={"group": "year-5"}).json()["items"]
    assert [row["mac"] for row in rows] == [IPAD]


def test_a_sighting_is_news_once_and_wakes_the_loop_then(api: As, site: FakeSite) -> None:
    hook = api("api_client")
    seen = {"sightings": [{"mac": "de:ad:be:00:00:01", "source": "dhcp", "address": "10.99.0.77", "hostname": "phone"}]}
    first = hook.post("/api/v1/sightings", json=seen)
    assert (first.status_code, first.json()["accepted"]) == (202, 1)
    assert "new-device" in {item["kind"] for item in first.json()["news"]}
    assert hook.post("/api/v1/sightings", json=seen).json()["news"] == []
    assert site.loop.woken == ["sightings"]
    assert site.loop.searches == 1  # nobody told its port


@pytest.mark.parametrize(
    "sighting",
    [
        {"mac": IPAD},
        {"mac": IPAD, "source": "dhcp", "address": "10.20.0.999"},
        {"mac": IPAD, "source": "dhcp", "vlan": 4095},
        {"mac": IPAD, "source": "dhcp", "hostname": "x" * 256},
        {"mac": IPAD, "source": "dhcp", "at": (NINE + timedelta(minutes=6)).isoformat()},
        {"mac": IPAD, "source": "dhcp", "at": "2026-11-24T09:00:00"},
    ],
)
def test_a_sighting_that_cannot_be_is_refused(sighting: dict[str, object], api: As) -> None:
    assert api("api_client").post("/api/v1/sightings", json={"sightings": [sighting]}).status_code == 422


def test_what_a_host_name_hides_is_made_visible(api: As, site: FakeSite) -> None:
    name = "lap\x1b[31mtop\u202egpj.exe\x00\r\n"
    seen = {"sightings": [{"mac": "de:ad:be:00:00:02", "source": "dhcp", "hostname": name}]}
    assert api("api_client").post("/api/v1/sightings", json=seen).status_code == 202
    shown = api("teacher").get(f"{DEVICES}/de:ad:be:00:00:02").json()
    assert (shown["place"]["hostname"] or "x").isprintable()
    assert shown["name"].isprintable()
