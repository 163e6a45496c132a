"""What the compiled memory says is what the pipeline says, and it never weighs more than it may."""

from __future__ import annotations

import contextlib
import gc
import socket
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from dns_filter.desk import Desk, DeskSettings
from dns_filter.fast import engine
from dns_filter.fast.engine import Fast
from dns_filter.fast.numbers import Numbers
from dns_filter.limits import RateLimit
from tests.dns_filter import test_memo
from tests.dns_filter.school import YEAR_5
from tests.dns_filter.test_memo import Two, packet

pytestmark = [pytest.mark.needs("gcc", "gencat"), pytest.mark.usefixtures("fast_engine")]


class FastTwo(Two):
    """One worker with the compiled loop and one that never remembers, under the same clock."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(("127.0.0.1", 0))
        self.senders: dict[str, socket.socket] = {}
        super().__init__()

    def _drain(self) -> Callable[[], None]:
        return self.with_memo.engine.drain(self.socket, self.with_memo)

    def _settings(self, memo_limit: int) -> DeskSettings:
        return DeskSettings((), memo_limit=memo_limit, engine="fast" if memo_limit else "reference")

    def remembered(self, packet: bytes, client: str) -> bytes | None:
        if client not in self.senders:
            self.senders[client] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            self.senders[client].bind((client, 0))
        self.senders[client].sendto(packet, self.socket.getsockname())
        self.drain()
        with contextlib.suppress(BlockingIOError):
            return self.senders[client].recv(65_535)
        return None

    def close(self) -> None:
        for each in (self.socket, *self.senders.values()):
            each.close()


@settings(max_examples=100)
@given(test_memo.ACTS)
def test_what_is_remembered_is_what_the_pipeline_says_at_every_moment(acts: list[tuple[object, ...]]) -> None:
    both = FastTwo()
    try:
        test_memo.hold_equal(both, acts)
    finally:
        both.close()


def test_who_asks_for_a_fifth_more_than_there_is_room_for_still_finds_most_of_it() -> None:
    both, asked = FastTwo(), [packet("www.roblox.com", 1000 + number) for number in range(120)]
    memory = both.with_memo.engine.memory
    for each in asked[:100]:
        both.ask(each, YEAR_5, both.with_memo)
    memory.limit, found = memory.weight, 0
    for each in asked * 10:
        if both.remembered(each, YEAR_5) is not None:
            found += 1
        else:
            both.ask(each, YEAR_5, both.with_memo)
    both.close()
    assert found > len(asked) * 10 // 2
    assert memory.weight <= memory.limit


def test_types_a_case_apart_are_two_questions() -> None:
    both = FastTwo()
    both.ask(packet("www.roblox.com", 65), YEAR_5, both.with_memo)
    assert both.remembered(packet("www.roblox.com", 97), YEAR_5) is None
    assert both.remembered(packet("WWW.roblox.com", 65), YEAR_5) is not None
    both.close()


def test_a_share_is_one_on_both_sides_and_its_place_is_given_back() -> None:
    engine = Fast(1 << 20, RateLimit(10, 20))
    one, other = engine.quota(), engine.quota()
    one.ask(100.0, RateLimit(10, 20))
    assert (one.answered, other.answered) == (100.1, 0.0)
    places = {one.place, other.place}  # type: ignore[attr-defined]
    del one, other
    gc.collect()
    assert {engine.quota().place, engine.quota().place} & places  # type: ignore[attr-defined]


def test_a_number_means_nobody_else_before_the_log_has_looked() -> None:
    numbers: Numbers[str] = Numbers()
    first = numbers.give("ann")
    numbers.leave(first)
    assert numbers.give("bob") != first
    assert numbers[first] == "ann"
    numbers.clear_away(numbers.count_left())
    assert numbers.get(first) is None
    assert numbers.give("cat") == first
    assert numbers.get(99) is None


def test_very_many_pairs_wait_until_the_log_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FEW_ROWS", 2)
    both = FastTwo()
    names = [packet("www.roblox.com", 1000 + number) for number in range(3)]
    for count, each in enumerate(names, 1):
        both.ask(each, YEAR_5, both.with_memo)
        assert both.remembered(each, YEAR_5) is not None
        if count == 2:
            assert len(both.with_memo.engine.gather(due=False).said) == 2, "few are read at once"
            assert None not in {both.remembered(name, YEAR_5) for name in names[:2]}
    assert both.with_memo.engine.gather(due=False).said == {}
    assert sum(both.with_memo.engine.gather(due=True).said.values()) == 3
    both.close()


def test_the_log_may_look_at_any_moment_and_loses_nobody() -> None:
    both, stop = FastTwo(), threading.Event()
    desk: Desk = both.with_memo
    names = [packet("www.roblox.com", 1000 + number) for number in range(300)]
    desk.engine.memory.limit = 60_000
    counted: list[int] = []

    def look() -> None:
        while not stop.is_set():
            counted.extend(desk.engine.gather().said.values())

    looking = threading.Thread(target=look)
    looking.start()
    answered = 0
    for each in names * 4:
        if both.remembered(each, YEAR_5) is None:
            both.ask(each, YEAR_5, desk)
        answered += both.remembered(each, YEAR_5) is not None
    stop.set()
    looking.join()
    counted.extend(desk.engine.gather().said.values())
    both.close()
    assert sum(counted) == desk.engine.hits  # type: ignore[attr-defined]
    assert sum(counted) >= answered > 0
