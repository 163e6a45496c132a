"""Makers by the longest match, equal to the lists of the IEEE; and what is no such list is refused whole."""

from __future__ import annotations

import csv
import io
import lzma
from collections.abc import Mapping
from pathlib import Path

import pytest

from inventory.model import Mac, parse_mac
from inventory.oui import UnreadableRegistry, Vendors, joined, read_registry
from inventory.oui_files import FILES, read_vendors
from tests.shared_data import shared_data

HEADER = "Registry,Assignment,Organization Name,Organization Address\n"


def registry(*rows: str) -> bytes:
    return (HEADER + "".join(f"{row}\n" for row in rows)).encode()


@pytest.fixture(scope="module")
def lists() -> dict[str, bytes]:
    return {name: lzma.decompress((shared_data("oui/ieee-data") / f"{name}.xz").read_bytes()) for name in FILES}


def test_every_assignment_of_the_public_lists_is_found_by_a_mac_of_its_own(lists: dict[str, bytes]) -> None:
    vendors = joined(read_registry(raw, name) for name, raw in lists.items())
    expected: dict[str, str] = {}
    for raw in lists.values():
        for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"))):
            if row[1] != "Assignment":
                expected.setdefault(row[1], visible(row[2]))
    checked = 0
    # Group and local addresses are no maker's; those given out as such long ago are passed over.
    for digits in (digits for digits in expected if not int(digits[1], 16) & 3):
        mac = (digits + free_tail(digits, expected) + "F" * 12)[:12]
        whole = next(mac[:length] for length in (9, 7, 6) if mac[:length] in expected)
        assert vendors.of(parse_mac(mac)) == expected[whole]
        checked += whole == digits
    assert checked > 46_000


def visible(name: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:100] or "Private"


def free_tail(digits: str, expected: Mapping[str, str]) -> str:
    """Digits behind a block that are not shared out further: it answers for its own rest only."""
    tails = ("F", "E", "D", "FFF", "EEE", "DDD")
    return next((tail for tail in tails if digits + tail not in expected), "")


def test_the_longest_match_counts() -> None:
    vendors = joined(
        [
            read_registry(registry("MA-L,70B3D5,Big block,"), "oui.csv"),
            read_registry(registry("MA-M,70B3D5A,Smaller,"), "mam.csv"),
            read_registry(registry('MA-S,70B3D5A2F,"Tiny, Ltd",'), "oui36.csv"),
        ]
    )
    found = [vendors.of(Mac(f"70:b3:d5:{tail}")) for tail in ("a2:f0:01", "a2:e0:01", "b0:00:01")]
    assert found == ["Tiny, Ltd", "Smaller", "Big block"]


def test_a_randomised_mac_has_no_maker_whatever_it_looks_like() -> None:
    vendors = Vendors({"02AABB": "Somebody", "3C22FB": "Apple, Inc."})
    assert vendors.of(Mac("02:aa:bb:00:00:01")) is None
    assert vendors.of(Mac("3c:22:fb:00:00:01")) == "Apple, Inc."


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"<html>not found</html>", "oui.csv:1: expected the columns"),
        (b"", "oui.csv:1: expected the columns"),
        (HEADER.encode(), "expected at least one assignment"),
        (registry("MA-L,002272,Good,", "MA-L,00ZZ72,Bad,"), "oui.csv:3: expected an assignment"),
        (registry("MA-L,002272,Good,", "MA-L"), "oui.csv:3: expected an assignment"),
        (b"\xff\xfe" + HEADER.encode(), "expected UTF-8"),
    ],
)
def test_what_is_no_list_of_the_ieee_is_refused_whole(raw: bytes, said: str) -> None:
    with pytest.raises(UnreadableRegistry, match=said):
        read_registry(raw, "oui.csv")


def test_a_school_without_a_list_has_no_makers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.oui_files.DEBIAN", tmp_path / "none")
    assert read_vendors(tmp_path).of(Mac("3c:22:fb:00:00:01")) is None
    (tmp_path / "oui.csv").write_bytes(registry('MA-L,3C22FB,"Apple, Inc.",'))
    assert read_vendors(tmp_path).of(Mac("3c:22:fb:00:00:01")) == "Apple, Inc."
