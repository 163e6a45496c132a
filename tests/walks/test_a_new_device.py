"""The second walk: a device that nobody knows plugs in, rests in quarantine, is registered and let in."""

from __future__ import annotations

import pytest

from tests.waiting import until
from tests.walks.school import FREE_PORT, PUPILS, QUARANTINE, STRANGER, STRANGERS_PORT, SWITCH, School

pytestmark = pytest.mark.xdist_group("walk of a new device")

MAC, ADDRESS = "f0:9f:c2:66:00:42", "127.5.0.142"


def _bindings(school: School) -> frozenset[str]:
    intent = school.site.loop.intent()
    return frozenset(intent.table.bindings) if intent else frozenset()


def test_a_new_device_rests_in_quarantine_until_somebody_registers_it(school: School) -> None:
    # Its port stands in the pupils' VLAN: whoever sat here before has left it so.
    sends = school.simulator.answer
    sends({"do": "plug", "mac": "3c:22:fb:06:00:12", "switch": SWITCH, "port": FREE_PORT, "address": "127.6.0.12"})
    entry = {"mac": "3c:22:fb:06:00:12", "name": "ipad-6-12", "kind": "school-ipad", "year_group": "year-6"}
    assert school.call("technician", "POST", "/devices", {"devices": [entry]}).status_code < 300
    until(lambda: school.vlan_of(FREE_PORT) == PUPILS)
    sends({"do": "unplug", "mac": "3c:22:fb:06:00:12"})

    school.plug_in(MAC, ADDRESS, FREE_PORT)
    until(lambda: school.vlan_of(FREE_PORT) == QUARANTINE)
    until(lambda: MAC in {device.mac for device in school.site.inventory().devices.values()})
    # The switch tells the port, the gateway the address: whoever is read first.
    here = {"switch": SWITCH, "port": FREE_PORT, "address": ADDRESS}
    until(lambda: here.items() <= school.get("technician", f"/devices/{MAC}")["place"].items())
    decided = school.get("technician", f"/devices/{MAC}")
    assert decided["admission"] == "unknown"
    assert decided["decision"]["segment"] == "quarantine"
    assert decided["decision"]["because"]["rule"] == "unknown: quarantine"
    assert decided["decision"]["allowed_if"] == "a technician registers it"
    until(lambda: ADDRESS in _bindings(school))
    assert school.ask(ADDRESS, "bbc.co.uk").ede == 18
    assert school.ask(ADDRESS, "captive.apple.com").answered

    device = {"mac": MAC, "name": "ipad-5-12", "kind": "school-ipad", "year_group": "year-5"}
    registered = school.call("technician", "POST", "/devices", {"devices": [device], "reason": "a new iPad"})
    assert registered.status_code < 300, registered.text
    opened = school.call("teacher", "POST", "/windows", {"group": "year-5", "minutes": 5})
    assert opened.status_code == 202, opened.text
    until(lambda: school.vlan_of(FREE_PORT) == PUPILS)
    until(lambda: school.ask(ADDRESS, "bbc.co.uk").answered)

    audited = [row.action for row in school.site.store.audit(limit=1000)]
    assert audited.index("device.register") < len(audited) - 1
    assert school.site.store.verify_audit() is None


def test_a_stranger_who_was_there_before_caretaker_came_rests_there_too(school: School) -> None:
    assert school.vlan_of(STRANGERS_PORT) == QUARANTINE
    assert school.ask(STRANGER, "bbc.co.uk").ede == 18
    assert STRANGER in {place.address for place in school.site.inventory().whereabouts.values()}


def test_only_the_port_of_the_new_device_was_ever_touched(school: School) -> None:
    asked = school.simulator.devices[SWITCH].journal.lines()
    configured = {line.rpartition(" ")[2] for line in asked if line.strip().startswith("interface ")}
    assert configured <= {FREE_PORT, "GigabitEthernet1/0/7"}
