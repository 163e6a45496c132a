"""Who had 10.20.0.11 on Tuesday at five past ten, asked by a person at a terminal; and alarms."""

from __future__ import annotations

from datetime import timedelta

from inventory.history import SignIn
from inventory.model import PortRef, Sighting, SwitchName, YearGroupId
from tests.controller.commands.conftest import Run
from tests.controller.store_world import TECHNICIAN
from tests.fakes.site import IPAD, NINE, FakeSite

PORT = PortRef(SwitchName("sw-ict"), "Gi1/0/5")


def a_lesson(controller: FakeSite) -> None:
    """The iPad at a port with its address through the hour, signed in as Year 6; then the morning passes."""
    for minutes in range(0, 70, 5):
        at = NINE + timedelta(minutes=minutes)
        controller.store.record_sightings([Sighting(IPAD, at, "switch-table", PORT, 20, "10.20.0.11")], at)
    signed = SignIn(IPAD, NINE + timedelta(minutes=58), "radius", year_group=YearGroupId("year-6"))
    controller.store.put_sign_ins([signed], TECHNICIAN, NINE)
    controller.clock.advance(timedelta(hours=3))


def test_device_port_sign_in_and_how_sure_are_told(run: Run, controller: FakeSite) -> None:
    a_lesson(controller)
    said = run("who", "10.20.0.11", "--at", "2026-11-24 10:05")
    assert said.status == 0
    for word in ("SURE", "ipad-5-11", IPAD, "sw-ict Gi1/0/5, VLAN 20", "year-6", "signed in since 09:58 UTC"):
        assert word in said.out, said.out
    (held,) = run("who", "10.20.0.11", "--at", "2026-11-24T10:05:00+00:00", "--json").json["items"]
    assert (held["port"], held["group"], held["certainty"]) == ("Gi1/0/5", "year-6", "sure")
    earlier = run("who", IPAD, "--at", "2026-11-24 09:30")
    assert "LIKELY" in earlier.out
    assert "registered for year-5" in earlier.out


def test_nobody_is_an_answer_too_and_nonsense_is_a_sentence(run: Run, controller: FakeSite) -> None:
    assert "Nobody was seen" in run("who", "10.20.0.250").out
    assert "expected an address" in run("who", "somebody").err
    assert run("who", "10.20.0.11", "--at", "noon").status == 1


def test_alarms_are_listed_and_settled_with_a_reason(run: Run, controller: FakeSite) -> None:
    assert "No alarm is open." in run("alarms", "list").out
    controller.store.raise_alarm("pinned", IPAD, "port was \x1b[2J, is sw-hall Gi1/0/9", NINE)
    listed = run("alarms", "list")
    assert (IPAD in listed.out, "\x1b" in listed.out) == (True, False)
    assert "settled by provider_admin" in run("alarms", "settle", "1", "--reason", "moved to the hall").out
    assert "No alarm is open." in run("alarms", "list").out
    assert len(run("alarms", "list", "--settled", "--json").json) == 1
    assert run("alarms", "settle", "7", "--reason", "x").status == 1
