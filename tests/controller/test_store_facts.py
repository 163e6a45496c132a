"""Facts survive a restart, are told in the audit when a person changes them, and are read from one snapshot."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from controller.store import Store
from inventory.model import (
    Admission,
    Exemption,
    Hold,
    Mode,
    NewsKind,
    Person,
    PersonId,
    Port,
    PortRef,
    Purpose,
    Receipt,
    Sighting,
    Switch,
    SwitchName,
    YearGroupId,
    parse_mac,
)
from tests.controller.store_world import IPAD, NINE, TECHNICIAN, after

HALL = SwitchName("sw-hall")
SOCKET = PortRef(HALL, "Gi1/0/5")
CLEAN = Receipt(IPAD.mac, NINE, "ClamAV 1.4", after(days=-1), True, "check-in desk")
SEEN = Sighting(IPAD.mac, NINE, "switch-table", SOCKET, 20, "10.20.0.7", "ipad-11")


def test_all_facts_are_the_same_after_a_restart(store: Store, url: str) -> None:
    odd = replace(
        IPAD,
        mac=parse_mac("3c:22:fb:05:00:12"),
        hold=Hold("technician", "stolen?", after(minutes=1, microseconds=1)),
        exemption=Exemption("head", "door lock", after(days=30)),
        year_group=YearGroupId("year-5"),
        first_seen=NINE,
    )
    store.put_people([Person(PersonId("t5"), "Year 5 teacher", "teacher")], TECHNICIAN, NINE)
    store.put_switches([Switch(HALL, "10.10.0.2", 22, "cisco_ios", Purpose.ACCESS, Mode.ENFORCE)], TECHNICIAN, NINE)
    store.put_ports([Port(SOCKET, "Oak", Mode.OBSERVE, True), Port(PortRef(HALL, "Gi1/0/6"))], TECHNICIAN, NINE)
    store.put_devices([IPAD, odd], TECHNICIAN, NINE)
    store.record_sightings([SEEN], NINE)
    store.put_receipts([CLEAN], TECHNICIAN, NINE)
    with Store.open(url) as again:
        assert again.inventory() == store.inventory()
        assert again.inventory().devices[odd.mac] == odd
        assert again.inventory().whereabouts[IPAD.mac].port == SOCKET


def test_putting_the_same_again_changes_and_tells_nothing(store: Store) -> None:
    assert store.put_devices([IPAD], TECHNICIAN, NINE) == 1
    before = store.inventory()
    assert store.put_devices([IPAD, IPAD], TECHNICIAN, NINE) == 0
    assert store.inventory() is before
    assert len(store.audit()) == 1


def test_the_audit_tells_each_change_field_by_field_with_its_reason(store: Store) -> None:
    store.put_devices([IPAD], TECHNICIAN, NINE)
    held = replace(IPAD, hold=Hold("technician", "smoke", NINE))
    store.put_devices([held], TECHNICIAN, NINE, action="device.quarantine", reason="smoke")
    row = store.latest_audit(1)[0]
    assert (row.action, row.subject) == ("device.quarantine", IPAD.mac)
    assert row.detail == {
        "becomes": {"hold": {"by": "technician", "reason": "smoke", "since": NINE.isoformat()}},
        "reason": "smoke",
    }


def test_a_stranger_is_seen_once_and_then_known(store: Store, url: str) -> None:
    news = store.record_sightings([SEEN], NINE)
    assert [one.kind for one in news] == [NewsKind.NEW_DEVICE]
    assert store.record_sightings([SEEN], after(seconds=1)) == ()
    with Store.open(url) as again:
        assert again.inventory().devices[IPAD.mac].admission is Admission.UNKNOWN
        moved = replace(SEEN, at=after(minutes=1), port=PortRef(HALL, "Gi1/0/6"))
        assert [one.kind for one in again.record_sightings([moved], after(minutes=1))] == [NewsKind.MOVED]
    assert store.inventory().whereabouts[IPAD.mac].port == PortRef(HALL, "Gi1/0/6")


def test_registering_between_two_sightings_is_not_undone(store: Store, url: str) -> None:
    store.record_sightings([SEEN], NINE)
    with Store.open(url) as other:
        other.put_devices([IPAD], TECHNICIAN, NINE)
    store.record_sightings([replace(SEEN, at=after(minutes=5), address="10.20.0.9")], after(minutes=5))
    assert store.inventory().devices[IPAD.mac] == IPAD


def test_the_newest_receipt_counts_and_none_is_kept_twice(store: Store, url: str) -> None:
    older = replace(CLEAN, scanned_at=NINE - timedelta(days=3), clean=False)
    assert store.put_receipts([CLEAN, older, CLEAN], TECHNICIAN, NINE) == 2
    assert store.put_receipts([older], TECHNICIAN, NINE) == 0
    assert store.inventory().receipts == {IPAD.mac: CLEAN}
    with Store.open(url) as again:
        assert again.inventory().receipts == {IPAD.mac: CLEAN}
    assert len(store.audit(action="receipt")) == 2


def test_a_whole_school_of_strangers_is_one_transaction(store: Store, url: str) -> None:
    many = [Sighting(parse_mac(f"02{n:010x}"), NINE, "dhcp", address=f"10.{n >> 8}.{n & 255}.9") for n in range(1000)]
    assert len(store.record_sightings(many, NINE)) == 1000
    assert store.audit() == ()
    with Store.open(url) as again:
        assert again.inventory() == store.inventory()


def test_threads_that_write_at_once_all_get_through(store: Store) -> None:
    def register(shelf: int) -> None:
        for number in range(10):
            mac = parse_mac(f"3c22fb{shelf:03x}{number:03x}")
            store.put_devices([replace(IPAD, mac=mac)], TECHNICIAN, NINE)
            assert mac in store.inventory().devices

    shelves = [threading.Thread(target=register, args=(shelf,)) for shelf in range(8)]
    for shelf in shelves:
        shelf.start()
    for shelf in shelves:
        shelf.join()
    assert len(store.inventory().devices) == 80
    assert [row.number for row in store.audit(limit=200)] == list(range(1, 81))
    assert store.verify_audit() is None


def test_a_failed_write_leaves_no_trace(store: Store) -> None:
    store.put_devices([IPAD], TECHNICIAN, NINE)
    broken = replace(IPAD, first_seen=NINE.replace(tzinfo=None))
    with pytest.raises(Exception, match="offset-naive"):
        store.put_devices([replace(IPAD, mac=parse_mac("3c22fb050099")), broken], TECHNICIAN, NINE)
    assert store.inventory().devices == {IPAD.mac: IPAD}
    assert len(store.audit()) == 1
