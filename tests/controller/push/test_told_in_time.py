"""A way out ends at its bell however long its push was under way: the gateway counts from when it hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from controller.clock import FixedClock
from controller.model import Because, PlannedChange
from controller.push.carry_out import TELLINGS, carry_out
from controller.push.outcome import Line, Outcome
from device_drivers.model import GrantInternet
from device_drivers.platforms.linux_gateway import DRIVER
from device_drivers.simulator.dialects.linux import Gateway
from device_drivers.simulator.site import DeviceSite
from device_drivers.simulator.world import World
from tests.controller.push.test_laws_of_pushes import NoJournal
from tests.controller.school import GATEWAY, NINE

IPAD = "10.20.0.11"


@dataclass
class FarGateway:
    """A session with a simulated gateway. Each push takes as long to arrive as `ways` says, then no time at all."""

    clock: FixedClock
    ways: list[float] = field(default_factory=list)
    pushes: int = 0

    def __post_init__(self) -> None:
        site = DeviceSite(name="gateway", dialect="linux", password="x")
        self.machine = Gateway(site, World(), lambda: self.clock.now().timestamp())

    def read(self, commands: Sequence[str]) -> Mapping[str, str]:
        return {command: self.machine.login().obey(command).text for command in commands}

    def send(self, lines: Sequence[str], *, config: bool) -> str:
        del config
        if not lines:
            return ""
        self.pushes += 1
        self.clock.advance(timedelta(seconds=self.ways.pop(0) if self.ways else 0.0))
        answers = [self.machine.login().obey(line) for line in lines]
        assert not any(answer.status for answer in answers)
        return ""

    def save(self, commands: Sequence[str]) -> None:
        raise AssertionError(f"nobody asked to save: {commands}")

    def close(self) -> None: ...

    def lets_out(self) -> bool:
        return bool(DRIVER.parse(self.read(DRIVER.reads)).grants)


@dataclass
class SlowDisk(NoJournal):
    clock: FixedClock
    takes: float

    def begin(self, lines: Sequence[str], moves: Sequence[object]) -> int:
        self.clock.advance(timedelta(seconds=self.takes))
        return len(lines) + len(moves)


def open_for(seconds: float, gateway: FarGateway, disk: float = 0.0) -> Outcome:
    change = GrantInternet(IPAD, None, NINE + timedelta(seconds=seconds))
    planned = PlannedChange(GATEWAY.name, change, Because("gateway.grants", "Its lesson lets it out."))
    line = Line(DRIVER, gateway, gateway.clock.now, SlowDisk(gateway.clock, disk))
    return carry_out(Outcome(GATEWAY.name), (planned,), line)


def ends_at(gateway: FarGateway) -> float:
    """Seconds after nine at which nobody is let out any more."""
    while gateway.lets_out():
        gateway.clock.advance(timedelta(seconds=0.05))
    return (gateway.clock.now() - NINE).total_seconds()


@pytest.mark.parametrize("seconds", [60, 60.75])
def test_what_was_told_at_once_ends_at_the_bell_to_a_part_of_a_second(seconds: float) -> None:
    gateway = FarGateway(FixedClock(NINE))
    assert open_for(seconds, gateway).verified
    assert gateway.pushes == 1
    assert ends_at(gateway) == pytest.approx(seconds, abs=0.1)


def test_the_time_it_took_to_write_the_push_down_is_not_given_on_top() -> None:
    gateway = FarGateway(FixedClock(NINE))
    assert open_for(60, gateway, disk=20).verified
    assert ends_at(gateway) == pytest.approx(60, abs=0.1)


def test_what_was_long_under_way_is_told_again_by_what_is_left_then() -> None:
    gateway = FarGateway(FixedClock(NINE), ways=[4.0, 4.0])
    assert open_for(60, gateway).verified
    assert (gateway.pushes, ends_at(gateway)) == (3, pytest.approx(60, abs=0.1))


def test_a_way_that_is_always_long_is_not_told_for_ever() -> None:
    gateway = FarGateway(FixedClock(NINE), ways=[3.0] * 20)
    open_for(600, gateway)
    assert gateway.pushes == TELLINGS
    assert ends_at(gateway) == pytest.approx(603, abs=0.1), "the next look finds it three seconds late"


def test_what_arrived_after_the_bell_is_closed_at_once() -> None:
    gateway = FarGateway(FixedClock(NINE), ways=[25.0])
    open_for(20, gateway)
    assert not gateway.lets_out()


def test_what_was_written_down_until_the_bell_was_near_is_not_opened_any_more() -> None:
    gateway = FarGateway(FixedClock(NINE), ways=[5.0])
    assert open_for(20, gateway, disk=16).verified
    assert (gateway.pushes, gateway.lets_out()) == (0, False)
