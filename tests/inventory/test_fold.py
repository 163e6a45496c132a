"""Sightings become facts: strangers are met, movers are followed, and nobody's word is taken for more than it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.fold import LEFT, MOST_OTHERS, REFRESH, clean_name, fold, holders
from inventory.model import (
    Admission,
    Device,
    Inventory,
    NewsKind,
    PortRef,
    Sighting,
    SwitchName,
    parse_mac,
)

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
IPAD = parse_mac("3c:22:fb:05:00:11")
LAPTOP = parse_mac("00:1b:63:84:45:e6")
SOCKET_5 = PortRef(SwitchName("sw-hall"), "Gi1/0/5")
SOCKET_6 = PortRef(SwitchName("sw-hall"), "Gi1/0/6")


def at_socket(port: PortRef, minutes: int = 0, vlan: int | None = 20) -> Sighting:
    return Sighting(IPAD, NINE + timedelta(minutes=minutes), "switch-table", port, vlan)


def with_address(address: str, minutes: int = 0, mac: str = IPAD, hostname: str | None = None) -> Sighting:
    return Sighting(parse_mac(mac), NINE + timedelta(minutes=minutes), "lease", address=address, hostname=hostname)


def later(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_a_stranger_becomes_a_device_that_nobody_has_let_in() -> None:
    folded = fold(Inventory(), [with_address("10.20.0.7", hostname="tablet-7")], NINE)
    assert folded.devices == (Device(IPAD, "tablet-7", "unknown", Admission.UNKNOWN, first_seen=NINE),)
    assert [news.kind for news in folded.news] == [NewsKind.NEW_DEVICE]
    assert folded.inventory.whereabouts[IPAD].address == "10.20.0.7"


def test_a_randomised_mac_is_a_stranger_without_a_vendor() -> None:
    phone = parse_mac("da:a1:19:00:00:01")
    device = fold(Inventory(), [Sighting(phone, NINE, "dhcp")], NINE).inventory.devices[phone]
    assert (device.kind, device.name) == ("unknown", f"device {phone}")


def test_a_registered_device_keeps_what_people_said_of_it() -> None:
    trolley = Device(IPAD, "iPad 11", "school-ipad", Admission.REGISTERED, room="year-5")
    folded = fold(Inventory(devices={IPAD: trolley}), [with_address("10.20.0.7", hostname="stolen")], NINE)
    assert folded.inventory.devices[IPAD] == trolley
    assert folded.devices == ()


def test_port_and_address_of_two_sources_are_put_together() -> None:
    folded = fold(Inventory(), [at_socket(SOCKET_5), with_address("10.20.0.7", 1)], later(1))
    there = folded.inventory.whereabouts[IPAD]
    assert (there.last_seen, there.port, there.vlan, there.address) == (later(1), SOCKET_5, 20, "10.20.0.7")


def test_a_registered_device_that_is_seen_for_the_first_time_is_news() -> None:
    """Else nobody would look where it belongs, and its port would be put to rest with the device on it."""
    inventory = Inventory(devices={IPAD: Device(IPAD, "iPad 11", "school-ipad", Admission.REGISTERED)})
    folded = fold(inventory, [at_socket(SOCKET_5)], NINE)
    assert [(news.kind, news.text) for news in folded.news] == [(NewsKind.MOVED, "iPad 11 is at sw-hall Gi1/0/5")]
    addressed = fold(inventory, [with_address("10.20.0.7")], NINE)
    assert [news.kind for news in addressed.news] == [NewsKind.ADDRESS]


def test_a_reading_that_began_a_moment_earlier_still_adds_what_it_knows() -> None:
    """Switch and gateway are read side by side, and the gateway was quicker."""
    before = fold(Inventory(), [with_address("10.20.0.7", 1)], later(1)).inventory
    folded = fold(before, [replace(at_socket(SOCKET_5), at=later(1) - timedelta(seconds=3))], later(1))
    there = folded.inventory.whereabouts[IPAD]
    assert (there.last_seen, there.port, there.vlan, there.address) == (later(1), SOCKET_5, 20, "10.20.0.7")
    assert [news.kind for news in folded.news] == [NewsKind.MOVED]


def test_what_is_older_than_what_is_known_of_the_same_port_moves_nobody() -> None:
    before = fold(Inventory(), [at_socket(SOCKET_6, 1)], later(1)).inventory
    folded = fold(before, [at_socket(SOCKET_5)], later(1))
    assert folded.inventory.whereabouts[IPAD].port == SOCKET_6
    assert not folded.news


def test_a_lease_that_is_still_used_does_not_make_a_move_to_another_port_look_old() -> None:
    """The laptop moved; the gateway, that knows nothing of ports, was read a moment later than the switch."""
    before = fold(Inventory(), [at_socket(SOCKET_5), with_address("10.20.0.7", 2)], later(2)).inventory
    folded = fold(before, [at_socket(SOCKET_6, 1)], later(2))
    assert folded.inventory.whereabouts[IPAD].port == SOCKET_6


def test_a_device_that_moves_is_news_and_leaves_its_old_vlan() -> None:
    before = fold(Inventory(), [at_socket(SOCKET_5)], NINE).inventory
    folded = fold(before, [at_socket(SOCKET_6, 1, vlan=None)], later(1))
    assert [(news.kind, news.text) for news in folded.news] == [
        (NewsKind.MOVED, f"device {IPAD} is at sw-hall Gi1/0/6, was at sw-hall Gi1/0/5")
    ]
    assert folded.inventory.whereabouts[IPAD].vlan is None


def test_a_quiet_network_changes_nothing_within_a_minute() -> None:
    before = fold(Inventory(), [at_socket(SOCKET_5)], NINE).inventory
    just_before = replace(at_socket(SOCKET_5), at=NINE + REFRESH - timedelta(seconds=1))
    assert fold(before, [just_before], later(5)).moved == ()
    refreshed = fold(before, [replace(just_before, at=NINE + REFRESH)], later(5))
    assert (refreshed.news, refreshed.moved[0].last_seen) == ((), NINE + REFRESH)


def test_a_sighting_that_comes_late_moves_nobody_back() -> None:
    before = fold(Inventory(), [at_socket(SOCKET_6, 5)], later(5)).inventory
    assert fold(before, [at_socket(SOCKET_5, 1)], later(6)).inventory is before


def test_a_sighting_from_the_future_counts_as_of_now() -> None:
    folded = fold(Inventory(), [at_socket(SOCKET_5, 600)], NINE)
    assert folded.inventory.whereabouts[IPAD].last_seen == NINE


def test_who_has_left_gives_its_address_up() -> None:
    before = fold(Inventory(), [with_address("10.20.0.7")], NINE).inventory
    folded = fold(before, [replace(with_address("10.20.0.7", mac=LAPTOP), at=NINE + LEFT)], NINE + LEFT)
    assert holders(folded.inventory.whereabouts) == {"10.20.0.7": (LAPTOP,)}


def test_an_address_with_two_devices_in_the_room_is_held_by_both() -> None:
    before = fold(Inventory(), [with_address("10.20.0.7")], NINE).inventory
    folded = fold(before, [with_address("10.20.0.7", 1, LAPTOP)], later(1))
    assert holders(folded.inventory.whereabouts) == {"10.20.0.7": (LAPTOP, IPAD)}


def test_a_new_address_leaves_the_old_one_free() -> None:
    before = fold(Inventory(), [with_address("10.20.0.7")], NINE).inventory
    folded = fold(before, [with_address("10.20.0.8", 1), with_address("10.20.0.7", 2, LAPTOP)], later(2))
    assert holders(folded.inventory.whereabouts) == {"10.20.0.8": (IPAD,), "10.20.0.7": (LAPTOP,)}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("iPad-11.school", "iPad-11.school"),
        ("<script>alert(1)</script>", "script alert 1 script"),
        ("=HYPERLINK('http://x')", "HYPERLINK 'http x'"),
        ("two\r\nlines\x1b[31m", "two lines 31m"),
        ("\u202egnp.exe", "gnp.exe"),
        ("Zoë’s iPad", "Zoë s iPad"),
        ("@#$%", ""),
        ("x" * 300, "x" * 63),
    ],
)
def test_what_a_device_calls_itself_is_cleaned_before_anybody_reads_it(said: str, shown: str) -> None:
    assert clean_name(said) == shown


@given(st.text(max_size=200))
def test_no_name_carries_markup_formulas_or_control_characters(said: str) -> None:
    name = clean_name(said)
    assert len(name) <= 63
    assert name.isprintable()
    assert not name.startswith(("=", "+", "-", "@", " ", "."))
    assert not set(name) & set('<>&"=;|`$\\/')
    assert clean_name(name) == name


SIGHTINGS = st.lists(
    st.builds(
        Sighting,
        mac=st.sampled_from([IPAD, LAPTOP, parse_mac("da:a1:19:00:00:01")]),
        at=st.integers(0, 30).map(later),
        source=st.just("switch-table"),
        port=st.sampled_from([None, SOCKET_5, SOCKET_6]),
        vlan=st.sampled_from([None, 20, 999]),
        address=st.sampled_from([None, "10.20.0.7", "10.20.0.8"]),
    ),
    max_size=12,
)


@given(SIGHTINGS)
def test_folding_the_same_batch_again_is_no_news(batch: list[Sighting]) -> None:
    folded = fold(Inventory(), batch, later(31))
    # The newest of each alone: an older one in the batch may rightly be passed over now.
    newest = {one.mac: one for one in sorted(batch, key=lambda one: one.at)}
    again = fold(
        folded.inventory, [replace(one, at=later(31)) for one in newest.values() if not one.address], later(31)
    )
    assert [news for news in again.news if news.kind is NewsKind.NEW_DEVICE] == []
    assert set(again.inventory.devices) == set(folded.inventory.devices)


@given(SIGHTINGS)
def test_one_batch_says_the_same_as_many(batch: list[Sighting]) -> None:
    ordered = sorted(batch, key=lambda one: one.at)
    step = Inventory()
    for sighting in ordered:
        step = fold(step, [sighting], later(31)).inventory
    assert fold(Inventory(), batch, later(31)).inventory == step


@given(SIGHTINGS)
def test_everything_that_was_seen_somewhere_is_a_device(batch: list[Sighting]) -> None:
    folded = fold(Inventory(), batch, later(31))
    assert set(folded.inventory.whereabouts) == set(folded.inventory.devices) == {one.mac for one in batch}
    assert {device.admission for device in folded.devices} <= {Admission.UNKNOWN}


FOUR, SIX, PRIVATE = "10.20.0.7", "fd00:20::7", "fd00:20::b4d:cafe"


@given(st.permutations((FOUR, SIX, PRIVATE)), st.integers(1, 5))
def test_a_device_keeps_its_addresses_of_ipv4_and_ipv6_whatever_order_they_are_told_in(
    order: list[str], looks: int
) -> None:
    inventory = Inventory()
    for look in range(looks):
        inventory = fold(inventory, [with_address(each, look) for each in order], later(look)).inventory
    there = inventory.whereabouts[IPAD]
    assert there.address == FOUR
    assert set(there.addresses) == {FOUR, SIX, PRIVATE}
    assert holders(inventory.whereabouts) == dict.fromkeys((FOUR, SIX, PRIVATE), (IPAD,))


def test_a_further_address_is_news_once_so_that_the_filter_hears_of_it() -> None:
    inventory = fold(Inventory(), [with_address(FOUR)], NINE).inventory
    first = fold(inventory, [with_address(FOUR, 1), with_address(SIX, 1)], later(1))
    assert [(news.kind, SIX in news.text) for news in first.news] == [(NewsKind.ADDRESS, True)]
    assert fold(first.inventory, [with_address(FOUR, 2), with_address(SIX, 2)], later(2)).news == ()


def test_two_addresses_that_are_told_again_and_again_are_no_news() -> None:
    both = [with_address(FOUR), with_address(SIX)]
    inventory = fold(Inventory(), both, NINE).inventory
    assert fold(inventory, both, NINE + REFRESH / 2).inventory == inventory


def test_a_new_address_of_ipv4_is_the_one_it_goes_by_while_the_old_one_is_still_told() -> None:
    inventory = fold(Inventory(), [with_address(FOUR)], NINE).inventory
    for look in range(1, 4):
        told = [with_address(FOUR, look), with_address("10.99.0.7", look)]
        inventory = fold(inventory, told, later(look)).inventory
        assert inventory.whereabouts[IPAD].address == "10.99.0.7"


def test_an_address_that_is_told_no_more_is_forgotten_when_others_are_heard_of() -> None:
    inventory = fold(Inventory(), [with_address(FOUR), with_address(PRIVATE)], NINE).inventory
    after = NINE + LEFT + timedelta(minutes=1)
    heard = Sighting(IPAD, after, "lease", address=SIX)
    assert fold(inventory, [heard], after).inventory.whereabouts[IPAD].addresses == (FOUR, SIX)


def test_the_next_holder_of_an_old_ipv4_address_need_not_share_it() -> None:
    inventory = fold(Inventory(), [with_address(FOUR), with_address("10.99.0.7", 1)], later(1)).inventory
    inventory = fold(inventory, [with_address(FOUR, 2, LAPTOP)], later(2)).inventory
    assert holders(inventory.whereabouts) == {"10.99.0.7": (IPAD,), FOUR: (LAPTOP,)}


def test_whoever_borrows_an_ipv6_address_in_use_shares_it_for_all_to_see() -> None:
    inventory = fold(Inventory(), [with_address(FOUR), with_address(SIX)], NINE).inventory
    inventory = fold(inventory, [with_address(SIX, 1, LAPTOP)], later(1)).inventory
    assert holders(inventory.whereabouts)[SIX] == tuple(sorted((IPAD, LAPTOP)))


def test_a_device_that_makes_up_addresses_is_remembered_with_a_few() -> None:
    many = [with_address(f"fd00:20::{number:x}") for number in range(1, 200)]
    inventory = fold(Inventory(), [with_address(FOUR), *many], NINE).inventory
    assert len(inventory.whereabouts[IPAD].addresses) == MOST_OTHERS + 1
    assert inventory.whereabouts[IPAD].address == FOUR


def test_a_gateway_that_speaks_all_the_time_does_not_drown_what_the_switch_says_of_the_port() -> None:
    inventory = fold(Inventory(), [at_socket(SOCKET_5), with_address(FOUR)], NINE).inventory
    for look in range(1, 11):
        inventory = fold(inventory, [with_address(FOUR, look)], later(look)).inventory
        inventory = fold(inventory, [at_socket(SOCKET_5, look)], later(look)).inventory
    assert inventory.whereabouts[IPAD].port_seen == later(10)
