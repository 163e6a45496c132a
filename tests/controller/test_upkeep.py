"""Now and then: printers are pinned from the day they are registered, and what is too old is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from controller.policy.file import parse
from controller.store import Store
from controller.upkeep import FORGET_EVERY, STRANGERS_KEPT, Upkeep
from controller.vendors import VendorLists
from inventory.model import Admission, Device, Mac, PortRef, Sighting, SwitchName
from tests.controller.store_world import IPAD, NINE, TECHNICIAN
from tests.fakes.site import POLICY

SCHOOL = parse(
    POLICY.replace("printer: {segment: things}", "printer: {segment: things, pinned: true}"), "school.yaml"
).policy
PRINTER = Device(Mac("00:80:77:00:00:01"), "Printer office", "printer", Admission.REGISTERED)
OFFICE = PortRef(SwitchName("sw-office"), "Gi1/0/3")
SEEN = Sighting(PRINTER.mac, NINE, "dhcp", OFFICE, 40, "10.40.0.9", fingerprint="6,3,1,15", vendor_class="Brother")


def test_a_printer_is_pinned_as_it_is_when_it_is_registered_and_an_ipad_is_not(store: Store) -> None:
    store.put_devices([PRINTER, IPAD], TECHNICIAN, NINE)
    store.record_sightings([SEEN, replace(SEEN, mac=IPAD.mac)], NINE)
    Upkeep(store).turn(SCHOOL, NINE)
    assert store.pinned() == {PRINTER.mac}
    pinned = store.clues([PRINTER.mac])[PRINTER.mac].pinned
    assert (pinned.fingerprint, pinned.vendor_class, pinned.port) == ("6,3,1,15", "Brother", OFFICE)
    later = NINE + timedelta(minutes=5)
    store.record_sightings([replace(SEEN, at=later, fingerprint="1,3,6,15", vendor_class="MSFT 5.0")], later)
    (alarm,) = store.alarms()
    assert alarm.text == "DHCP fingerprint was 6,3,1,15, is 1,3,6,15; vendor class was Brother, is MSFT 5.0"


def test_a_later_turn_does_not_pin_the_change_by_itself(store: Store) -> None:
    store.put_devices([PRINTER], TECHNICIAN, NINE)
    store.record_sightings([SEEN], NINE)
    upkeep = Upkeep(store)
    upkeep.turn(SCHOOL, NINE)
    store.record_sightings(
        [replace(SEEN, at=NINE + timedelta(minutes=5), fingerprint="1,3")], NINE + timedelta(minutes=5)
    )
    upkeep.turn(SCHOOL, NINE + timedelta(minutes=6))
    assert store.clues([PRINTER.mac])[PRINTER.mac].pinned.fingerprint == "6,3,1,15"


def test_history_and_strangers_are_forgotten_when_they_are_due_and_not_before(store: Store) -> None:
    store.record_sightings([SEEN], NINE)
    upkeep = Upkeep(store)
    upkeep.turn(SCHOOL, NINE + STRANGERS_KEPT)
    assert PRINTER.mac in store.inventory().devices
    upkeep.turn(SCHOOL, NINE + STRANGERS_KEPT + FORGET_EVERY / 2)
    assert PRINTER.mac in store.inventory().devices
    upkeep.turn(SCHOOL, NINE + STRANGERS_KEPT + FORGET_EVERY)
    assert PRINTER.mac not in store.inventory().devices
    assert store.stays_at("10.40.0.9", NINE)
    upkeep.turn(SCHOOL, NINE + SCHOOL.privacy.history + FORGET_EVERY)
    assert store.stays_at("10.40.0.9", NINE) == ()


def test_a_broken_list_of_makers_leaves_the_last_good_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.oui_files.DEBIAN", tmp_path / "none")
    lists = VendorLists(tmp_path)
    assert lists.vendors().of(PRINTER.mac) is None
    registry = tmp_path / "oui.csv"
    registry.write_text("Registry,Assignment,Organization Name,Organization Address\nMA-L,008077,Brother,\n")
    assert lists.vendors().of(PRINTER.mac) == "Brother"
    registry.write_text("<html>moved</html>")
    assert lists.vendors().of(PRINTER.mac) == "Brother"
