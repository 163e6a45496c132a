"""After a verified move the link behind the port goes down for a moment, so that its device asks for an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.brakes import KEEP_THEIR_LINK
from controller.policy import Brakes
from controller.push.outcome import Line, Outcome
from controller.reconcile import Before, reconcile, take_back
from controller.situation import Situation
from device_drivers.model import (
    Bounce,
    Capability,
    Change,
    Kind,
    NeighbourKind,
    Observed,
    PortKind,
    Reader,
    SetAccessVlan,
    SetShutdown,
    Unreachable,
)
from device_drivers.rows import PowerRow
from inventory.fold import fold
from inventory.model import Inventory, Mac, Mode, Port, PortRef
from tests.controller.networks import intent, moved, port, switch
from tests.controller.obedient import Device
from tests.controller.push.test_laws_of_pushes import NoJournal
from tests.controller.school import IPAD, NINE, STRANGER, SWITCH, mac, school

SOCKET = "Gi1/0/7"
MOVED = SetAccessVlan(SOCKET, 20, 999)
ADMITTED = SetAccessVlan(SOCKET, 999, 20)


@dataclass
class Fed(Device):
    """It says what it feeds with power, or something that nobody can read, or nothing at all any more."""

    power: str = ""

    def read(self, commands: Sequence[str]) -> Mapping[str, str]:
        if "show power" not in commands:
            return super().read(commands)
        if self.power == "gone":
            raise Unreachable("no answer", "sw-1")
        return {"show power": self.power}


def turn(device: Device, inventory: Inventory | None = None, **rest: object) -> Outcome:
    inventory = inventory or school()
    can = rest.pop("can", frozenset(Capability))
    driver = replace(device.driver(), can=can)  # type: ignore[arg-type]
    if isinstance(device, Fed):
        rows = Reader(Kind.POWER, lambda text: [PowerRow(name, True) for name in text.split()], quiet=True)
        driver = replace(driver, power="show power", readers={"show power": rows}, refusals=("% No",))
    given = {"brakes": Brakes(), "quarantine_vlan": 999, **rest}
    situation = Situation(inventory, {}, drivers={SWITCH.platform: driver}, **given)  # type: ignore[arg-type]
    line = Line(driver, device, lambda: NINE, NoJournal())
    return reconcile(SWITCH, line, lambda seen: intent(fold(inventory, seen, NINE).inventory), situation)


def stranger(**rest: object) -> Device:
    return Device(switch(port(SOCKET, 20), seen=[(STRANGER, SOCKET)]), NINE, **rest)  # type: ignore[arg-type]


def ipad(**rest: object) -> Device:
    return Device(switch(port(SOCKET, 999), seen=[(IPAD, SOCKET)]), NINE, **rest)  # type: ignore[arg-type]


def test_a_stranger_asks_for_an_address_of_the_quarantine_once_the_port_was_read_back_there() -> None:
    device = stranger()
    found = turn(device)
    assert device.made == [MOVED, Bounce(SOCKET)]
    assert [each.change for each in found.applied] == [MOVED, Bounce(SOCKET)]
    assert found.verified


def test_a_registered_ipad_that_is_let_in_asks_for_an_address_of_its_class() -> None:
    device = ipad()
    turn(device)
    assert device.made == [ADMITTED, Bounce(SOCKET)]


@pytest.mark.parametrize(
    ("word", "quarantine", "admission"),
    [("always", True, True), ("quarantine", True, False), ("admission", False, True), ("never", False, False)],
)
def test_the_policy_says_after_which_moves(word: str, quarantine: bool, admission: bool) -> None:
    for device, expected in ((stranger(), quarantine), (ipad(), admission)):
        turn(device, brakes=Brakes(bounce=word))  # type: ignore[arg-type]
        assert (Bounce(SOCKET) in device.made) is expected


def test_an_empty_port_that_goes_to_rest_keeps_its_link() -> None:
    device = Device(switch(port(SOCKET, 20)), NINE)
    turn(device)
    assert device.made == [MOVED]


def test_what_was_not_read_back_as_meant_is_not_bounced() -> None:
    device = stranger(deaf=frozenset({SOCKET}))
    turn(device)
    assert set(device.made) == {MOVED}


@pytest.mark.parametrize("kind", sorted(KEEP_THEIR_LINK))
def test_no_phone_access_point_or_switch_behind_the_port_loses_its_link(kind: NeighbourKind) -> None:
    device = Device(switch(port(SOCKET, 20), seen=[(STRANGER, SOCKET)], behind=[(SOCKET, kind)]), NINE)
    turn(device)
    assert Bounce(SOCKET) not in device.made


def test_a_phone_that_shows_itself_only_after_the_move_keeps_its_link() -> None:
    phone = switch(port(SOCKET, 999), seen=[(STRANGER, SOCKET)], behind=[(SOCKET, NeighbourKind.PHONE)])

    class Sly(Device):
        def send(self, lines: Sequence[str], *, config: bool) -> str:
            said = super().send(lines, config=config)
            self.observed = phone
            return said

    device = Sly(switch(port(SOCKET, 20), seen=[(STRANGER, SOCKET)]), NINE)
    turn(device)
    assert device.made == [MOVED]


@pytest.mark.parametrize(
    ("power", "made"),
    [
        ("Gi1/0/1 Gi1/0/2", [MOVED, Bounce(SOCKET)]),
        (f"Gi1/0/1 {SOCKET}", [MOVED]),
        ("% No such command: it has no power to give", [MOVED, Bounce(SOCKET)]),
        ("\x1b[7m-- More --", [MOVED]),
    ],
)
def test_what_draws_power_from_its_port_keeps_its_link(power: str, made: list[Change]) -> None:
    device = Fed(switch(port(SOCKET, 20), seen=[(STRANGER, SOCKET)]), NINE, power=power)
    found = turn(device)
    assert device.made == made
    assert found.verified


def test_a_line_cut_before_the_bounce_leaves_the_quarantine_verified_and_is_told() -> None:
    device = Fed(switch(port(SOCKET, 20), seen=[(STRANGER, SOCKET)]), NINE, power="gone")
    found = turn(device)
    assert [each.change for each in found.applied] == [MOVED]
    assert found.failed == ()
    assert isinstance(found.error, Unreachable)
    assert found.moments.verified == NINE


def test_a_platform_that_cannot_take_a_link_down_is_moved_all_the_same() -> None:
    device = stranger()
    assert turn(device, can=frozenset(Capability) - {Capability.BOUNCE}).verified
    assert device.made == [MOVED]


def test_a_push_that_a_person_takes_back_lets_the_device_ask_again_too() -> None:
    device = Device(switch(port(SOCKET, 999), seen=[(IPAD, SOCKET)]), NINE)
    driver = device.driver()
    situation = Situation(school(), {}, {SWITCH.platform: driver}, Brakes(), 999)
    line = Line(driver, device, lambda: NINE, NoJournal())
    take_back(SWITCH, line, [(SOCKET, 20, 999)], situation, "wrong room")
    assert device.made == [ADMITTED, Bounce(SOCKET)]


def test_a_link_that_a_cut_push_left_down_comes_up_again_and_no_other_does() -> None:
    rest = switch(port(SOCKET, 999), port("Gi1/0/9", 999), seen=[])
    dark = replace(rest, ports=tuple(replace(each, shut=True, up=False) for each in rest.ports))
    device = Device(dark, NINE)
    told = device.driver().render((Bounce(SOCKET),), NINE)
    driver = device.driver()
    line = Line(driver, device, lambda: NINE, NoJournal())
    situation = Situation(school(), {}, {SWITCH.platform: driver}, Brakes(), 999, in_lesson=True)

    def turn_after(*interrupted: str) -> list[Change]:
        device.made.clear()
        meant = intent(school())
        reconcile(SWITCH, line, lambda _: meant, situation, before=Before(interrupted=interrupted))
        return device.made

    assert turn_after() == []
    assert turn_after("something else", *told, "and more") == [SetShutdown(SOCKET, was=True, becomes=False)]


KINDS = st.sampled_from([PortKind.ACCESS, PortKind.ACCESS, PortKind.ACCESS, *PortKind])
SOCKETS = [f"Gi1/0/{number}" for number in range(1, 7)]


@st.composite
def switches(draw: st.DrawFn) -> tuple[Observed, frozenset[str]]:
    ports = [port(name, draw(st.sampled_from((20, 30, 999))), draw(KINDS)) for name in SOCKETS]
    people = [STRANGER, IPAD, *(mac(400 + number) for number in range(6))]
    seen = [(who, draw(st.sampled_from(SOCKETS))) for who in people if draw(st.booleans())]
    behind = draw(st.lists(st.tuples(st.sampled_from(SOCKETS), st.sampled_from(NeighbourKind)), max_size=3))
    observed = replace(
        switch(*ports, seen=seen, behind=behind), root_ports=draw(st.frozensets(st.sampled_from(SOCKETS)))
    )
    return observed, draw(st.frozensets(st.sampled_from(SOCKETS)))


@given(switches(), st.sampled_from(("always", "quarantine", "admission", "never")), st.booleans(), st.booleans())
def test_only_a_port_that_was_just_moved_and_that_nothing_forbids_ever_loses_its_link(
    found: tuple[Observed, frozenset[str]], word: str, forced: bool, in_lesson: bool
) -> None:
    before, fed = found
    device = Fed(before, NINE, power=" ".join(sorted(fed)) or "none")
    own = {PortRef(SWITCH.name, SOCKETS[0])}
    said = {PortRef(SWITCH.name, SOCKETS[1]): Port(PortRef(SWITCH.name, SOCKETS[1]), None, Mode.OBSERVE, True)}
    inventory = replace(school(), ports=said)
    brakes = Brakes(bounce=word, ports_per_minute=1000, share_of_room=1.0)  # type: ignore[arg-type]
    turn(device, inventory, brakes=brakes, forced=forced, in_lesson=in_lesson, own_path=own)
    bounced = [each.port for each in device.made if isinstance(each, Bounce)]
    went = {each.port: each for each in device.made if isinstance(each, SetAccessVlan)}
    keeps = {each.port for each in before.neighbours if each.kind in KEEP_THEIR_LINK}
    sits: dict[str, set[Mac]] = {name: {e.mac for e in before.table if e.port == name} for name in SOCKETS}
    plain = {each.name for each in before.ports if each.kind is PortKind.ACCESS}
    assert len(bounced) == len(set(bounced))
    for name in bounced:
        assert name in went
        assert name in plain - keeps - fed - before.root_ports - {SOCKETS[0], SOCKETS[1]}
        assert 1 <= len(sits[name]) <= 3
        assert device.made.index(Bounce(name)) > device.made.index(went[name])
        assert word == "always" or (word == "quarantine") == (went[name].becomes == 999)
    assert word != "never" or not bounced


def test_a_port_that_is_moved_by_hand_is_nobody_s_to_bounce() -> None:
    device = Device(moved(switch(port(SOCKET, 20), seen=[(STRANGER, SOCKET)]), SOCKET, 999), NINE)
    turn(device)
    assert device.made == []
