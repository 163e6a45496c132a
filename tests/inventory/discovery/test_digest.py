"""What was heard is said once, a flood is cut, and the devices of the school go first."""

from datetime import UTC, datetime, timedelta

from inventory.discovery.digest import AGAIN, MOST_REMEMBERED, MOST_WAITING, STRANGERS_AT_ONCE, Digest, with_vlan
from inventory.discovery.frames import Heard
from inventory.model import Mac

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
IPAD = Heard(Mac("3c:22:fb:05:00:11"), "arp", "10.20.0.11")


def stranger(number: int) -> Heard:
    return Heard(Mac(f"02:00:00:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"), "arp")


def test_the_same_word_is_passed_on_once_a_minute() -> None:
    digest = Digest()
    for seconds in (0, 1, 59):
        digest.note(IPAD, NINE + timedelta(seconds=seconds))
        digest.batch(10)
    digest.note(IPAD, NINE + AGAIN)
    assert [noted.heard for noted in digest.batch(10)] == [IPAD]


def test_another_address_is_news_at_once() -> None:
    digest = Digest()
    digest.note(IPAD, NINE)
    digest.batch(10)
    moved = Heard(IPAD.mac, "arp", "10.99.0.11")
    digest.note(moved, NINE + timedelta(seconds=1))
    assert [noted.heard for noted in digest.batch(10)] == [moved]


def test_ten_thousand_strangers_do_not_hold_up_a_device_of_the_school() -> None:
    digest = Digest()
    digest.note(IPAD, NINE)
    digest.batch(500)
    for number in range(10_000):
        digest.note(stranger(number), NINE)
    back = Heard(IPAD.mac, "dhcp", "10.20.0.12")
    digest.note(back, NINE)
    batch = digest.batch(500)
    assert batch[0].heard == back
    assert len(batch) == 1 + STRANGERS_AT_ONCE
    assert digest.waiting() == MOST_WAITING - STRANGERS_AT_ONCE
    assert digest.left_out == 10_000 - MOST_WAITING


def test_memory_has_an_end_however_many_there_are() -> None:
    digest = Digest()
    for number in range(MOST_REMEMBERED + 500):
        digest.note(stranger(number), NINE)
        digest.batch(1)
    assert len(digest._told) == len(digest._passed_on) == MOST_REMEMBERED


def test_what_could_not_be_told_is_told_later() -> None:
    digest = Digest()
    digest.note(IPAD, NINE)
    digest.give_back(digest.batch(10))
    assert [noted.heard for noted in digest.batch(10)] == [IPAD]


def test_the_tag_that_the_kernel_took_off_is_put_back() -> None:
    assert with_vlan(IPAD, 20).vlan == 20
    assert with_vlan(Heard(IPAD.mac, "arp", vlan=30), 20).vlan == 30
