"""Who was where, as the store keeps it: through moves, restarts and registrations, no longer than allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from controller import past
from controller.store import Store
from inventory.history import Certainty, SignIn
from inventory.model import Mac, PortRef, Sighting, SwitchName, YearGroupId
from inventory.pins import Pinned
from tests.controller.store_world import IPAD, NINE, TECHNICIAN, after

OAK, HALL = PortRef(SwitchName("sw-oak"), "Gi1/0/5"), PortRef(SwitchName("sw-hall"), "Gi1/0/9")
SEEN = Sighting(IPAD.mac, NINE, "switch-table", OAK, 20, "10.5.0.23", "ipad-11")
OTHER = Mac("3c:22:fb:05:00:99")


def seen(store: Store, *sightings: Sighting) -> None:
    for one in sightings:
        store.record_sightings([one], one.at)


def test_an_address_that_went_from_one_device_to_another_is_answered_for_each_moment(store: Store, url: str) -> None:
    seen(store, SEEN, replace(SEEN, at=after(minutes=30)), replace(SEEN, at=after(minutes=31), address="10.5.0.40"))
    seen(store, Sighting(OTHER, after(hours=2), "dhcp", HALL, 20, "10.5.0.23"))
    with Store.open(url) as again:
        early = past.ask(again, TECHNICIAN, "10.5.0.23", after(minutes=10), after(days=7))
        late = past.ask(again, TECHNICIAN, "10.5.0.23", after(hours=2, minutes=1), after(days=7))
    assert [(held.stay.mac, held.stay.port) for held in early] == [(IPAD.mac, OAK)]
    assert [(held.stay.mac, held.stay.port) for held in late] == [(OTHER, HALL)]


def test_where_a_mac_was_is_answered_too(store: Store) -> None:
    seen(store, SEEN, replace(SEEN, at=after(minutes=20), port=HALL))
    where = [past.ask(store, TECHNICIAN, IPAD.mac, after(minutes=m), after(days=1))[0].stay.port for m in (5, 25)]
    assert where == [OAK, HALL]


def test_a_quiet_device_is_one_row_however_often_it_is_seen(store: Store) -> None:
    seen(store, *(replace(SEEN, at=after(minutes=2 * n)) for n in range(50)))
    (stay,) = store.stays_of(IPAD.mac, after(minutes=50))
    assert (stay.began_at, stay.last_seen) == (NINE, after(minutes=98))


def test_the_class_a_device_belonged_to_then_is_told_not_todays(store: Store) -> None:
    store.put_devices([replace(IPAD, year_group=YearGroupId("year-5"))], TECHNICIAN, after(days=-1))
    seen(store, SEEN)
    store.put_devices([replace(IPAD, year_group=YearGroupId("year-6"), name="iPad new")], TECHNICIAN, after(days=1))
    (then,) = past.ask(store, TECHNICIAN, "10.5.0.23", after(minutes=1), after(days=2))
    assert (then.group, then.device and then.device.name, then.certainty) == ("year-5", "iPad 11", Certainty.LIKELY)


def test_a_device_that_was_deleted_since_is_still_named(store: Store) -> None:
    store.put_devices([replace(IPAD, year_group=YearGroupId("year-5"))], TECHNICIAN, after(days=-1))
    seen(store, SEEN)
    assert store.delete_devices([IPAD.mac, OTHER], TECHNICIAN, after(days=1), "sold") == 1
    assert IPAD.mac not in store.inventory().devices
    (then,) = past.ask(store, TECHNICIAN, "10.5.0.23", after(minutes=1), after(days=2))
    assert (then.group, then.device and then.device.name) == ("year-5", "iPad 11")


def test_a_sign_in_takes_over_its_end_and_ends_the_one_before(store: Store) -> None:
    store.put_devices([IPAD], TECHNICIAN, NINE)
    first = SignIn(IPAD.mac, NINE, "radius", year_group=YearGroupId("year-5"))
    second = SignIn(IPAD.mac, after(minutes=30), "radius", year_group=YearGroupId("year-6"))
    assert [store.put_sign_ins([first], TECHNICIAN, NINE), store.put_sign_ins([first], TECHNICIAN, NINE)] == [1, 0]
    assert store.put_sign_ins([second, replace(second, ended_at=after(minutes=60))], TECHNICIAN, NINE) == 2
    assert store.put_sign_ins([second], TECHNICIAN, NINE) == 0
    kept = store.sign_ins_of([IPAD.mac], after(minutes=45))
    assert [one.ended_at for one in kept] == [after(minutes=30), after(minutes=60)]


def test_every_question_stands_in_the_audit(store: Store) -> None:
    past.ask(store, TECHNICIAN, "10.5.0.23", NINE, after(days=1))
    row = store.latest_audit(1)[0]
    assert (row.actor, row.action, row.subject) == (TECHNICIAN.name, "history.ask", "10.5.0.23")


@pytest.mark.parametrize("asked", ["", "somebody", "10.5.0", "3c:22", "10.5.0.23; drop table stays"])
def test_what_is_neither_address_nor_mac_is_refused(store: Store, asked: str) -> None:
    with pytest.raises(past.NobodyMeant, match="expected an address"):
        past.ask(store, TECHNICIAN, asked, NINE, NINE)


def test_what_is_too_old_is_forgotten_but_not_where_a_device_is_now(store: Store) -> None:
    seen(store, SEEN, replace(SEEN, at=after(minutes=20), port=HALL))
    store.put_sign_ins([SignIn(IPAD.mac, NINE, "radius", role="teacher")], TECHNICIAN, NINE)
    assert store.forget_history(after(days=200)) == 2
    assert [stay.port for stay in store.stays_of(IPAD.mac, after(minutes=30))] == [HALL]
    assert store.sign_ins_of([IPAD.mac], after(minutes=1)) == ()


def test_history_never_grows_above_its_limit(store: Store) -> None:
    ports = [PortRef(SwitchName("sw-oak"), f"Gi1/0/{number}") for number in range(40)]
    seen(store, *(replace(SEEN, at=after(minutes=n), port=port) for n, port in enumerate(ports)))
    store.forget_history(after(days=-1), most=10)
    assert [stay.port for stay in store.stays_of(IPAD.mac, after(hours=1))] == ports[-10:]


def test_strangers_that_never_came_back_are_forgotten_and_others_stay(store: Store) -> None:
    store.put_devices([IPAD], TECHNICIAN, NINE)
    seen(store, SEEN, Sighting(OTHER, NINE, "dhcp", HALL, 20, "10.5.0.99"))
    seen(store, Sighting(Mac("02:00:00:00:00:01"), after(days=29), "dhcp", HALL, 20, "10.5.0.98"))
    assert store.forget_strangers(after(days=1)) == 1
    assert set(store.inventory().devices) == {IPAD.mac, "02:00:00:00:00:01"}
    assert set(store.inventory().whereabouts) == {IPAD.mac, "02:00:00:00:00:01"}
    with store._reading():
        assert store.stays_of(OTHER, NINE)  # what is past stays answered


def test_a_printer_that_asks_like_a_laptop_raises_one_alarm_until_somebody_looks(store: Store) -> None:
    printer = replace(IPAD, kind="printer", name="Printer office")
    store.put_devices([printer], TECHNICIAN, NINE)
    seen(store, replace(SEEN, source="dhcp", fingerprint="6,3,1,15,66,67,13,44", vendor_class="HP LaserJet"))
    store.pin({IPAD.mac: Pinned(port=OAK)})
    changed = replace(SEEN, source="dhcp", fingerprint="1,3,6,15,31,33", vendor_class="MSFT 5.0")
    seen(store, *(replace(changed, at=after(minutes=m)) for m in (1, 2, 3)))
    assert store.alarms() == ()  # the pin was completed by the first of them
    seen(store, replace(SEEN, at=after(minutes=9), port=HALL))
    seen(store, replace(SEEN, at=after(minutes=10), port=HALL, fingerprint="6,3"))
    (alarm,) = store.alarms()
    assert (alarm.kind, alarm.subject, alarm.text) == ("pinned", IPAD.mac, f"port was {OAK}, is {HALL}")
    store.settle_alarm(alarm.number, TECHNICIAN, after(minutes=11), "moved to the hall")
    store.pin_as_shown(IPAD.mac)
    seen(store, replace(SEEN, at=after(minutes=12), port=HALL, fingerprint="6,3"))
    assert store.alarms() == ()
    assert [one.settled_by for one in store.alarms(settled=True)] == [TECHNICIAN.name]


def test_a_flood_of_strangers_is_one_alarm_and_leaves_the_known_alone(store: Store) -> None:
    store.put_devices([IPAD], TECHNICIAN, NINE)
    seen(store, SEEN)
    for second in range(10):
        flood = [Sighting(Mac(f"02:00:00:{second:02x}:{n >> 8:02x}:{n & 255:02x}"), NINE, "dhcp") for n in range(1000)]
        store.record_sightings(
            [*flood, replace(SEEN, at=after(seconds=second), address="10.5.0.24")], after(seconds=second)
        )
    inventory = store.inventory()
    assert len(inventory.devices) <= 1 + 1000 + 20
    assert inventory.devices[IPAD.mac] == IPAD
    assert inventory.whereabouts[IPAD.mac].address == "10.5.0.24"
    assert [alarm.kind for alarm in store.alarms()] == ["flood"]
    assert len(store.audit(action="alarm")) == 1


def test_one_port_takes_only_so_many_strangers(store: Store) -> None:
    flood = [Sighting(Mac(f"02:00:00:00:00:{n:02x}"), NINE, "switch-table", OAK, 20) for n in range(200)]
    store.record_sightings(flood, NINE)
    assert len(store.inventory().devices) == 64
    (alarm,) = store.alarms()
    assert alarm.subject == str(OAK)
    later = [replace(one, at=NINE + timedelta(minutes=5)) for one in flood]
    store.record_sightings(later, after(minutes=5))
    assert len(store.inventory().devices) == 64


def test_a_device_answers_for_its_ipv6_address_as_well(store: Store, url: str) -> None:
    both = [SEEN, replace(SEEN, at=after(minutes=1), address="fd00:20::b4d:cafe")]
    seen(store, *both)
    with Store.open(url) as again:
        assert again.inventory().whereabouts[IPAD.mac].addresses == ("10.5.0.23", "fd00:20::b4d:cafe")
        (held,) = past.ask(again, TECHNICIAN, "fd00:20::b4d:cafe", after(minutes=2), after(days=1))
        assert (held.stay.mac, held.stay.address, held.stay.port) == (IPAD.mac, "fd00:20::b4d:cafe", OAK)
        assert past.ask(again, TECHNICIAN, "fd00:20::b4d", after(minutes=2), after(days=1)) == ()
