"""A push that is cut off is taken back by the switch itself, on every platform that can; one that was kept stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.model import Because, PlannedChange
from controller.push.carry_out import carry_out
from controller.push.outcome import Line, Outcome
from device_drivers.acl import compile_list
from device_drivers.model import (
    Ace,
    Bounce,
    Capability,
    Change,
    Driver,
    Session,
    SetAccessList,
    SetAccessVlan,
    Unreachable,
    Verb,
)
from device_drivers.platforms import drivers
from device_drivers.session import Target, connect
from device_drivers.simulator.simulator import Simulator
from device_drivers.simulator.site import DeviceSite, PlugSite, PortSite, Site
from inventory.model import SwitchName
from tests.controller.push.test_laws_of_pushes import NoJournal
from tests.controller.school import NINE
from tests.device_drivers.simulated import IPAD, PASSWORD, way_to

SIX_MINUTES = 360.0
LIST = compile_list("pupils", [Ace(Verb.DENY, "tcp", "any", "any", 853), Ace(Verb.PERMIT, "ip", "any", "any")])
LISTED = SetAccessList(LIST.name, "vlan20", None, LIST)
# Platform -> a pupil's port there.
PORTS = {"arista_eos": "Et5", "cisco_ios": "Gi1/0/5", "aruba_aoscx": "1/1/5", "juniper_junos": "ge-0/0/5"}
ARCHIVE = ("archive", " path flash:archive")


@dataclass
class Cut:
    """A session whose line dies as soon as something was sent: the answer, and our word after it, are lost."""

    live: Session
    dead: bool = False

    def read(self, commands: Sequence[str]) -> Mapping[str, str]:
        if self.dead:
            raise Unreachable("cut off", "sw-hall")
        return self.live.read(commands)

    def send(self, lines: Sequence[str], *, config: bool) -> str:
        if self.dead:
            raise Unreachable("cut off", "sw-hall")
        said = self.live.send(lines, config=config)
        self.dead = config
        return said

    def save(self, commands: Sequence[str]) -> None:
        raise AssertionError(commands)

    def close(self) -> None: ...


@dataclass
class Hall:
    platform: str
    simulator: Simulator
    target: Target
    later: list[float]

    @property
    def driver(self) -> Driver:
        return drivers()[self.platform]

    def configuration(self) -> str:
        return self.simulator.devices["sw-hall"].machine.configuration()

    def told(self) -> str:
        return "\n".join(self.simulator.devices["sw-hall"].journal.lines())

    def push(self, change: Change, around: Callable[[Session], Session] = lambda live: live) -> Outcome:
        planned = PlannedChange(SwitchName("sw-hall"), change, Because("test", "A push."))
        live = connect(self.target)
        try:
            line = Line(self.driver, around(live), lambda: NINE, NoJournal())
            return carry_out(Outcome("sw-hall"), (planned,), line)
        finally:
            live.close()


@contextmanager
def hall(platform: str, directory: Path, config: Sequence[str] = ARCHIVE) -> Iterator[Hall]:
    """`later[0]` seconds are added to the switch's own clock."""
    later, name = [0.0], PORTS[platform]
    device = DeviceSite(
        name="sw-hall",
        dialect=platform,
        password=PASSWORD,
        vlans={"20": "pupils", "99": "quarantine"},
        ports=(PortSite(name=name, vlan=20),),
        config=tuple(config) if platform == "cisco_ios" else (),
    )
    plug = PlugSite(mac=IPAD, switch="sw-hall", port=name)
    simulator = Simulator(Site(devices=(device,), world=(plug,), directory=str(directory)), clock=lambda: later[0])
    simulator.start()
    try:
        yield Hall(platform, simulator, way_to("sw-hall", drivers()[platform], simulator, directory), later)
    finally:
        simulator.stop()


def change_of(platform: str) -> Change:
    """What the platform takes back: IOS copies its configuration first, and does so for lists alone."""
    confirm = drivers()[platform].confirm
    assert confirm is not None
    return LISTED if confirm.lists_only else SetAccessVlan(PORTS[platform], 20, 99)


def test_these_are_all_the_platforms_that_say_they_can() -> None:
    can = {name for name, driver in drivers().items() if Capability.COMMIT_CONFIRM in driver.can}
    assert can == {name for name, driver in drivers().items() if driver.confirm is not None}
    assert can == set(PORTS)


@pytest.mark.parametrize("platform", PORTS)
def test_a_push_whose_line_was_cut_is_taken_back_by_the_switch_itself(platform: str, tmp_path: Path) -> None:
    with hall(platform, tmp_path) as there:
        before = there.configuration()
        done = there.push(change_of(platform), Cut)
        assert isinstance(done.error, Unreachable)
        assert there.configuration() != before
        there.later[0] = SIX_MINUTES
        assert there.configuration() == before


@pytest.mark.parametrize("platform", PORTS)
def test_a_push_that_was_read_back_is_kept_for_good(platform: str, tmp_path: Path) -> None:
    with hall(platform, tmp_path) as there:
        before = there.configuration()
        done = there.push(change_of(platform))
        assert done.verified, done.error
        there.later[0] = SIX_MINUTES
        assert there.configuration() != before


@pytest.mark.parametrize("platform", PORTS)
def test_the_next_push_is_made_after_one_was_cut_and_taken_back(platform: str, tmp_path: Path) -> None:
    with hall(platform, tmp_path) as there:
        there.push(change_of(platform), Cut)
        there.later[0] = SIX_MINUTES
        done = there.push(change_of(platform))
        assert done.verified, done.error


@pytest.mark.parametrize("platform", PORTS)
def test_a_link_is_taken_down_and_up_without_anything_that_could_leave_it_down(platform: str, tmp_path: Path) -> None:
    with hall(platform, tmp_path) as there:
        before = there.configuration()
        assert there.push(Bounce(PORTS[platform])).verified
        there.later[0] = SIX_MINUTES
        assert there.configuration() == before


@pytest.mark.parametrize("platform", ["arista_eos"])
def test_a_refused_line_leaves_nothing_in_a_session_behind(platform: str, tmp_path: Path) -> None:
    with hall(platform, tmp_path) as there:
        before = there.configuration()
        done = there.push(SetAccessVlan("Et77", 20, 99))
        assert done.error is not None
        assert there.configuration() == before
        assert "abort" in there.told()
        assert there.push(change_of(platform)).verified


def test_an_ios_switch_without_an_archive_is_told_all_the_same_and_undone_from_what_was(tmp_path: Path) -> None:
    with hall("cisco_ios", tmp_path, config=()) as there:
        done = there.push(LISTED)
        assert done.verified, done.error
        assert "configure confirm" not in there.told()


def test_a_port_of_an_ios_switch_is_moved_without_waiting_for_a_copy_of_the_configuration(tmp_path: Path) -> None:
    with hall("cisco_ios", tmp_path) as there:
        assert there.push(SetAccessVlan(PORTS["cisco_ios"], 20, 99)).verified
        assert "revert timer" not in there.told()
