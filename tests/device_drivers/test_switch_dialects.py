"""Switches of four makers, simulated: what our driver reads of them, tells them, reads back and saves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from netmiko import ConnectHandler

from device_drivers.acl import compile_list, same
from device_drivers.formats.eos import read_status, read_vlans
from device_drivers.model import (
    Ace,
    Bounce,
    Capability,
    NeighbourKind,
    PortKind,
    Refused,
    SetAccessList,
    SetAccessVlan,
    SetShutdown,
    Verb,
    undo,
)
from device_drivers.platforms import drivers
from device_drivers.rows import PortRow
from tests.device_drivers.school import NINE
from tests.device_drivers.simulated import IPAD, PASSWORD, VLANS, Simulated, simulated, six_ports
from tests.shared_data import shared_cases, shared_data

NAMES = {
    "arista_eos": ["Et1", "Et2", "Et3", "Et4", "Et5", "Et6"],
    "dell_os10": [f"ethernet1/1/{number}" for number in range(1, 7)],
    "dell_os6": ["Gi1/0/1", "Gi1/0/2", "Gi1/0/3", "Gi1/0/4", "Te1/0/1", "Te1/0/2"],
    "ubiquiti_edgeswitch": [f"0/{number}" for number in range(1, 7)],
}
# The lines of a push as each maker's documentation gives them.
MOVED = {
    "arista_eos": ("interface Et1", "switchport access vlan 99", "exit"),
    "dell_os10": ("interface ethernet1/1/1", "switchport access vlan 99", "exit"),
    "dell_os6": ("interface Gi1/0/1", "switchport access vlan 99", "exit"),
    "ubiquiti_edgeswitch": (
        "interface 0/1",
        "vlan participation include 99",
        "vlan pvid 99",
        "vlan participation exclude 20",
        "exit",
    ),
}
LIST = compile_list(
    "ks2",
    [
        Ace(Verb.PERMIT, "udp", "any", "10.0.0.2", 53, "names from the filter"),
        Ace(Verb.DENY, "udp", "any", "any", 53),
        Ace(Verb.PERMIT, "tcp", "10.20.0.0/24", "10.30.0.0/16", 443),
        Ace(Verb.DENY, "ip", "any", "fd00::/8"),
        Ace(Verb.PERMIT, "ip", "any", "any"),
    ],
)


@dataclass(frozen=True)
class Hall:
    there: Simulated
    ports: list[str]


def spoken(there: Simulated) -> list[str]:
    """The configuration without ornaments. Where a list stands among the others says nothing: sorted."""
    return sorted(line for line in there.configuration().splitlines() if line.strip() not in ("", "!", "exit"))


@pytest.fixture(params=list(NAMES))
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hall]:
    names = NAMES[request.param]
    with simulated(request.param, six_ports(names), tmp_path) as there:
        yield Hall(there, names)


def test_what_is_configured_is_what_is_read(hall: Hall) -> None:
    with hall.there.session() as live:
        seen = hall.there.observe(live)
    first, second, third, trunk, *bundle = hall.ports
    assert [(port.name, port.kind, port.access_vlan) for port in seen.ports] == [
        (first, PortKind.ACCESS, 20),
        (second, PortKind.ACCESS, 30),
        (third, PortKind.ACCESS, 99),
        (trunk, PortKind.TRUNK, None),
        *((name, PortKind.LAG_MEMBER, None) for name in bundle),
    ]
    assert [port.description for port in seen.ports[:2]] == ["Year 5 trolley", "connected 20 trunk"]
    assert [port.shut for port in seen.ports[:3]] == [False, False, True]
    assert [(entry.mac, entry.vlan, entry.port) for entry in seen.table] == [(IPAD, 20, first)]
    assert [(each.port, each.name, each.kind) for each in seen.neighbours] == [(trunk, "core", NeighbourKind.BRIDGE)]
    assert seen.vlans == {1, *map(int, VLANS)}


def test_a_port_moves_to_quarantine_is_read_there_and_comes_back(hall: Hall) -> None:
    move = SetAccessVlan(hall.ports[0], 20, 99)
    assert hall.there.driver.render([move], NINE) == MOVED[hall.there.driver.platform]
    with hall.there.session() as live:
        before = hall.there.observe(live)
        hall.there.push(live, move, SetShutdown(hall.ports[1], was=False, becomes=True))
        assert hall.there.port(live, hall.ports[0]).access_vlan == 99
        assert hall.there.port(live, hall.ports[1]).shut
        hall.there.push(live, undo(move), SetShutdown(hall.ports[1], was=True, becomes=False), Bounce(hall.ports[0]))
        assert hall.there.observe(live) == before


@pytest.mark.parametrize("platform", ["dell_os6", "ubiquiti_edgeswitch"])
def test_lists_are_refused_where_no_public_evidence_says_how(platform: str) -> None:
    assert Capability.ACCESS_LIST not in drivers()[platform].can
    with pytest.raises(Refused):
        drivers()[platform].render([SetAccessList(LIST.name, "vlan20", None, LIST)], NINE)


def test_a_push_changes_the_lines_of_its_port_alone_and_the_second_push_nothing(hall: Hall) -> None:
    with hall.there.session() as live:
        before = hall.there.configuration().splitlines()
        hall.there.push(live, SetAccessVlan(hall.ports[0], 20, 99))
        after = hall.there.configuration().splitlines()
        gone = [line for line in before if line not in after]
        come = [line for line in after if line not in before]
        assert all("20" in line for line in gone), gone
        assert all("99" in line for line in come), come
        assert max(len(gone), len(come)) <= 2
        hall.there.push(live, SetAccessVlan(hall.ports[0], 20, 99))
        assert hall.there.configuration().splitlines() == after


def test_what_was_not_saved_is_gone_after_a_reboot_and_what_was_saved_is_not(hall: Hall) -> None:
    with hall.there.session() as live:
        hall.there.push(live, SetAccessVlan(hall.ports[0], 20, 99))
        hall.there.reboot()
        assert hall.there.port(live, hall.ports[0]).access_vlan == 20
        hall.there.push(live, SetAccessVlan(hall.ports[0], 20, 99))
        live.save(hall.there.driver.save)
        hall.there.reboot()
        assert hall.there.port(live, hall.ports[0]).access_vlan == 99


def test_a_port_that_is_not_there_is_refused_in_the_makers_words_and_the_session_goes_on(hall: Hall) -> None:
    with hall.there.session() as live:
        before = hall.there.configuration()
        with pytest.raises(Refused):
            hall.there.push(live, SetAccessVlan("Gi9/9/9", 20, 99))
        assert hall.there.configuration() == before
        assert hall.there.port(live, hall.ports[0]).access_vlan == 20


@pytest.mark.parametrize("hall", ["arista_eos", "dell_os10"], indirect=True)
def test_lists_of_both_families_are_put_in_force_read_back_and_taken_away(hall: Hall) -> None:
    change = SetAccessList(LIST.name, "vlan20", None, LIST)
    with hall.there.session() as live:
        hall.there.push(live, change)
        seen = hall.there.observe(live)
        assert seen.bindings == {"vlan20": LIST.name}
        assert same(seen.access_lists[LIST.name], LIST)
        once = spoken(hall.there)
        hall.there.push(live, SetAccessList(LIST.name, "vlan20", LIST, LIST))
        assert hall.there.observe(live) == seen
        assert spoken(hall.there) == once
        hall.there.push(live, SetAccessList(LIST.name, "vlan20", LIST, None))
        assert hall.there.observe(live).access_lists == {}


@pytest.mark.parametrize("platform", list(NAMES))
def test_netmiko_itself_takes_the_simulator_for_the_device(platform: str, tmp_path: Path) -> None:
    with simulated(platform, six_ports(NAMES[platform]), tmp_path) as there:
        line = ConnectHandler(
            device_type=there.driver.netmiko_type,
            host="127.0.0.1",
            port=there.target.ssh_port,
            username="caretaker",
            password=PASSWORD,
        )
        try:
            assert "switch" in line.find_prompt()
            assert "quarantine" in line.send_command("show vlan")
        finally:
            line.disconnect()


def test_status_and_vlans_of_a_real_eos_switch() -> None:
    base = shared_data("switch-cli/ntc-templates") / "arista_eos"
    rows = read_status((base / "show_interfaces_status" / "arista_eos_show_interfaces_status.raw").read_text())
    assert [(row.port, row.up, row.kind, row.access_vlan) for row in rows if isinstance(row, PortRow)] == [
        ("Et3/1/1", True, PortKind.TRUNK, None),
        ("Et3/1/4", False, PortKind.ACCESS, 1),
        ("Et3/2/1", False, PortKind.TRUNK, None),
        ("Et3/2/2", False, PortKind.ACCESS, 10),
        ("Et3/2/4", False, PortKind.ROUTED, None),
        ("Et3/2/5", False, PortKind.ROUTED, None),
    ]
    # 20 and 30 are suspended: no port can be put into them.
    assert [row.vlan for row in read_vlans((base / "show_vlan" / "arista_eos_show_vlan.raw").read_text())] == [1, 10]


EOS = [
    *shared_cases("brownfield-configs/netutils", "parser/base/arista_eos/*"),
    *shared_cases("brownfield-configs/batfish-testconfigs", "vendor/arista/grammar/testconfigs/*"),
]


@pytest.mark.parametrize("path", EOS)
def test_a_push_on_a_real_configuration_leaves_every_other_line_as_it_was(path: Path, tmp_path: Path) -> None:
    running = f"{path.read_text().rstrip()}\ninterface Ethernet49\n   switchport access vlan 20\n!\n"
    list_push = SetAccessList(LIST.name, "vlan20", None, LIST)
    with simulated("arista_eos", (), tmp_path, running=running) as there, there.session() as live:
        before = spoken(there)
        there.push(live, SetAccessVlan("Et49", 20, 99), list_push)
        after = spoken(there)
        missing = list(before)
        for line in after:
            if line in missing:
                missing.remove(line)
        assert missing == ["   switchport access vlan 20"]
        there.push(live, SetAccessVlan("Et49", 20, 99), SetAccessList(LIST.name, "vlan20", LIST, LIST))
        assert spoken(there) == after


def test_every_public_configuration_of_this_maker_was_tried() -> None:
    assert len(list((shared_data("brownfield-configs/netutils") / "parser/base/arista_eos").iterdir())) == 1
    assert len(EOS) > 10
