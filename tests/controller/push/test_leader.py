"""Of two controllers on one database one leads; the other takes over within half a minute, and never both push."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.clock import FixedClock
from controller.home import Home
from controller.push.leader import BEATS, LASTS, Leader
from controller.store import LeadLost, Lease, Store, StoreGone
from tests.controller.store_world import NINE

BEAT = LASTS.total_seconds() / BEATS


@dataclass
class Controller:
    """One of several on a database; its thread never runs, each step is taken by the test."""

    leader: Leader
    taken: list[str] = field(default_factory=list)


@contextmanager
def controller(folder: Path, store: Store, clock: FixedClock) -> Iterator[Controller]:
    taken: list[str] = []
    leader = Leader(Home(folder), store, clock, lambda: taken.append("lead"))
    try:
        yield Controller(leader, taken)
    finally:
        leader.stop()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NINE)


@pytest.fixture
def two(store: Store, clock: FixedClock, tmp_path: Path) -> Iterator[tuple[Controller, Controller]]:
    with ExitStack() as both:
        first = both.enter_context(controller(tmp_path / "one", store, clock))
        second = both.enter_context(controller(tmp_path / "two", store, clock))
        first.leader._step()
        second.leader._step()
        yield first, second


def push(store: Store, fence: int) -> int:
    return store.begin_push("sw-1", ["interface Gi1/0/7"], SYSTEM, NINE, fence=fence)


def test_one_leads_and_the_other_waits_and_says_for_whom(two: tuple[Controller, Controller]) -> None:
    first, second = two
    assert (first.leader.leads, second.leader.leads) == (True, False)
    assert (first.taken, second.taken) == (["lead"], [])
    with pytest.raises(LeadLost, match="one"):
        second.leader.fence()


def test_while_the_leader_lives_nobody_takes_over(two: tuple[Controller, Controller], clock: FixedClock) -> None:
    first, second = two
    for _ in range(40):
        clock.advance(timedelta(seconds=BEAT))
        first.leader._step()
        second.leader._step()
    assert (first.leader.leads, second.leader.leads) == (True, False)


def test_a_leader_that_falls_silent_is_replaced_within_half_a_minute(
    two: tuple[Controller, Controller], clock: FixedClock
) -> None:
    _, second = two
    waited = 0.0
    while not second.leader.leads:
        clock.advance(timedelta(seconds=BEAT))
        waited += BEAT
        second.leader._step()
    assert LASTS.total_seconds() <= waited <= 30
    assert second.taken == ["lead"]


def test_a_leader_that_was_held_up_past_its_lease_pushes_nothing_any_more(
    two: tuple[Controller, Controller], clock: FixedClock, store: Store
) -> None:
    first, second = two
    old = first.leader.fence()
    for _ in range(6):
        clock.advance(timedelta(seconds=BEAT))
        second.leader._step()
    new = second.leader.fence()
    assert new > old
    with pytest.raises(LeadLost, match="two"):
        push(store, old)
    with pytest.raises(LeadLost, match="two"):
        first.leader.fence()
    assert not first.leader.leads
    assert push(store, new)
    assert [each.device for each in store.unfinished_pushes()] == ["sw-1"]


def test_a_leader_that_was_held_up_but_not_replaced_goes_on(
    two: tuple[Controller, Controller], clock: FixedClock
) -> None:
    first, _ = two
    number = first.leader.fence()
    clock.advance(timedelta(minutes=10))
    assert first.leader.fence() == number


def test_a_leader_that_ends_in_good_order_is_replaced_at_once(
    two: tuple[Controller, Controller], clock: FixedClock
) -> None:
    first, second = two
    first.leader.stop()
    second.leader._step()
    assert second.leader.leads


def test_a_controller_that_was_killed_leads_again_at_once_when_it_is_started_in_its_folder(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    with controller(tmp_path / "one", store, clock) as killed:
        killed.leader._step()
        with controller(tmp_path / "one", store, clock) as early:
            # The first still lives: its folder is locked.
            early.leader._step()
            assert not early.leader.leads
        assert killed.leader._lock is not None
        killed.leader._lock.close()
        with controller(tmp_path / "one", store, clock) as again:
            again.leader._step()
            assert again.leader.leads
            assert again.leader.fence() == 2


def test_two_that_wait_do_not_both_take_over(two: tuple[Controller, Controller], clock: FixedClock) -> None:
    first, second = two
    store = first.leader._store
    seen = store.lease()
    store.take_lead("third", seen, clock.now())
    with pytest.raises(LeadLost):
        store.take_lead("fourth", seen, clock.now())
    assert store.lease() == Lease(2, "third")
    assert not second.leader.leads


def test_while_the_database_is_gone_nobody_is_sure_any_more(
    two: tuple[Controller, Controller], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = two

    def gone(_: Lease) -> Lease:
        raise StoreGone("The database cannot be reached.")

    monkeypatch.setattr(first.leader._store, "beat", gone)
    first.leader._step()
    assert first.leader.fence() == 1
    clock.advance(LASTS)
    with pytest.raises(StoreGone):
        first.leader.fence()


def test_who_took_the_lead_is_written_down(two: tuple[Controller, Controller]) -> None:
    store = two[0].leader._store
    (row,) = store.audit(action="lead")
    assert (row.action, row.detail["number"]) == ("lead.take", 1)
