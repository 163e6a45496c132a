"""Pushes over the API: the newest is taken back, once, and never where something came after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.accounts import SYSTEM
from controller.model import Because, PlannedChange
from controller.push.moments import Moments
from device_drivers.model import SetAccessVlan
from inventory.model import SwitchName
from tests.controller.api.conftest import As
from tests.fakes.site import NINE, FakeSite

WHY = {"reason": "the wrong room"}
BY_HAND = PlannedChange(SwitchName("sw-ict"), SetAccessVlan("Gi1/0/7", 20, 999), Because("unknown", "Nobody knows it."))


def pushed(site: FakeSite, moves: tuple[tuple[str, int, int], ...] = (("Gi1/0/7", 20, 999),), **rest: int) -> int:
    number = site.store.begin_push("sw-ict", ["a line"], SYSTEM, NINE, moves=moves, **rest)
    site.store.end_push(number, "verified", NINE, Moments(NINE, NINE, NINE, NINE, NINE))
    return number


def test_the_newest_push_is_taken_back_and_it_is_written_down_who_wanted_it(api: As, site: FakeSite) -> None:
    number = pushed(site)
    said = api("technician").post(f"/api/v1/pushes/{number}/undo", json=WHY)
    assert (said.status_code, said.json()["moves"]) == (202, [{"port": "Gi1/0/7", "was": 20, "becomes": 999}])
    assert site.loop.undone == [(number, "the wrong room")]
    row = site.store.latest_audit(1)[0]
    assert (row.actor, row.action, row.detail["push"]) == ("technician", "push.undo", number)


def test_an_older_push_is_not_taken_back_before_the_newer_one(api: As, site: FakeSite) -> None:
    older, newer = pushed(site), pushed(site)
    technician = api("technician")
    assert "came after it" in technician.post(f"/api/v1/pushes/{older}/undo", json=WHY).json()["detail"]
    pushed(site, undoes=newer)
    assert technician.post(f"/api/v1/pushes/{newer}/undo", json=WHY).status_code == 409
    assert technician.post(f"/api/v1/pushes/{older}/undo", json=WHY).status_code == 202


@pytest.mark.parametrize("moves", [(), None])
def test_what_moved_no_port_or_never_was_cannot_be_taken_back(api: As, site: FakeSite, moves: tuple[()] | None) -> None:
    number = pushed(site, ()) if moves is not None else 77
    said = api("technician").post(f"/api/v1/pushes/{number}/undo", json=WHY)
    assert said.status_code == (409 if moves is not None else 404)
    assert site.loop.undone == []


def test_how_long_quarantines_take_counts_only_quarantines(api: As, site: FakeSite) -> None:
    assert api("technician").get("/api/v1/pushes").json() == {"items": [], "quarantines": None}
    pushed(site)
    pushed(site, (("Gi1/0/8", 999, 20),))
    told = api("technician").get("/api/v1/pushes").json()
    assert (len(told["items"]), told["quarantines"]) == (2, {"count": 1, "p50": 0.0, "p95": 0.0, "longest": 0.0})


def test_a_force_without_a_reason_is_refused(api: As, site: FakeSite) -> None:
    technician = api("technician")
    shown = technician.get("/api/v1/plan").json()
    said = technician.post("/api/v1/plan/apply", json={"fingerprint": shown["fingerprint"], "force": ["sw-ict"]})
    assert (said.status_code, site.loop.applied) == (422, [])
    assert "reason" in said.json()["mistakes"][0]["problem"]


def test_monitoring_is_told_how_long_quarantines_take_and_what_was_changed_by_hand(api: As, site: FakeSite) -> None:
    pushed(site)
    drifted = replace(site.loop.seen[2], drift=(BY_HAND,), bugs=2)
    site.loop.seen = (*site.loop.seen[:2], drifted)
    told = api("technician").get("/api/v1/metrics").text
    assert 'caretaker_quarantine_seconds{quantile="0.95"} 0.0' in told
    assert 'caretaker_drift{point="sw-ict"} 1.0' in told
    assert 'caretaker_driver_bugs_total{point="sw-ict"} 2.0' in told


def test_the_console_shows_what_was_changed_by_hand_as_from_and_to(console: As, site: FakeSite) -> None:
    site.loop.seen = (replace(site.loop.seen[2], drift=(BY_HAND,)),)
    page = console("technician").get("/part/points").text
    assert "Changed by hand: <bdi>Gi1/0/7 from VLAN 20 to VLAN 999</bdi>" in page
