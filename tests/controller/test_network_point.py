"""One device and its thread: what it shows of itself, how it falls back, and that nothing is sent unwritten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from controller.accounts import SYSTEM
from controller.clock import FixedClock
from controller.model import Brake, HeldBack, IntendedState, Plan, PointState
from controller.network_point import NetworkPoint
from controller.policy import Brakes
from controller.push.moments import Moments
from controller.push.point_state import LONGEST_PAUSE, LOOK_AGAIN, part_of
from controller.push.surroundings import Undo
from controller.situation import Situation
from controller.store import LeadLost, Store, StoreFull
from device_drivers.model import (
    Driver,
    HostKeyChanged,
    LoginRefused,
    NeighbourKind,
    Observed,
    Refused,
    Session,
    SetAccessVlan,
    Unreachable,
    Unreadable,
)
from inventory.model import Mode, Purpose, Sighting, Switch
from tests.controller.networks import intent, moved, port, switch
from tests.controller.obedient import Device
from tests.controller.school import DEVICES, GATEWAY, IPAD, NINE, STRANGER, SWITCH, at, school, window
from tests.waiting import until

POLL = 15.0
SECOND = timedelta(seconds=1)


@dataclass
class Around:
    """The rest of the house, for one device. `obstacle` is raised in the place of the next connections."""

    store: Store
    device: Device
    clock: FixedClock
    poll: float = POLL
    obstacle: Exception | None = None
    connections: int = 0
    forced: list[bool] = field(default_factory=list)
    lanes: list[bool] = field(default_factory=list)
    led_by_another: bool = False
    brakes: Brakes = field(default_factory=Brakes)

    def fence(self) -> int:
        if self.led_by_another:
            raise LeadLost("Another controller leads: two; this one waits.")
        return 1

    def turn(self, *, ailing: bool) -> nullcontext[None]:
        self.lanes.append(ailing)
        return nullcontext()

    def connect(self, switch: Switch, driver: Driver) -> Session:
        self.connections += 1
        if self.obstacle is not None:
            raise self.obstacle
        return self.device

    def intend(self, seen: tuple[Sighting, ...]) -> IntendedState:
        self.store.record_sightings(seen, self.clock.now())
        return intent(self.store.inventory())

    def situation(self) -> Situation:
        return Situation(self.store.inventory(), {}, {"cisco_ios": self.device.driver()}, self.brakes, 999)

    def claim(self, plan: Plan, situation: Situation) -> Plan:
        self.forced.append(situation.forced)
        return plan


@dataclass
class Running:
    around: Around
    point: NetworkPoint

    @property
    def state(self) -> PointState:
        return self.point.progress.state

    def pass_until(self, happened: Callable[[], object], seconds: float = 1.0) -> None:
        """Let the clock go on until it happened."""

        def looked() -> object:
            self.around.clock.advance(timedelta(seconds=seconds))
            return happened()

        until(looked)


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Around]:
    device = Device(switch(port("Gi1/0/7", 20), port("Gi1/0/8"), seen=[(STRANGER, "Gi1/0/7")]), NINE)
    with Store.open(f"sqlite:///{tmp_path}/caretaker.db") as store:
        store.put_devices(DEVICES, SYSTEM, NINE)
        store.put_switches((SWITCH, GATEWAY), SYSTEM, NINE)
        store.take_lead("one", None, NINE)
        yield Around(store, device, Clock(NINE))


class Clock(FixedClock):
    """Says nine to the device's own clock, whatever the pauses."""

    def now(self) -> datetime:
        return NINE


@pytest.fixture
def running(around: Around) -> Iterator[Running]:
    made = Running(around, NetworkPoint(SWITCH, around.device.driver(), around))
    yield made
    made.point.stop()
    if made.point.looked.is_set():
        made.point.join(60)


def start(running: Running) -> Running:
    running.point.start()
    until(running.point.looked.is_set)
    return running


def test_a_stranger_is_quarantined_at_the_first_look_and_written_down(running: Running) -> None:
    start(running)
    assert running.state is PointState.IN_FORCE
    assert running.around.device.observed.ports[0].access_vlan == 999
    assert running.point.progress.applied == 2
    assert running.point.shown().last_verified == NINE
    assert running.around.store.unfinished_pushes() == ()


def test_what_is_in_force_is_saved_a_moment_later(running: Running) -> None:
    start(running)
    running.pass_until(lambda: running.around.device.saved)
    assert running.around.device.saved == 1


def test_a_device_that_cannot_save_says_so_and_is_not_asked_all_the_time(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.around.device, "save", _raise(Refused("% Error writing", "sw-1")))
    start(running)
    running.pass_until(lambda: "not saved" in running.point.progress.detail)
    assert running.state is PointState.IN_FORCE
    assert running.point._rest() == POLL


@pytest.mark.parametrize(
    ("obstacle", "state", "rest"),
    [
        (Unreachable("no answer"), PointState.UNREACHABLE, 1.0),
        (LoginRefused("not let in"), PointState.SET_ASIDE, LONGEST_PAUSE),
        (HostKeyChanged("SHA256:a", "SHA256:b"), PointState.SET_ASIDE, LONGEST_PAUSE),
        (Refused("% Invalid input"), PointState.SET_ASIDE, LOOK_AGAIN),
        (Unreadable("a table with no header"), PointState.SET_ASIDE, LOOK_AGAIN),
    ],
)
def test_what_is_in_the_way_is_shown_and_the_device_is_left_alone_for_a_while(
    running: Running, obstacle: Exception, state: PointState, rest: float
) -> None:
    running.around.obstacle = obstacle
    start(running)
    assert running.state is state
    assert str(obstacle) in running.point.progress.detail
    assert running.point._rest() == rest
    running.around.obstacle = None
    running.point.wake()
    until(lambda: running.state is PointState.IN_FORCE)


def test_a_device_that_does_not_answer_is_asked_less_and_less_often(running: Running) -> None:
    running.around.obstacle = Unreachable("no answer")
    rests = []
    for _ in range(9):
        running.point._turn()
        rests.append(running.point._rest())
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert running.point.progress.since == NINE


def test_it_says_since_when_it_has_been_so(running: Running) -> None:
    running.around.obstacle = Unreachable("no answer")
    running.point._turn()
    first = running.point.shown().since
    running.point._turn()
    assert running.point.shown().since == first


def test_a_line_that_dies_is_opened_again(running: Running) -> None:
    start(running)
    running.around.device.silent_after = 0
    running.point.wake()
    until(lambda: running.state is PointState.UNREACHABLE)
    assert running.around.device.closed
    running.around.device.silent_after = 10_000
    running.point.wake()
    until(lambda: running.state is PointState.IN_FORCE)
    assert running.around.connections == 3, "the first, its spare, and the new one"


def test_nothing_is_sent_that_cannot_be_written_down_first(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(running.around.store, "begin_push", _raise(StoreFull("The disk is full.")))
        start(running)
        assert (running.state, running.point.progress.detail) == (PointState.PENDING, "The disk is full.")
        assert running.around.device.sent == []
    running.point.wake()
    until(lambda: running.state is PointState.IN_FORCE)


def test_a_push_in_which_our_own_database_failed_does_not_stay_unfinished(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = running.around.store
    with monkeypatch.context() as full:
        full.setattr(store, "end_push", _raise(StoreFull("The disk is full.")))
        running.point.start()
        until(lambda: running.point.progress.state is PointState.PENDING)
        assert len(store.unfinished_pushes()) == 1
    running.point.wake()
    until(lambda: running.point.progress.state is PointState.IN_FORCE)
    assert store.unfinished_pushes() == ()


def test_no_intent_is_acted_on_whose_table_could_not_be_published(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.around, "intend", _raise(OSError(28, "No space left on device")))
    start(running)
    assert running.state is PointState.PENDING
    assert "No space left" in running.point.progress.detail
    assert running.around.device.sent == []


def test_a_change_that_does_not_come_out_is_undone_shown_and_not_tried_every_moment(running: Running) -> None:
    """An empty port: nobody is let in by it."""
    running.around.device.observed = switch(port("Gi1/0/9", 20))
    running.around.device.disobeys = {"Gi1/0/9": 30}
    start(running)
    assert running.state is PointState.PENDING
    assert "did not come out" in running.point.progress.detail
    assert running.point._rest() == POLL
    running.point.wake()
    until(lambda: running.state is PointState.IN_FORCE)


def test_a_quarantine_that_does_not_come_out_is_tried_again_at_once(running: Running) -> None:
    running.around.device.disobeys = {"Gi1/0/7": 30}
    start(running)
    until(lambda: running.state is PointState.IN_FORCE)
    assert running.around.device.observed.ports[0].access_vlan == 999


def test_a_quarantine_that_fails_climbs_to_shutting_the_port_and_then_rests_with_an_alarm(running: Running) -> None:
    running.around.device.deaf = frozenset({"Gi1/0/7"})
    start(running)
    until(lambda: "ALARM: Gi1/0/7" in running.point.progress.detail)
    sent = [type(change).__name__ for change in running.around.device.made]
    assert sent[-1] == "SetShutdown"
    assert sent.index("Bounce") < sent.index("SetShutdown")
    assert sent.count("SetShutdown") == 1
    assert running.around.connections >= 2, "another session is one of the steps"
    assert running.point._rest() >= POLL


def test_a_phone_on_the_port_keeps_its_link_whatever_fails(running: Running) -> None:
    running.around.device.observed = switch(
        port("Gi1/0/7", 20), seen=[(STRANGER, "Gi1/0/7")], behind=[("Gi1/0/7", NeighbourKind.PHONE)]
    )
    running.around.device.deaf = frozenset({"Gi1/0/7"})
    start(running)
    until(lambda: "ALARM: Gi1/0/7" in running.point.progress.detail)
    assert {type(change).__name__ for change in running.around.device.made} == {"SetAccessVlan"}


def test_while_another_controller_leads_nothing_is_even_connected_to(running: Running) -> None:
    running.around.led_by_another = True
    start(running)
    assert (running.state, running.around.connections) == (PointState.PENDING, 0)
    assert "two" in running.point.progress.detail
    running.around.led_by_another = False
    running.point.wake()
    until(lambda: running.state is PointState.IN_FORCE)


def test_a_bug_met_in_one_devices_words_sets_that_device_aside_shown_and_counted(around: Around) -> None:
    def buggy(_: object) -> Observed:
        raise IndexError("list index out of range")

    point = NetworkPoint(SWITCH, replace(around.device.driver(), parse=buggy), around)
    point._turn()
    point._turn()
    shown = point.shown()
    assert (shown.state, shown.bugs) == (PointState.SET_ASIDE, 2)
    assert "IndexError at test_network_point.py:" in shown.detail
    assert point._rest() == LOOK_AGAIN


def test_devices_that_do_not_answer_wait_in_a_lane_of_their_own(running: Running) -> None:
    running.around.obstacle = Unreachable("no answer")
    start(running)
    running.around.obstacle = None
    running.point.wake()
    until(lambda: running.state is PointState.IN_FORCE)
    assert running.around.lanes[:2] == [False, True]


def test_what_somebody_changed_by_hand_is_found_put_back_and_written_down(running: Running) -> None:
    start(running)
    running.around.device.observed = moved(running.around.device.observed, "Gi1/0/7", 20)
    running.point.wake()
    until(lambda: running.around.device.observed.ports[0].access_vlan == 999)
    until(lambda: running.around.store.audit(action="drift"))
    (row,) = running.around.store.audit(action="drift")
    assert "was=20, becomes=999" in str(row.detail["change"])


def test_where_the_policy_only_reports_drift_it_is_shown_until_a_person_has_it_put_back(running: Running) -> None:
    running.around.brakes = Brakes(drift="report")
    start(running)
    running.around.device.observed = moved(running.around.device.observed, "Gi1/0/7", 20)
    for _ in range(3):
        running.point.wake()
        turns = len(running.around.forced)
        until(lambda turns=turns: len(running.around.forced) > turns)  # type: ignore[misc]
    until(lambda: [held.brake for held in running.point.shown().held_back] == ["drift"])
    assert running.around.device.observed.ports[0].access_vlan == 20
    assert [each.change for each in running.point.shown().drift] == [SetAccessVlan("Gi1/0/7", 20, 999)]
    assert len(running.around.store.audit(action="drift")) == 1
    running.point.force()
    until(lambda: running.around.device.observed.ports[0].access_vlan == 999)


def test_drift_is_known_for_what_it_is_after_a_restart_too(around: Around) -> None:
    first = NetworkPoint(SWITCH, around.device.driver(), around)
    first._turn()
    around.device.observed = moved(around.device.observed, "Gi1/0/7", 20)
    around.brakes = Brakes(drift="report")
    again = NetworkPoint(SWITCH, around.device.driver(), around)
    again._turn()
    assert [held.brake for held in again.shown().held_back] == ["drift"]


def test_a_push_is_taken_back_and_its_ports_are_only_looked_at_from_then_on(running: Running) -> None:
    start(running)
    store = running.around.store
    renewal, push = store.pushes("sw-1")
    assert renewal.moves == ()
    assert push.moves == (("Gi1/0/7", 20, 999),)
    running.point.undo(Undo(push, SYSTEM, "wrong room"))
    until(lambda: running.around.device.observed.ports[0].access_vlan == 20)
    until(lambda: store.inventory().ports)
    running.point.wake()
    until(lambda: [held.brake for held in running.point.shown().held_back] == ["mode"])
    assert [each.undoes for each in store.pushes("sw-1") if each.moves] == [push.id, None]
    assert running.around.device.observed.ports[0].access_vlan == 20
    assert store.audit(action="drift") == ()


def test_a_change_that_was_in_force_but_not_saved_is_saved_after_a_restart(around: Around) -> None:
    first = NetworkPoint(SWITCH, around.device.driver(), around)
    first._turn()
    again = NetworkPoint(SWITCH, around.device.driver(), around)
    again._turn()
    assert around.device.saved == 1
    third = NetworkPoint(SWITCH, around.device.driver(), around)
    third._turn()
    assert around.device.saved == 1


def test_every_push_tells_when_it_was_needed_decided_sent_taken_and_proven(around: Around) -> None:
    point = NetworkPoint(SWITCH, around.device.driver(), around)
    point._turn()
    _, push = around.store.pushes("sw-1")
    assert push.moments == Moments(NINE, NINE, NINE, NINE, NINE)
    assert push.moments.seconds == 0


def test_what_was_applied_before_a_refusal_is_counted_and_saved_later(running: Running) -> None:
    observed = switch(
        port("Gi1/0/7", 20), port("Gi1/0/9", 20), seen=[(STRANGER, "Gi1/0/7"), (IPAD[:-2] + "77", "Gi1/0/9")]
    )
    running.around.device.observed = observed
    running.around.device.refuses = frozenset({"Gi1/0/9"})
    start(running)
    assert running.state is PointState.SET_ASIDE
    assert running.point.progress.applied == 2
    running.around.device.refuses = frozenset()
    running.point.wake()
    until(lambda: running.state is PointState.IN_FORCE)
    running.pass_until(lambda: running.around.device.saved)


def test_a_switch_that_is_only_observed_is_never_sent_anything(around: Around) -> None:
    looked_at = replace(SWITCH, mode=Mode.OBSERVE)
    around.store.put_switches((looked_at,), SYSTEM, NINE)
    point = NetworkPoint(looked_at, around.device.driver(), around)
    point._turn()
    assert point.progress.state is PointState.OBSERVED_ONLY
    assert "1 changes would be made" in point.progress.detail
    assert around.device.sent == []
    assert [held.brake for held in point.shown().held_back] == ["mode"]


def test_what_waits_for_the_next_minute_is_pending_not_in_force(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_is_left(plan: Plan, situation: Situation) -> Plan:
        waiting = tuple(HeldBack(each, Brake.BLAST_RADIUS, "it follows") for each in plan.changes)
        return replace(plan, changes=(), held_back=waiting)

    monkeypatch.setattr(running.around, "claim", nothing_is_left)
    running.point._turn()
    assert running.state is PointState.PENDING
    assert running.point.progress.detail == "1 changes follow within a minute"
    assert running.around.device.sent == []


def test_a_persons_word_holds_for_one_turn(running: Running) -> None:
    running.point.force()
    running.point._turn()
    running.point._turn()
    assert running.around.forced == [True, False]


def test_an_intent_that_concerns_others_does_not_wake_it_and_is_in_force_at_once(running: Running) -> None:
    start(running)
    running.pass_until(lambda: running.around.device.saved)
    turns = len(running.around.forced)
    inventory = running.around.store.inventory()
    other = intent(inventory, window(1))
    running.point.hear(replace(other, table=other.table.model_copy(update={"epoch": 99})))
    assert running.point.shown().epoch == 99
    assert len(running.around.forced) == turns


def test_the_part_of_an_intent_is_what_the_device_has_to_carry_out() -> None:
    inventory = school(seen=[at(IPAD, "10.20.0.11", "Gi1/0/7")])
    rests, opened = intent(inventory), intent(inventory, window(1, start=-5))
    assert part_of(rests, SWITCH) == part_of(opened, SWITCH)
    assert part_of(rests, GATEWAY) != part_of(opened, GATEWAY)
    assert part_of(rests, replace(GATEWAY, purpose=Purpose.WIRELESS)) == ({}, frozenset())


def test_a_bug_in_a_turn_ends_the_thread_and_is_not_swallowed(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: caught.append(told.exc_type))
    monkeypatch.setattr(running.around, "situation", _raise(ZeroDivisionError()))
    running.point.start()
    until(lambda: caught)
    assert caught == [ZeroDivisionError]


def test_a_device_whose_row_changed_is_taken_over_when_the_old_thread_has_ended(around: Around) -> None:
    holding, release = threading.Event(), threading.Event()
    connected = around.connect

    def slow(switch: Switch, driver: Driver) -> Session:
        holding.set()
        release.wait(60)
        return connected(switch, driver)

    around.connect = slow  # type: ignore[method-assign]
    old = NetworkPoint(SWITCH, around.device.driver(), around)
    old.start()
    until(holding.is_set)
    new = NetworkPoint(replace(SWITCH, room="hall"), around.device.driver(), around, old)
    old.stop()
    new.start()
    assert not new.looked.wait(0.05)
    assert around.connections == 0
    release.set()
    until(new.looked.is_set)
    assert old.looked.is_set()
    new.stop()
    new.join(60)


def _raise(error: Exception) -> Callable[..., None]:
    def raising(*_: object, **__: object) -> None:
        raise error

    return raising
