"""Of a flood of strangers only so many come in, known devices never wait, and the next minute asks again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.flood import Gate, pass_through, told
from inventory.fold import fold
from inventory.model import Admission, Device, Inventory, Mac, PortRef, Sighting, SwitchName

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OAK, HALL = PortRef(SwitchName("sw-oak"), "Gi1/0/5"), PortRef(SwitchName("sw-hall"), "Gi1/0/9")
IPAD = Mac("3c:22:fb:05:00:11")
SCHOOL = Inventory(MappingProxyType({IPAD: Device(IPAD, "ipad", "school-ipad", Admission.REGISTERED)}))


def stranger(number: int, port: PortRef | None = None) -> Sighting:
    return Sighting(Mac(f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"), NINE, "dhcp", port)


def test_the_gate_fills_again_minute_by_minute() -> None:
    gate, came_in = Gate(), []
    for minute in range(4):
        now = NINE + timedelta(minutes=minute)
        passed = pass_through(gate, SCHOOL, [stranger(number) for number in range(5000)], now)
        gate = passed.gate
        came_in.append(len(passed.sightings))
    assert came_in == [1000, 100, 100, 100]


def test_whoever_waits_outside_is_told_by_where_most_of_them_are() -> None:
    flood = [stranger(number, HALL if number % 3 else OAK) for number in range(900)]
    passed = pass_through(Gate(), SCHOOL, flood, NINE)
    assert len(passed.sightings) == 2 * 64
    subject, text = told(passed.outside)
    assert (subject, f"{900 - 128} new MAC addresses" in text, f"({600 - 64}) at {HALL}" in text) == (
        str(HALL),
        True,
        True,
    )


def test_without_any_port_it_is_the_network() -> None:
    passed = pass_through(Gate(room=0, at=NINE), SCHOOL, [stranger(1)], NINE)
    assert told(passed.outside)[0] == "the network"


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from((None, OAK, HALL))), max_size=400), st.integers(0, 200))
def test_known_devices_never_wait_and_no_limit_is_ever_passed(
    seen: list[tuple[int, PortRef | None]], room: int
) -> None:
    gate = Gate(room=room, at=NINE, at_a_port=20, at_most=90)
    inventory = SCHOOL
    for part in (seen[:200], seen[200:]):
        batch = [*(stranger(number, port) for number, port in part), Sighting(IPAD, NINE, "dhcp", HALL)]
        passed = pass_through(gate, inventory, batch, NINE)
        assert IPAD in {one.mac for one in passed.sightings}
        outside = {one.mac for one in batch} - {one.mac for one in passed.sightings}
        assert passed.outside.total() == len(outside)
        inventory, gate = fold(inventory, passed.sightings, NINE).inventory, passed.gate
    strangers = [mac for mac, device in inventory.devices.items() if device.admission is Admission.UNKNOWN]
    assert len(strangers) <= min(room, 90)
    assert gate.room == room - len(strangers)
