"""A little of the torture of `torture.py`: thousands of broken packets in and out, and nothing breaks or grows."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.dns_filter.engines import both_engines
from tests.dns_filter.school import YEAR_5_CLOSED
from tests.dns_filter.test_workers import Filter
from tests.dns_filter.torture import crashers, hostile_upstream, replay, seeds_of_packets, serving, spoiling, torment
from tests.shared_data import shared_data
from tests.waiting import until


def bugs(filter_: Filter) -> int:
    until((filter_.home / "counters" / "0.json").exists)
    counts: dict[str, int] = filter_.counted()["without_verdict"]
    return counts.get("bug", 0)


@both_engines
@pytest.mark.slow
def test_mutated_packets_and_mutated_answers_harm_nobody(tmp_path: Path) -> None:
    known = crashers(shared_data("dns-wire"))
    with (
        hostile_upstream(spoiling(known, random.Random(1))) as upstream,
        serving(tmp_path, upstream) as filter_,
    ):
        found = torment(filter_, YEAR_5_CLOSED, 20_000, 2, seeds_of_packets())
        assert found.sent == 20_000
        assert found.replies > 10_000, "most of them are still something to answer"
        assert bugs(filter_) == 0


@both_engines
@pytest.mark.slow
def test_known_crashers_leave_the_memory_flat_however_often_they_come(tmp_path: Path) -> None:
    known = crashers(shared_data("dns-wire"))
    with hostile_upstream(lambda _: []) as upstream, serving(tmp_path, upstream) as filter_:
        found = replay(filter_, YEAR_5_CLOSED, known, 50)
        assert found.sent == 50 * len(known)
        assert found.megabytes[-1] < found.megabytes[4] * 1.05
        assert bugs(filter_) == 0
