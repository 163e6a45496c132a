"""Real public lists, each against counts and a fingerprint made by another parser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dns_filter.lists import parse, summary
from dns_filter.lists.file import read_list_file
from tests.dns_filter import lists_by_command
from tests.shared_data import shared_cases, shared_data

NOT_LISTS = (".json", "README.md", "README")


def _expected() -> dict[str, Any]:
    return json.loads((shared_data("blocklists") / "EXPECTED.json").read_text())  # type: ignore[no-any-return]


def _lists() -> list[Any]:
    cases = shared_cases("blocklists", "**/*")
    if cases[0].id == "no-shared-data":
        return cases
    known = _expected()
    return [case for case in cases if case.id in known]


@pytest.mark.parametrize("path", _lists())
def test_a_public_list_gives_exactly_the_names_another_parser_found(path: Path) -> None:
    expected = _expected()[str(path.relative_to(shared_data("blocklists")))]
    found = summary(parse(read_list_file(path)))
    for figure in ("unique_valid_domains", "sha256_sorted_unique", "invalid_total"):
        assert found[figure] == expected[figure], (figure, found["counts"], found["invalid"])
    counts = found["counts"]
    assert isinstance(counts, dict)
    for kind in (
        "comment",
        "plain",
        "hosts",
        "adblock",
        "dnsmasq",
        "adblock_exception",
        "adblock_other",
        "cidr",
        "regex",
    ):
        assert counts.get(kind, 0) == expected["counts"].get(kind, 0), kind


def test_every_list_of_the_expectations_is_tried() -> None:
    assert {case.id for case in _lists()} == _expected().keys()


@pytest.mark.parametrize("category", ["crypto", "fortnite", "piracy", "scam", "tiktok", "torrent", "vaping"])
def test_one_list_in_several_formats_is_one_set_of_names(category: str) -> None:
    base = shared_data("blocklists") / "blocklistproject"
    patterns = (f"adguard/{category}-ags.*", f"dnsmasq-version/{category}-dnsmasq.*", f"alt-version/{category}-nl.*")
    paths = [path for pattern in patterns for path in base.glob(pattern)]
    if category != "crypto":  # the hosts form of that one is of another day
        paths += base.glob(f"{category}.txt*")
    parsed = [parse(read_list_file(path)) for path in paths]
    assert len(parsed) >= 3
    assert len({each.format for each in parsed}) == len(parsed)
    assert all(each.blocks == parsed[0].blocks for each in parsed)


@pytest.mark.parametrize("name", ["ut1/games/domains.xz", "nextdns-bypass/vpn", "blocklistproject/vaping.txt"])
def test_the_command_says_the_same_and_the_table_finds_every_name(name: str, tmp_path: Path) -> None:
    assert lists_by_command.differences(name, lists_by_command.expectations()[name]) == []
    assert lists_by_command.missed(name, tmp_path) == []
