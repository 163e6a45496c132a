"""The loop: what wakes it, when it publishes, and what holds when a turn cannot be finished."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from controller import loop as looping
from controller import publish, table_history
from controller.accounts import SYSTEM
from controller.clock import FixedClock
from controller.home import Home
from controller.loop import Loop, World
from controller.model import IntendedState
from controller.policy.source import NoPolicy, PolicySource
from controller.store import Store, StoreFull
from dns_filter import table_file
from tests.controller.school import DAY, DEVICES, HOUR, IPAD, NINE, TEXT, window
from tests.waiting import until

SECOND = timedelta(seconds=1)


@dataclass
class Turning:
    """A loop with all it stands on. `heard` are the intents it told of."""

    home: Home
    store: Store
    clock: FixedClock
    loop: Loop
    heard: list[IntendedState] = field(default_factory=list)

    def epoch(self) -> int:
        return table_file.read(self.home.table).epoch


def make(home: Home, store: Store) -> Turning:
    clock = FixedClock(NINE)
    heard: list[IntendedState] = []
    loop = Loop(World(home, store, clock, PolicySource(home.policy, store)), heard.append)
    return Turning(home, store, clock, loop, heard)


@pytest.fixture
def turning(tmp_path: Path) -> Iterator[Turning]:
    home = Home(tmp_path)
    home.make()
    home.policy.write_text(TEXT)
    with Store.open(home.database_url) as store:
        store.put_devices(DEVICES, SYSTEM, NINE)
        made = make(home, store)
        yield made
        made.loop.stop()


def test_after_the_start_there_is_a_table_and_an_intent(turning: Turning) -> None:
    turning.loop.start()
    assert turning.heard == [turning.loop.intent()]
    assert turning.epoch() == turning.heard[0].table.epoch


def test_a_turn_that_says_nothing_new_publishes_nothing(turning: Turning) -> None:
    turning.loop.turn()
    before = turning.home.table.stat()
    turning.clock.advance(SECOND)
    assert turning.loop.turn().table.epoch == turning.epoch()
    assert turning.home.table.stat().st_ino == before.st_ino


def test_a_lesson_that_somebody_opens_is_published_with_its_end(turning: Turning) -> None:
    first = turning.loop.turn().table.epoch
    opened = turning.store.open_window(window(1), SYSTEM, NINE)
    turning.loop.turn()
    table = table_file.read(turning.home.table)
    assert table.epoch > first
    ends = {
        grant.closes_at for cohort in table.cohorts.values() for grant in cohort.grants if grant.window == opened.id
    }
    # The lesson of the timetable that begins meanwhile goes on with it; the later of both ends counts.
    assert max(ends) >= opened.closes_at.timestamp()


def test_what_wakes_it_does_not_matter_it_reads_everything_again(turning: Turning) -> None:
    turning.loop.start()
    turning.store.open_window(window(1), SYSTEM, NINE)
    turning.loop.wake("a cat on the keyboard")
    until(lambda: len(turning.heard) > 1)
    assert turning.heard[-1].table.epoch > turning.heard[0].table.epoch


def test_it_turns_by_itself_when_the_intent_runs_out(turning: Turning) -> None:
    turning.loop.start()
    turning.clock.set(turning.heard[0].valid_until)
    until(lambda: len(turning.heard) > 1)
    assert turning.heard[-1].at >= turning.heard[0].valid_until


def test_it_takes_a_changed_policy_by_itself(turning: Turning) -> None:
    turning.loop.start()
    turning.home.policy.write_text(TEXT.replace("Hill Primary", "Mount Primary"))
    step = threading.Event()

    def taken() -> bool:
        turning.clock.advance(SECOND)
        step.wait(0.02)
        return turning.heard[-1].table.school == "Mount Primary School"

    until(taken)


def test_a_new_school_with_a_bad_policy_does_not_start(turning: Turning) -> None:
    turning.home.policy.write_text("school: nobody\n")
    with pytest.raises(NoPolicy):
        turning.loop.start()
    turning.loop.stop()
    assert turning.loop.intent() is None


def test_while_the_store_is_full_the_last_intent_stays_and_it_is_said(
    turning: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    turning.loop.start()
    first = turning.loop.intent()
    with monkeypatch.context() as full:
        full.setattr(turning.store, "windows", _full)
        turning.loop.wake("a lesson")
        until(lambda: turning.loop.problem)
        assert turning.loop.problem == "The disk is full."
        assert turning.loop.intent() is first
    # Again and again: it may not have begun to wait when it has said what is wrong.
    until(lambda: turning.clock.advance(SECOND) and not turning.loop.problem)
    assert len(turning.heard) > 1


def test_a_table_that_cannot_be_written_is_tried_again_and_nobody_acts_on_it(
    turning: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = turning.loop.turn()
    turning.store.open_window(window(1), SYSTEM, NINE)
    with monkeypatch.context() as full:
        full.setattr(publish, "publish", _no_space)
        with pytest.raises(OSError, match="No space"):
            turning.loop.turn()
    assert turning.loop.intent() is first
    assert turning.heard == [first]
    assert turning.epoch() == first.table.epoch
    assert turning.loop.turn().table.epoch == turning.epoch() > first.table.epoch


def test_a_bug_in_a_turn_ends_the_thread_and_is_not_swallowed(
    turning: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: caught.append(told.exc_type))
    turning.loop.start()
    monkeypatch.setattr(looping, "compile_intent", lambda *_, **__: {}["bug"])
    turning.loop.wake("a bug")
    until(lambda: caught)
    assert caught == [KeyError]


@pytest.mark.parametrize("damage", ["removed", "cut off"])
def test_a_table_that_somebody_else_damaged_is_published_again(turning: Turning, damage: str) -> None:
    first = turning.loop.turn().table
    if damage == "removed":
        turning.home.table.unlink()
    else:
        turning.home.table.write_bytes(turning.home.table.read_bytes()[:100])
    turning.loop.turn()
    assert turning.epoch() > first.epoch
    assert publish.says_the_same(table_file.read(turning.home.table), first)


def test_in_the_holidays_the_table_still_reaches_ahead(turning: Turning) -> None:
    turning.clock.set(NINE + 60 * DAY)
    turning.loop.turn()
    for _ in range(15 * 24):
        turning.clock.advance(HOUR)
        turning.loop.turn()
    assert table_file.read(turning.home.table).horizon - turning.clock.now().timestamp() > 13 * DAY.total_seconds()


def test_a_restart_does_not_publish_what_is_in_force_already(turning: Turning) -> None:
    first = turning.loop.turn().table.epoch
    again = make(turning.home, turning.store)
    assert again.loop.turn().table.epoch == first


def test_after_a_restart_a_damaged_table_is_not_taken_for_good(turning: Turning) -> None:
    turning.loop.turn()
    turning.store.open_window(window(1), SYSTEM, NINE)
    highest = turning.loop.turn().table.epoch
    turning.home.table.write_text("{}")
    again = make(turning.home, turning.store)
    assert again.loop.turn().table.epoch > highest
    assert turning.epoch() > highest


def test_a_store_from_an_old_backup_never_lowers_the_epoch(turning: Turning, tmp_path: Path) -> None:
    """A filter takes no table below the epoch it has: it would be deaf until the store has caught up."""
    for number in range(1, 4):
        turning.store.open_window(window(number, start=number), SYSTEM, NINE + number * 10 * SECOND)
        turning.loop.turn()
    highest = turning.epoch()
    with Store.open(f"sqlite:///{tmp_path}/restored.db") as restored:
        older = make(turning.home, restored)
        assert older.loop.turn().table.epoch > highest


def test_everybody_hears_of_intents_in_the_order_in_which_they_were_made(turning: Turning) -> None:
    def turn_often() -> None:
        for _ in range(10):
            turning.clock.advance(SECOND)
            turning.loop.turn()

    callers = [threading.Thread(target=turn_often) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    moments = [intent.at for intent in turning.heard]
    assert len(moments) == 40
    assert moments == sorted(moments)
    assert turning.loop.intent() is turning.heard[-1]


def test_a_registered_ipad_is_decided_in_the_same_turn(turning: Turning) -> None:
    assert IPAD in turning.loop.turn().decisions


def _full(*_: object) -> None:
    raise StoreFull("The disk is full.")


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_table_that_a_crash_left_unkept_is_kept_for_the_past_at_the_next_start(turning: Turning) -> None:
    turning.loop.turn()
    for each in turning.home.table_history.iterdir():
        each.unlink()
    again = make(turning.home, turning.store)
    again.loop.start()
    again.loop.stop()
    found = table_history.table_at(turning.home.table_history, NINE)
    assert found is not None
    assert found.epoch == turning.epoch()
