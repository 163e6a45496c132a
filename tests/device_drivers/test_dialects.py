"""Every simulated switch through the real session: what our driver reads, tells, saves and is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_drivers.acl import compile_list, same
from device_drivers.model import (
    Ace,
    Bounce,
    Capability,
    Change,
    NeighbourKind,
    Observed,
    PortKind,
    Refused,
    Session,
    SetAccessList,
    SetAccessVlan,
    SetShutdown,
    Verb,
    undo,
)
from device_drivers.platforms import drivers
from tests.device_drivers.dialects import IPAD, PORTS, Hall, open_hall

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PLATFORMS = [platform for platform in PORTS if platform != "cisco_ios"]
PUPILS = compile_list(
    "pupils",
    [
        Ace(Verb.PERMIT, "udp", "10.20.0.0/24", "10.0.0.2", 53, "names from the filter"),
        Ace(Verb.DENY, "tcp", "any", "any", 853),
        Ace(Verb.PERMIT, "ip", "any", "any"),
    ],
)


@pytest.fixture(params=PLATFORMS)
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hall]:
    with open_hall(tmp_path, request.param) as running:
        yield running


def read(hall: Hall, session: Session) -> Observed:
    return hall.driver.parse(session.read(hall.driver.reads))


def push(hall: Hall, session: Session, *changes: Change) -> None:
    session.send((*hall.driver.render(changes, NINE), *hall.driver.commit), config=True)


def test_the_switch_of_the_hall_is_read_as_it_stands(hall: Hall) -> None:
    staff, pupil, empty, uplink, *bundle = PORTS[hall.platform]
    with hall.session() as session:
        seen = read(hall, session)
    ports = {port.name: port for port in seen.ports}
    access = {name: (ports[name].kind, ports[name].access_vlan, ports[name].up) for name in (staff, pupil, empty)}
    assert access == {
        staff: (PortKind.ACCESS, 30, False),
        pupil: (PortKind.ACCESS, 20, True),
        empty: (PortKind.ACCESS, 99, False),
    }
    assert ports[uplink].kind is PortKind.TRUNK
    assert {ports[name].kind for name in bundle} == {PortKind.LAG_MEMBER}
    assert [(entry.mac, entry.vlan, entry.port) for entry in seen.table] == [(IPAD, 20, pupil)]
    assert [(each.port, each.kind) for each in seen.neighbours] == [(uplink, NeighbourKind.BRIDGE)]
    assert seen.vlans >= {20, 30, 99}


def test_a_port_moves_is_read_back_saved_and_put_back(hall: Hall) -> None:
    pupil = PORTS[hall.platform][1]
    change = SetAccessVlan(pupil, 20, 99)
    with hall.session() as session:
        before, there = hall.configuration(), read(hall, session)
        push(hall, session, change)
        seen = read(hall, session)
        assert {port.name: port.access_vlan for port in seen.ports}[pupil] == 99
        assert [(entry.vlan, entry.port) for entry in seen.table] == [(99, pupil)]
        session.save(hall.driver.save)
        push(hall, session, undo(change))
        assert read(hall, session) == there
        if not hall.driver.commit:  # Junos may be told a VLAN by name or by number: we say the number
            assert sorted(hall.configuration().split()) == sorted(before.split())
    machine = hall.simulator.devices["sw-hall"].machine
    machine.reboot()
    # What was saved outlives a reboot, and nothing else; what is committed is saved.
    assert machine.vlan_of(pupil) == (20 if hall.driver.commit else 99)  # type: ignore[attr-defined]


def test_a_port_is_shut_opened_and_bounced(hall: Hall) -> None:
    pupil = PORTS[hall.platform][1]

    def state() -> tuple[bool, bool]:
        port = next(port for port in read(hall, session).ports if port.name == pupil)
        return port.shut, port.up

    with hall.session() as session:
        push(hall, session, SetShutdown(pupil, was=False, becomes=True))
        assert state() == (True, False)
        push(hall, session, SetShutdown(pupil, was=True, becomes=False))
        assert state() == (False, True)
        push(hall, session, Bounce(pupil))
        assert state() == (False, True)


def test_a_refusal_is_heard_and_nothing_after_it_is_sent(hall: Hall) -> None:
    pupil = PORTS[hall.platform][1]
    with hall.session() as session:
        before = hall.configuration()
        lines = ("frobnicate the gate", *hall.driver.render([SetAccessVlan(pupil, 20, 99)], NINE))
        with pytest.raises(Refused, match="frobnicate"):
            session.send((*lines, *hall.driver.commit), config=True)
        assert hall.configuration() == before
        assert read(hall, session).ports, "the session is still good"


def test_a_list_is_loaded_bound_swapped_and_read_back_as_it_was_meant(hall: Hall) -> None:
    if Capability.ACCESS_LIST not in hall.driver.can:
        assert "access lists are not told" in hall.driver.observes
        return
    interface = "Vlan20"
    shorter = compile_list("pupils", PUPILS.entries[1:])
    first = SetAccessList(PUPILS.name, interface, None, PUPILS)
    then = SetAccessList(PUPILS.name, interface, PUPILS, shorter)
    with hall.session() as session:
        for change in (first, then):
            push(hall, session, change)
            seen = read(hall, session)
            assert same(seen.access_lists.get(PUPILS.name), change.becomes)
            assert PUPILS.name in seen.bindings.values()
        push(hall, session, SetAccessList(PUPILS.name, interface, shorter, None))
        seen = read(hall, session)
        assert not any("caretaker" in name for name in (*seen.access_lists, *seen.bindings.values()))
        assert "caretaker-" not in hall.configuration()


def test_what_is_not_confirmed_is_taken_back(tmp_path: Path) -> None:
    for platform in PLATFORMS:
        confirm = drivers()[platform].confirm
        if confirm is None:
            continue
        with open_hall(tmp_path / platform, platform) as hall, hall.session() as session:
            before, pupil = hall.configuration(), PORTS[platform][1]
            lines = hall.driver.render([SetAccessVlan(pupil, 20, 99)], NINE)

            def timed(commands: tuple[str, ...]) -> tuple[str, ...]:
                return tuple(command.replace("{minutes}", "2") for command in commands)

            for kept in (False, True):
                if confirm.arm:
                    session.send(timed(confirm.arm), config=False)
                session.send((*lines, *timed(confirm.commit)), config=True)
                assert hall.configuration() != before
                if kept:
                    session.send(confirm.keep, config=confirm.in_config)
                machine = hall.simulator.devices["sw-hall"].machine
                machine.clock = lambda: 1e12  # type: ignore[attr-defined]
                assert (hall.configuration() != before) == kept
                machine.clock = hall.simulator._clock  # type: ignore[attr-defined]
