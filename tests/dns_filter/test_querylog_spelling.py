"""What the query log remembers of spellings has an end, and forgetting one changes nothing that is written."""

from __future__ import annotations

from dns_filter.model import Code
from dns_filter.names import to_wire
from dns_filter.querylog import spelling
from dns_filter.querylog.spelling import MOST_SPELLINGS, spelled
from dns_filter.told import Told


def allowed(name: str) -> Told:
    return Told("key-stage-2", to_wire(name), 1, Code.ALLOWED, "", 1)


def test_a_flood_of_names_is_forgotten_again_and_spelled_alike_afterwards() -> None:
    first = spelled(allowed("www.school.example.co.uk"), "domain")
    for number in range(MOST_SPELLINGS + 100):
        assert spelled(allowed(f"www.{number}.example.org"), "domain") == "example.org"
    assert spelling.shortened.cache_info().currsize == MOST_SPELLINGS <= 10_000
    assert spelled(allowed("www.school.example.co.uk"), "domain") == first == "example.co.uk"
