"""What a device probably is; a guess that says how sure it is, and admits nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.identify import Clues, Looks, identify
from inventory.model import Mac, PortRef, SwitchName
from inventory.oui import Vendors
from inventory.pins import Pinned, Shown, compare

VENDORS = Vendors({"3C22FB": "Apple, Inc.", "008077": "Brother Industries, Ltd.", "B827EB": "Raspberry Pi Foundation"})
APPLE, BROTHER, SOME, RANDOM = (
    Mac(text) for text in ("3c:22:fb:05:00:11", "00:80:77:01:02:03", "00:11:22:33:44:55", "d2:00:5e:10:00:66")
)


@pytest.mark.parametrize(
    ("clues", "looks"),
    [
        (Clues(SOME, "MSFT 5.0", "1,3,6,15,31,33,43,44,46,47,119,121,249,252", "DESKTOP-1A2B3C4"), Looks.WINDOWS),
        (Clues(APPLE, None, "1,121,3,6,15,114,119,252", "Year-5-iPad-11"), Looks.APPLE),
        (Clues(RANDOM, "android-dhcp-14", "1,3,6,15,26,28,51,58,59,43,114,108"), Looks.ANDROID),
        (Clues(BROTHER, None, "6,3,1,15,66,67,13,44,119", "BRN008077010203"), Looks.PRINTER),
        (Clues(SOME, "Cisco Systems, Inc. IP Phone CP-7841"), Looks.PHONE),
        (Clues(SOME, "ArubaAP"), Looks.ACCESS_POINT),
        (Clues(Mac("b8:27:eb:00:00:01")), Looks.THING),
        (Clues(SOME), Looks.UNKNOWN),
    ],
)
def test_what_a_device_shows_says_what_it_probably_is(clues: Clues, looks: Looks) -> None:
    found = identify(clues, VENDORS)
    assert found.looks is looks
    assert (found.confidence > 0) is (looks is not Looks.UNKNOWN)
    assert len(found.reasons) >= (looks is not Looks.UNKNOWN)


def test_signs_that_agree_are_surer_than_one_and_signs_that_disagree_less_sure() -> None:
    one = identify(Clues(SOME, "MSFT 5.0"), VENDORS).confidence
    two = identify(Clues(SOME, "MSFT 5.0", hostname="LAPTOP-1A2B3C4"), VENDORS).confidence
    torn = identify(Clues(BROTHER, "MSFT 5.0"), VENDORS)
    assert torn.confidence < one < two < 1
    assert torn.vendor == "Brother Industries, Ltd."


def test_a_randomised_mac_says_so_and_names_no_maker() -> None:
    found = identify(Clues(RANDOM), VENDORS)
    assert (found.vendor, found.randomised, found.confidence) == (None, True, 0.0)
    assert found.reasons == ("its MAC is randomised and names no maker",)


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_nothing_a_stranger_says_makes_it_fail_or_certain(vendor_class: str, fingerprint: str, hostname: str) -> None:
    found = identify(Clues(RANDOM, vendor_class, fingerprint, hostname), VENDORS)
    assert 0 <= found.confidence < 1


OFFICE, HALL = PortRef(SwitchName("sw-office"), "Gi1/0/3"), PortRef(SwitchName("sw-hall"), "Gi1/0/9")
PIN = Pinned("6,3,1,15", "HP LaserJet", OFFICE)


@pytest.mark.parametrize(
    ("shown", "changes"),
    [
        (Shown(SOME, "6,3,1,15", "HP LaserJet", OFFICE), 0),
        (Shown(SOME), 0),
        (Shown(SOME, "1,3,6,15", "HP LaserJet", OFFICE), 1),
        (Shown(SOME, "1,3,6,15", "MSFT 5.0", HALL), 3),
    ],
)
def test_a_printer_that_changes_is_told_part_by_part(shown: Shown, changes: int) -> None:
    pinned, told = compare(PIN, shown)
    assert (pinned, len(told)) == (PIN, changes)


def test_a_pin_is_completed_by_what_is_told_later() -> None:
    pinned, told = compare(Pinned(port=OFFICE), Shown(SOME, "6,3,1,15", None, OFFICE))
    assert (pinned, told) == (Pinned("6,3,1,15", None, OFFICE), ())
