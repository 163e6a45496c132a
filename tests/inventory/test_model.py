"""A MAC in any vendor's spelling is one MAC; what names no device is refused."""

import pytest

from inventory.model import is_randomised, parse_mac

IPAD = "3c:22:fb:05:00:11"


@pytest.mark.parametrize("spelling", [IPAD, "3C-22-FB-05-00-11", "3c22.fb05.0011", "3C22FB050011", " 3c22fb-050011 "])
def test_every_vendors_spelling_is_the_same_mac(spelling: str) -> None:
    assert parse_mac(spelling) == IPAD


@pytest.mark.parametrize(
    "text", ["", "3c:22:fb:05:00", "3c:22:fb:05:00:1g", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "0" * 12]
)
def test_what_names_no_device_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"MAC|group"):
        parse_mac(text)


@pytest.mark.parametrize(
    ("digit", "randomised"), [("2", True), ("6", True), ("a", True), ("e", True), ("0", False), ("c", False)]
)
def test_the_second_digit_tells_a_randomised_mac(digit: str, randomised: bool) -> None:
    assert is_randomised(parse_mac(f"3{digit}:22:fb:05:00:11")) is randomised
