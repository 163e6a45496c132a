"""Access lists on a switch: swapped without a moment without one, read back as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_drivers.acl import compile_list
from device_drivers.formats.ios_acl import Lists, read_lists
from device_drivers.model import AccessList, Ace, Change, Refused, SetAccessList, SetAccessVlan, Verb, undo
from device_drivers.platforms.cisco_ios import DRIVER, LISTS, SWITCHPORT
from device_drivers.simulator.dialects.cisco_ios import IosSwitch
from device_drivers.simulator.world import World
from tests.device_drivers.school import NINE, School, site

PUPILS = compile_list(
    "pupils",
    [
        Ace(Verb.PERMIT, "udp", "any", "10.0.0.2", 53, "names from the filter"),
        Ace(Verb.PERMIT, "udp", "any", "any", 67),
        Ace(Verb.DENY, "ip", "any", "10.30.0.0/16"),
        Ace(Verb.PERMIT, "ip", "any", "any"),
    ],
)
SHORTER = AccessList(PUPILS.name, PUPILS.entries[:1])
BIND = SetAccessList(PUPILS.name, "Vlan20", None, PUPILS)


@pytest.fixture
def switch(tmp_path: Path) -> IosSwitch:
    return IosSwitch(site(tmp_path).devices[0], World(), lambda: 0.0)


def _push(switch: IosSwitch, *changes: Change) -> list[Lists]:
    """Line by line; what was bound after each."""
    talk = switch.login()
    talk.obey("configure terminal")
    seen = []
    for line in DRIVER.render(changes, NINE):
        answer = talk.obey(line)
        assert (answer.status, answer.text) == (0, "")
        seen.append(_lists(switch))
    return seen


def _lists(switch: IosSwitch) -> Lists:
    return read_lists(switch.login().obey(LISTS).text, "caretaker-")


def test_an_interface_is_never_bound_to_a_list_that_is_missing_or_half_loaded(switch: IosSwitch) -> None:
    _push(switch, BIND)
    for moment in _push(switch, SetAccessList(PUPILS.name, "Vlan20", PUPILS, SHORTER)):
        in_force = moment.lists[moment.bindings["Vlan20"]]
        assert in_force.entries in (PUPILS.entries, SHORTER.entries)


def test_what_was_pushed_is_read_back_and_pushing_it_again_changes_nothing(switch: IosSwitch) -> None:
    _push(switch, BIND)
    once = _lists(switch)
    assert once == Lists({PUPILS.name: PUPILS}, {"Vlan20": PUPILS.name}, frozenset())
    _push(switch, BIND)
    assert _lists(switch) == once


def test_a_push_that_was_cut_off_anywhere_is_put_right_by_the_next(switch: IosSwitch) -> None:
    lines = DRIVER.render([SetAccessList(PUPILS.name, "Vlan20", SHORTER, PUPILS)], NINE)
    for stop in range(len(lines)):
        cut_off = IosSwitch(switch.site, World(), lambda: 0.0)
        _push(cut_off, SetAccessList(PUPILS.name, "Vlan20", None, SHORTER))
        talk = cut_off.login()
        for line in ("configure terminal", *lines[:stop]):
            talk.obey(line)
        _push(cut_off, BIND)
        assert _lists(cut_off) == Lists({PUPILS.name: PUPILS}, {"Vlan20": PUPILS.name}, frozenset())


def test_undo_takes_list_and_binding_away_and_leaves_the_rest(switch: IosSwitch) -> None:
    before = switch.configuration()
    move = SetAccessVlan("Gi1/0/5", 20, 99)
    _push(switch, BIND, move)
    _push(switch, undo(move), undo(BIND))
    assert switch.configuration() == before


ACES = st.builds(
    Ace,
    verb=st.sampled_from(Verb),
    protocol=st.sampled_from(("ip", "tcp", "udp", "icmp")),
    source=st.sampled_from(("any", "10.20.0.0/24", "10.20.0.7/32", "0.0.0.0/0", "10.20.0.0/31")),
    destination=st.sampled_from(("any", "10.30.0.0/16", "192.0.2.1")),
    port=st.sampled_from((None, 53, 67, 443, 514)),
    remark=st.text(max_size=40),
)


@given(st.lists(ACES, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_list_that_can_be_written_is_read_back_as_it_was(switch: IosSwitch, entries: list[Ace]) -> None:
    try:
        wanted = compile_list("pupils", entries)
    except Refused:
        return
    _push(switch, SetAccessList(PUPILS.name, "Vlan20", None, wanted))
    assert _lists(switch).lists == {PUPILS.name: wanted}


def test_a_list_goes_over_ssh_and_comes_back(school: School) -> None:
    with school.session("sw-hall") as session:
        session.send(DRIVER.render([BIND], NINE), config=True)
        observed = DRIVER.parse(session.read(DRIVER.reads))
    assert observed.access_lists == {PUPILS.name: PUPILS}
    assert observed.bindings == {"Vlan20": PUPILS.name}


@pytest.mark.parametrize(
    ("mode", "kind", "vlan"),
    [
        ("switchport mode access", "access", 20),
        ("switchport mode trunk", "trunk", None),
        ("switchport mode dynamic auto", "unknown", None),
        ("channel-group 3 mode active", "lag-member", None),
    ],
)
def test_a_port_counts_as_an_access_port_only_where_it_is_configured_as_one(
    switch: IosSwitch, mode: str, kind: str, vlan: int | None
) -> None:
    talk = switch.login()
    for line in ("configure terminal", "interface Gi1/0/5", mode, "end"):
        assert talk.obey(line).status == 0
    observed = DRIVER.parse({command: talk.obey(command).text for command in DRIVER.reads})
    (port,) = (port for port in observed.ports if port.name == "Gi1/0/5")
    assert (str(port.kind), port.access_vlan) == (kind, vlan)
    assert SWITCHPORT in DRIVER.reads
