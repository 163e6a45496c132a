"""One push to one device: what is sent around it where a platform can take it back, and mistakes of a driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from controller.diff import Reading
from controller.model import Because, PlannedChange
from controller.push.carry_out import carry_out, guarded, observe
from controller.push.moments import Moments
from controller.push.outcome import Line, Outcome
from device_drivers.acl import compile_list
from device_drivers.model import (
    Ace,
    CommitConfirm,
    Driver,
    DriverBug,
    Observed,
    Refused,
    SetAccessList,
    SetAccessVlan,
    Unreachable,
    Verb,
)
from tests.controller.networks import port, switch
from tests.controller.obedient import Device
from tests.controller.push.test_laws_of_pushes import NoJournal as AnyJournal
from tests.controller.school import NINE, SWITCH

CHANGE = PlannedChange(SWITCH.name, SetAccessVlan("ge-0/0/7", 20, 999), Because("unknown", "Nobody registered it."))
CONFIRM = CommitConfirm(
    arm=("checkpoint {minutes}",), commit=("commit confirmed {minutes}",), keep=("commit",), back=("rollback",)
)


@dataclass
class Careful:
    """A device that takes a push back unless it is confirmed; it remembers what it heard."""

    device: Device
    heard: list[str] = field(default_factory=list)
    fails_at: str = ""

    def read(self, commands: Sequence[str]) -> Mapping[str, str]:
        return self.device.read(commands)

    def send(self, lines: Sequence[str], *, config: bool) -> str:
        del config
        for line in lines:
            known = line in self.device._told
            self.heard.append("change" if known else line)
            if line == self.fails_at:
                raise Unreachable("no answer", "sw-1")
            if known:
                self.device.send([line], config=True)
        return ""

    def save(self, commands: Sequence[str]) -> None:
        raise AssertionError(f"nobody asked to save: {commands}")

    def close(self) -> None: ...


class NoJournal:
    def begin(self, lines: Sequence[str], moves: Sequence[object]) -> int:
        assert lines
        assert moves
        return 1

    def end(self, number: int, outcome: str, moments: Moments) -> None:
        self.ended = outcome, number, moments


@dataclass
class Door:
    """Whether a new connection comes in, after `lets` of them."""

    lets: int = 1_000
    knocks: int = 0

    def knock(self) -> None:
        self.knocks += 1
        if self.knocks > self.lets:
            raise Unreachable("no answer", "gw")


LIST = compile_list("pupils", [Ace(Verb.PERMIT, "ip", "any", "any")])
LISTED = PlannedChange(SWITCH.name, SetAccessList(LIST.name, "vlan20", None, LIST), Because("segments", "A list."))


@pytest.mark.parametrize(("lets", "stands"), [(1_000, True), (0, False)])
def test_a_list_that_lets_no_new_connection_in_is_taken_back_over_the_one_that_stands(lets: int, stands: bool) -> None:
    device, door = Device(switch(port("ge-0/0/7", 20)), NINE), Door(lets)
    line = Line(device.driver(), device, lambda: NINE, AnyJournal(), door.knock)
    done = carry_out(Outcome(SWITCH.name), (LISTED, CHANGE), line)
    assert (device.observed.bindings == {"vlan20": LIST.name}) is stands
    assert done.verified is stands
    assert CHANGE in done.applied, "what else was told stays"
    assert stands or (isinstance(done.error, Refused) and done.undone == (LISTED,))


def test_nobody_knocks_for_a_port_that_is_moved() -> None:
    device, door = Device(switch(port("ge-0/0/7", 20)), NINE), Door(0)
    assert carry_out(
        Outcome(SWITCH.name), (CHANGE,), Line(device.driver(), device, lambda: NINE, AnyJournal(), door.knock)
    ).verified
    assert door.knocks == 0


def push(careful: Careful, confirm: CommitConfirm | None = CONFIRM) -> tuple[Outcome, NoJournal]:
    journal = NoJournal()
    driver = replace(careful.device.driver(), confirm=confirm)
    return carry_out(Outcome(SWITCH.name), (CHANGE,), Line(driver, careful, lambda: NINE, journal)), journal


def test_a_push_that_was_read_back_is_kept() -> None:
    careful = Careful(Device(switch(port("ge-0/0/7", 20)), NINE))
    done, journal = push(careful)
    assert done.verified
    assert careful.heard == ["checkpoint 5", "change", "commit confirmed 5", "commit"]
    assert journal.ended[0] == "verified"


def test_a_push_that_was_not_read_back_as_meant_is_taken_back_by_the_device() -> None:
    careful = Careful(Device(switch(port("ge-0/0/7", 20)), NINE, deaf=frozenset({"ge-0/0/7"})))
    done, journal = push(careful)
    assert careful.heard == ["checkpoint 5", "change", "commit confirmed 5", "rollback"]
    assert done.failed == (CHANGE,)
    assert journal.ended[0].startswith("failed")


def test_a_push_whose_confirmation_does_not_arrive_is_left_to_the_device() -> None:
    """It goes back by itself; the next look says what holds."""
    careful = Careful(Device(switch(port("ge-0/0/7", 20)), NINE), fails_at="commit")
    done, _ = push(careful)
    assert (done.verified, done.failed) == (False, (CHANGE,))
    assert isinstance(done.error, Unreachable)


def test_without_such_a_platform_nothing_is_sent_but_the_change() -> None:
    careful = Careful(Device(switch(port("ge-0/0/7", 20)), NINE))
    push(careful, None)
    assert careful.heard == ["change"]


def test_a_mistake_in_a_driver_names_its_place_and_is_one_devices() -> None:
    def parse(_: Mapping[str, str]) -> Observed:
        raise KeyError("Vlan")

    device = Device(switch(), NINE)
    driver: Driver = replace(device.driver(), parse=parse)
    with pytest.raises(DriverBug, match=r"KeyError at test_carry_out\.py:\d+: 'Vlan'"):
        observe(driver, device, lambda: NINE)


def test_what_a_device_says_no_to_is_no_mistake_of_the_driver() -> None:
    def refuses() -> None:
        raise Refused("% Invalid")

    with pytest.raises(Refused):
        guarded(refuses)


def test_a_driver_that_cannot_render_sends_nothing() -> None:
    careful = Careful(Device(switch(port("ge-0/0/7", 20)), NINE))

    def render(*_: object) -> tuple[str, ...]:
        raise IndexError("no such port")

    driver = replace(careful.device.driver(), render=render)
    begun = Outcome(SWITCH.name, Reading(careful.device.observed, NINE))
    done = carry_out(begun, (CHANGE,), Line(driver, careful, lambda: NINE, NoJournal()))
    assert isinstance(done.error, DriverBug)
    assert (done.failed, careful.heard) == ((CHANGE,), [])
