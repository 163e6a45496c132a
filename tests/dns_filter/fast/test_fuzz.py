"""A little of what `fuzz.py` throws: broken packets and broken answers break nothing, under the sanitizers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dns_filter.fast import fuzz
from tests.dns_filter.torture import crashers, seeds_of_packets
from tests.shared_data import shared_data


@pytest.mark.slow
@pytest.mark.needs("gcc", "gencat")
def test_a_hundred_thousand_broken_packets_break_nothing(tmp_path: Path) -> None:
    sources = [*seeds_of_packets() * 10, *crashers(shared_data("dns-wire"))]
    found = fuzz.throw(fuzz.build(tmp_path), 100_000, 7, sources)
    assert found["packets"] >= 100_000
    for what in ("answered", "below", "limited", "kept", "refused", "released", "rows", "over_sockets"):
        assert found[what] > 100, f"too few to have tried {what}"
