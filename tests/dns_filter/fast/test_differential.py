"""Reference and fast engine say the same octets and write down the same, whatever is asked and whatever happens."""

from __future__ import annotations

import random

import pytest

from dns_filter.limits import RateLimit
from tests.dns_filter import school
from tests.dns_filter.fast.differential import Both, Differ, compare, packet
from tests.dns_filter.school import CLOSES, OPENS, YEAR_5, YEAR_5_CLOSED
from tests.dns_filter.torture import crashers
from tests.shared_data import shared_data

pytestmark = [pytest.mark.needs("gcc", "gencat"), pytest.mark.usefixtures("fast_engine")]


def hits(both: Both) -> int:
    return int(both.sides[1].desk.engine.hits)  # type: ignore[attr-defined]


@pytest.fixture
def both() -> object:
    made = Both()
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [11, 12, 14])
def test_generated_queries_are_answered_alike_while_time_lists_and_tables_change(seed: int) -> None:
    found = compare(6_000, seed, restless=0.3)
    assert found.epoch > 1, "tables were pushed"
    assert hits(found) > found.asked // 20, "it was compiled code that was tried"


@pytest.mark.slow
def test_every_known_crasher_is_answered_alike(both: Both) -> None:
    for each in crashers(shared_data("dns-wire")):
        both.ask([each], YEAR_5)
        both.ask([b"\0\7" + each[2:]], school.STRANGER)
    both.compare_logs()


def test_an_answer_grows_older_by_the_same_seconds(both: Both) -> None:
    asked = school_query("wikipedia.org")
    for _ in range(40):
        both.ask([asked, asked], YEAR_5)
        both.clock.at += 7.3
    assert hits(both) > 20


@pytest.mark.parametrize("bell", [OPENS, CLOSES], ids=["opens", "closes"])
def test_the_bell_is_heard_at_the_same_moment_by_who_has_asked_before(both: Both, bell: float) -> None:
    asked = school_query("wikipedia.org")
    replies = []
    for after in (-2.0, -0.001, 0.0, 0.001, 2.0):
        both.clock.at = bell + after
        both.ask([asked], YEAR_5_CLOSED)
        replies.append(both.ask([asked], YEAR_5_CLOSED)[0][4:8])
    assert replies[1] != replies[2]
    assert hits(both) == 8, "all but the first before the bell and the first after it"


def test_a_push_and_other_lists_are_in_force_from_the_next_datagram(both: Both) -> None:
    asked = school_query("www.roblox.com")
    both.ask([asked, asked], YEAR_5)
    both.push({**school.LISTS, "games": ["poki.com"]})
    assert both.ask([asked], YEAR_5)[0][6:8] == b"\0\0"
    both.push()
    assert both.ask([asked, asked], YEAR_5)[1][8:10] == b"\0\1"
    assert hits(both) == 2
    both.compare_logs()


def test_a_flood_is_told_to_come_over_tcp_and_then_nothing_and_all_is_counted() -> None:
    both = Both({"rate_limit": RateLimit(10, 20)})
    asked = school_query("www.roblox.com")
    for pause in (0.0, 0.05, 1.0, -100.0, 0.3):
        both.clock.at += pause
        assert len(both.ask([asked] * 70, YEAR_5)) < 70
        both.ask([asked] * 3, school.TEACHER)
    both.compare_logs()
    assert both.sides[1].desk.engine.dropped > 100
    both.close()


def test_names_below_a_blocked_one_are_answered_from_one_answer_and_written_down_apart(both: Both) -> None:
    for number in range(50):
        assert both.ask([school_query(f"n{number}.poki.com")], YEAR_5)
    both.compare_logs()


def test_a_full_memory_forgets_by_chance_and_says_the_same() -> None:
    both, dice = Both({"memo_limit": 20_000}), random.Random(5)
    some = [packet(dice) for _ in range(300)]
    for each in some * 4:
        both.ask([each], YEAR_5)
    memory = both.sides[1].desk.engine.memory
    assert memory.weight <= 20_000
    assert 0 < len(memory) < 60
    both.compare_logs()
    both.close()


def test_over_ipv6_it_is_the_same() -> None:
    both = Both(host="::1")
    both.push(sources=("::1/128",))
    for _ in range(3):
        both.ask([school_query("www.roblox.com"), school_query("a.poki.com")], "::1")
    assert hits(both) > 1
    both.compare_logs()
    both.push(sources=("127.0.0.0/8",))
    assert both.ask([school_query("www.roblox.com")], "::1")[0][3] & 15 == 5, "and no welcome there"
    both.close()


def test_engines_that_differ_are_found_out(both: Both) -> None:
    both.sides[1].desk.pipeline.fraction = lambda: 0.9
    both.clock.at += 1
    with pytest.raises(Differ, match="reference"):
        both.ask([school_query("wikipedia.org")], school.TEACHER)


def school_query(name: str) -> bytes:
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    return b"\0\7\1\0\0\1\0\0\0\0\0\1" + labels + b"\0\0\1\0\1" + b"\0\0\x29\4\xd0\0\0\0\0\0\0"
