"""Access lists on a switch: swapped without a moment without one, read back as they were written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_drivers.acl import compile_list, same, split
from device_drivers.acl.dialect import read_entry
from device_drivers.acl.dialects import IOS
from device_drivers.acl.families import Lists
from device_drivers.acl.told import NOTHING
from device_drivers.formats.ios_acl import read_lists
from device_drivers.model import AccessList, Ace, Change, Refused, SetAccessList, SetAccessVlan, Verb, undo
from device_drivers.platforms.cisco_ios import DRIVER, LISTS, SWITCHPORT
from device_drivers.simulator.dialects.cisco_ios import IosSwitch
from device_drivers.simulator.world import World
from tests.device_drivers.school import NINE, School, site

PUPILS = compile_list(
    "pupils",
    [
        Ace(Verb.PERMIT, "udp", "any", "10.0.0.2", 53),
        Ace(Verb.PERMIT, "udp", "any", "fd00:10::2", 53),
        Ace(Verb.PERMIT, "udp", "any", "any", 67, "an address"),
        Ace(Verb.PERMIT, "tcp", "any", "10.30.0.0/16", established=True),
        Ace(Verb.DENY, "ip", "any", "10.30.0.0/16"),
        Ace(Verb.PERMIT, "ip", "any", "any"),
    ],
)
SHORTER = AccessList(PUPILS.name, PUPILS.entries[:1])
BIND = SetAccessList(PUPILS.name, "vlan20", None, PUPILS)


@pytest.fixture
def switch(tmp_path: Path) -> IosSwitch:
    return IosSwitch(site(tmp_path).devices[0], World(), lambda: 0.0)


def _unremarked(entries: tuple[Ace, ...]) -> tuple[Ace, ...]:
    return tuple(replace(ace, remark="") for ace in entries)


def _bound(switch: IosSwitch, opens: str, binds: str, family: int) -> tuple[Ace, ...]:
    """The entries in force for one family, whatever the list is called at this moment."""
    sections = switch.running.sections
    name = next(row.split()[2] for row in sections["interface Vlan20"] if row.startswith(binds))
    rows = [row for row in sections[opens + name] if not row.startswith("remark ")]
    return tuple(read_entry(IOS, family, row, "") for row in rows)


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
    return read_lists(switch.login().obey(LISTS).text)


def _in_force(switch: IosSwitch) -> AccessList | None:
    """What the next plan takes for what was there."""
    lists = _lists(switch)
    return lists.lists[PUPILS.name] if lists.bindings.get("vlan20") == PUPILS.name else None


def test_an_interface_is_never_bound_to_a_list_that_is_missing_or_half_loaded(switch: IosSwitch) -> None:
    _push(switch, BIND)
    wanted = [{_unremarked(split(each)[family] or NOTHING) for each in (PUPILS, SHORTER)} for family in (4, 6)]
    talk = switch.login()
    talk.obey("configure terminal")
    for line in DRIVER.render([SetAccessList(PUPILS.name, "vlan20", PUPILS, SHORTER)], NINE):
        assert talk.obey(line).status == 0
        assert _bound(switch, "ip access-list extended ", "ip access-group ", 4) in wanted[0]
        assert _bound(switch, "ipv6 access-list ", "ipv6 traffic-filter ", 6) in wanted[1]


def test_what_was_pushed_is_read_back_and_pushing_it_again_changes_nothing(switch: IosSwitch) -> None:
    _push(switch, BIND)
    once = _lists(switch)
    assert once == Lists({PUPILS.name: PUPILS}, {"vlan20": PUPILS.name}, frozenset())
    _push(switch, SetAccessList(PUPILS.name, "vlan20", PUPILS, PUPILS))
    assert _lists(switch) == once


def test_a_push_that_was_cut_off_anywhere_is_put_right_by_the_next(switch: IosSwitch) -> None:
    lines = DRIVER.render([SetAccessList(PUPILS.name, "vlan20", SHORTER, PUPILS)], NINE)
    for stop in range(len(lines)):
        cut_off = IosSwitch(switch.site, World(), lambda: 0.0)
        _push(cut_off, SetAccessList(PUPILS.name, "vlan20", None, SHORTER))
        talk = cut_off.login()
        for line in ("configure terminal", *lines[:stop]):
            talk.obey(line)
        _push(cut_off, SetAccessList(PUPILS.name, "vlan20", _in_force(cut_off), PUPILS))
        assert _lists(cut_off) == Lists({PUPILS.name: PUPILS}, {"vlan20": PUPILS.name}, frozenset())


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
    source=st.sampled_from(("any", "10.20.0.0/24", "10.20.0.7/32", "0.0.0.0/0", "10.20.0.0/31", "fd00:20::/64")),
    destination=st.sampled_from(("any", "10.30.0.0/16", "192.0.2.1", "fd00:30::7")),
    port=st.sampled_from((None, 53, 67, 443, 514)),
    remark=st.text(max_size=40),
    family=st.sampled_from((None, None, 4, 6)),
)


@given(st.lists(ACES, max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_list_that_can_be_written_is_read_back_as_it_was(switch: IosSwitch, entries: list[Ace]) -> None:
    try:
        wanted = compile_list("pupils", entries)
    except Refused:
        return
    _push(switch, SetAccessList(PUPILS.name, "vlan20", _in_force(switch), wanted))
    assert same(_lists(switch).lists[PUPILS.name], wanted)
    assert _lists(switch).bindings == {"vlan20": PUPILS.name}


def test_a_list_goes_over_ssh_and_comes_back(school: School) -> None:
    with school.session("sw-hall") as session:
        session.send(DRIVER.render([BIND], NINE), config=True)
        observed = DRIVER.parse(session.read(DRIVER.reads))
    assert observed.access_lists == {PUPILS.name: PUPILS}
    assert observed.bindings == {"vlan20": PUPILS.name}


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
